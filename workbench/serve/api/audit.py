"""The audit: searched, verified, exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from workbench.serve.api._operations import Nouns
from workbench.serve.api._shapes import Answer, Limit
from workbench.store.audit import head as last_entry
from workbench.team.auditing import audit_lines, audit_page, verify_audit

__all__ = ["api"]

api = Nouns("audit", "What was done, by whom.")
Word = Annotated[str, Query(max_length=200)]


class Entry(Answer):
    """A line of the audit."""

    number: int
    time: datetime
    actor: str
    action: str
    object: str
    before: dict[str, Any]
    after: dict[str, Any]
    request: str
    address: str
    previous: str
    hash: str


class Entries(Answer):
    """A part of the audit, the latest first."""

    items: list[Entry]
    next: str
    total: int


class Verdict(Answer):
    """Whether the audit is as it was written."""

    whole: bool
    count: int
    broken: int | None = Field(description="Number of the first entry that is not.")
    head: str
    reason: str
    first: int = Field(description="Number of the first entry that is kept: older ones were cut.")


class Head(Answer):
    """The last entry: kept elsewhere, it proves that nothing was cut off."""

    number: int = Field(description="0 where there is none.")
    hash: str


@api.operation("GET", "/audit", "audit:read", summary="Search the audit")
def list_entries(
    limit: Limit = 50,
    after: Annotated[str, Query(max_length=2000)] = "",
    actor: Word = "",
    action: Word = "",
    object: Word = "",  # noqa: A002
) -> Entries:
    """Return entries, the latest first."""
    where = {"actor": actor, "action": action, "object": object}
    return Entries.model_validate(audit_page(where=where, limit=limit, after=after))


@api.operation("GET", "/audit/head", "audit:read", summary="Read the head")
def read_head() -> Head:
    """Return number and hash of the last entry."""
    last = last_entry()
    return (
        Head(number=0, hash="0" * 64) if last is None else Head(number=last.number, hash=last.hash)
    )


@api.operation("POST", "/audit/verify", "audit:read", summary="Verify the audit")
def verify_entries(anchor: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "") -> Verdict:
    """Say whether every entry is as it was written; names the first that is not."""
    return Verdict.model_validate(verify_audit(anchor))


@api.operation(
    "GET", "/audit/export", "audit:read", summary="Export the audit",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "A line an entry"}},
)  # fmt: skip
def export_entries(first: Annotated[int, Query(ge=1, le=2**62)] = 1) -> StreamingResponse:
    """Give all entries from a number on, a JSON object a line."""

    def lines() -> Iterator[str]:
        for line in audit_lines(first=first):
            yield json.dumps(line, ensure_ascii=False) + "\n"

    headers = {"content-disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)
