"""Live data: where they come from, and records that are sent here."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import Field

from workbench.core.errors import DataError, LimitExceeded
from workbench.registry import streams as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
    FreeWords,
    Id,
    Limit,
    Listed,
    Name,
    Next,
    Search,
    Sort,
)
from workbench.streams.sources import SOURCES

__all__ = ["api"]

api = Nouns("streams", "Live data.")
#: Bytes and records that one request may bring.
MOST_BYTES, MOST_RECORDS = 16 * 2**20, 100_000
Column = Annotated[str, Field(max_length=200)]


class Shape(Asked):
    """What the columns of records mean."""

    time: Column = Field(default="time", min_length=1, description="When it happened.")
    entity: Column = Field(default="", description="What it is about; empty: one thing only.")
    key: Column = Field(default="", description="Tells records apart; empty: time and entity.")
    features: list[Column] = Field(
        default_factory=list, max_length=500,
        description="Columns with numbers; empty: all numbers of the first records.",
    )  # fmt: skip
    lateness: float = Field(
        default=0.0, ge=0, le=7 * 86_400,
        description="Seconds that a record may come after others that happened later.",
    )  # fmt: skip


class New(Asked):
    """A stream."""

    name: Name = Field(examples=["Plant 7"])
    source: Column = Field(default="push", examples=["push"])
    settings: FreeWords = Field(
        default_factory=dict, description="Of the source; what is secret is never shown again."
    )
    shape: Shape = Field(default_factory=Shape)


class Change(Asked):
    """What shall be different."""

    name: Name | None = None
    settings: FreeWords | None = Field(
        default=None, description="All of them; a secret that is left out stays."
    )
    state: Literal["running", "paused"] | None = None


class Stream(Answer):
    """A stream."""

    id: str
    name: str
    owner: str
    source: str
    settings: dict[str, Any]
    shape: dict[str, Any]
    state: str = Field(description="running, paused, failed or ended.")
    problem: str = Field(description="What is in the way; empty while all is well.")
    records: int = Field(description="Kept, from the beginning on.")
    refused: int = Field(description="Not usable, from the beginning on.")
    latest: datetime | None = Field(description="When the newest record happened.")
    arrived: datetime | None = Field(description="When records last came.")
    created: datetime
    changed: datetime


class Sent(Answer):
    """What became of records: what is kept is safe."""

    kept: int
    refused: int = Field(description="Not usable.")
    reason: str = Field(description="Why the first of them could not be used.")


class Record(Answer):
    """A record as it is kept."""

    time: datetime
    entity: str
    values: dict[str, float | None]


class Source(Answer):
    """A source of live data."""

    name: str
    about: str
    settings: list[str]
    secrets: list[str]


@api.operation("GET", "/streams", "monitors:read", summary="List streams")
def list_streams(
    who: Who, limit: Limit = 50, after: Next = "", q: Search = "", sort: Sort = "-created"
) -> Listed[Stream]:
    """List the streams that one may see."""
    found = kept.list_streams(who, limit=limit, after=after, search=q, sort=sort)
    return Listed[Stream].model_validate(found)


@api.operation("GET", "/streams/sources", "monitors:read", summary="List sources of live data")
def list_live_sources() -> list[Source]:
    """List what streams can read from."""
    import inspect

    found = []
    for name in SOURCES.names():
        kind = SOURCES.get(name)
        settings = [one for one in inspect.signature(kind).parameters if one not in kind.secrets]
        found.append(
            Source(name=name, about=kind.about, settings=settings, secrets=list(kind.secrets))
        )
    return found


@api.operation("POST", "/streams", "monitors:write", status=201, summary="Add a stream")
def create_stream(asked: New, response: Response, who: Who, by: By) -> Stream:
    """Begin to take in live data."""
    made = kept.create_stream(
        who, asked.name, asked.source, asked.settings, asked.shape.model_dump(), by=by
    )
    response.headers["location"] = f"/api/v1/streams/{made.id}"
    return Stream.model_validate(made)


@api.operation("GET", "/streams/{stream}", "monitors:read", summary="Read about a stream")
def read_stream(stream: Id, who: Who) -> Stream:
    """Say where it comes from, and how much came."""
    return Stream.model_validate(kept.find_stream(who, stream))


@api.operation("PATCH", "/streams/{stream}", "monitors:write", summary="Change a stream")
def change_stream(stream: Id, asked: Change, who: Who, by: By) -> Stream:
    """Change its name or source, pause it, or go on."""
    changed = kept.change_stream(
        who, stream, name=asked.name, settings=asked.settings, state=asked.state, by=by
    )
    return Stream.model_validate(changed)


@api.operation(
    "DELETE", "/streams/{stream}", "monitors:write", status=204, summary="Remove a stream"
)
def remove_stream(stream: Id, who: Who, by: By) -> None:
    """Forget a stream and what came; 422 while monitors watch it."""
    kept.remove_stream(who, stream, by=by)


@api.operation("GET", "/streams/{stream}/records", "monitors:read", summary="Read newest records")
def read_records(
    stream: Id, who: Who, limit: Annotated[int, Query(ge=1, le=200)] = 20
) -> list[Record]:
    """Return the records that came last, the newest first."""
    found = kept.newest_records(who, stream, limit)
    return [Record.model_validate(one) for one in found]


_RECORD = {"type": "object", "additionalProperties": True}
_EXAMPLE = [{"time": "2026-11-30T08:00:00Z", "flow": 12.4, "heat": 61.0}]


@api.operation(
    "POST", "/streams/{stream}/records", "monitors:write", status=202, summary="Send records",
    body={
        "application/json": {
            "schema": {"type": "array", "items": _RECORD, "maxItems": MOST_RECORDS},
            "example": _EXAMPLE,
        },
        "application/x-ndjson": {
            "schema": {"type": "string", "description": "A JSON object a line."},
            "example": json.dumps(_EXAMPLE[0]) + "\n",
        },
        "application/vnd.apache.arrow.stream": {
            "schema": {"type": "string", "format": "binary"},
        },
    },
)  # fmt: skip
async def send_records(stream: Id, request: Request, who: Who) -> Sent:
    """Keep records; the answer comes when they are safe.

    A record that comes twice counts once, by its key: whoever got no answer sends it again.
    """
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise LimitExceeded(
            f"One request brings at most {MOST_BYTES // 2**20} MiB of records, found "
            f"{len(body) / 2**20:.1f}. Send them in parts."
        )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    made = await to_thread.run_sync(_sent, who, stream, body, kind)
    return Sent.model_validate(made)


def _sent(who: Any, stream: str, body: bytes, kind: str) -> kept.Sent:
    kept.find_stream(who, stream)  # whoever may not see it is told so, whatever was sent
    return kept.send_records(who, stream, _rows(body, kind))


def _rows(body: bytes, kind: str) -> Any:
    if kind == "application/vnd.apache.arrow.stream":
        return _arrow(body)
    try:
        read = _lines(body) if kind == "application/x-ndjson" else json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DataError(f"The records are not JSON: {error}.") from error
    if isinstance(read, dict):
        read = [read]
    if not isinstance(read, list) or not all(isinstance(one, Mapping) for one in read):
        raise DataError("Send a list of JSON objects, one for each record.")
    if not 1 <= len(read) <= MOST_RECORDS:
        raise DataError(f"One request brings 1 to {MOST_RECORDS:,} records, found {len(read):,}.")
    return read


def _lines(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.split(b"\n") if line.strip()]


def _arrow(body: bytes) -> Any:
    """Return a table of Arrow's stream format, read where it cannot hurt."""
    from workbench.core.settings import settings
    from workbench.core.worker import run_in_worker

    known = settings()
    with tempfile.NamedTemporaryFile(prefix="workbench-") as file:
        file.write(body)
        file.flush()
        return run_in_worker(
            "workbench.streams.arrow:read_stream", memory=known.parse_memory,
            seconds=known.parse_seconds, subject="The records", path=file.name,
            most=MOST_RECORDS,
        ).table  # fmt: skip
