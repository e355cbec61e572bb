"""The audit, read by people: whether the chain is whole, and where it is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import ColumnElement

from workbench.core.audit import FIRST, Entry, seal
from workbench.core.errors import ParameterError
from workbench.store.audit import AUDIT, entries, head
from workbench.store.database import reading
from workbench.store.paging import Page, page_of

__all__ = ["Verdict", "audit_lines", "audit_page", "verify_audit", "verify_latest"]


@dataclass(frozen=True)
class Verdict:
    """Whether the audit is as it was written.

    Attributes
    ----------
    whole : bool
    count : int
        Entries that are as they were written, from the first on.
    broken : int or None
        Number of the first entry that is not.
    reason : str
    head : str
        Hash of the last good entry. Kept elsewhere, it shows later if the end was cut off.
    """

    whole: bool
    count: int
    broken: int | None
    reason: str
    head: str


def verify_audit(anchor: str = "") -> Verdict:
    """Walk the whole chain and say where it is broken, if it is.

    Parameters
    ----------
    anchor : str
        A hash that was kept elsewhere, as ``head`` gave it: without one nobody can tell that
        entries at the end were cut off.

    Raises
    ------
    ParameterError
        The anchor is no hash.
    """
    if anchor and (len(anchor) != 64 or set(anchor) - set("0123456789abcdef")):
        raise ParameterError("An anchor is a hash of 64 digits, as 'workbench audit head' shows.")
    previous, count, seen = FIRST, 0, not anchor or anchor == FIRST
    for entry in entries():
        if reason := _trouble(entry, count + 1, previous):
            return Verdict(False, count, count + 1, reason, previous)
        previous, count = entry.hash, count + 1
        seen = seen or previous == anchor
    if not seen:
        return Verdict(
            False,
            count,
            count + 1,
            "the entry of the anchor is gone: the end was cut off",
            previous,
        )
    return Verdict(True, count, None, "", previous)


def verify_latest(most: int = 1000) -> Verdict:
    """Walk the end of the chain only: quick, however long it is.

    Parameters
    ----------
    most : int
        Entries from the last one back. The one before them is taken as it is.
    """
    last = head()
    if last is None:
        return Verdict(True, 0, None, "", FIRST)
    start = max(0, last.number - most)
    previous, count = FIRST, 0
    for entry in entries(first=max(1, start)):
        if start and entry.number == start:
            previous = entry.hash
        elif reason := _trouble(entry, start + count + 1, previous):
            return Verdict(False, count, start + count + 1, reason, previous)
        else:
            previous, count = entry.hash, count + 1
    return Verdict(True, count, None, "", previous)


def _trouble(entry: Entry, number: int, previous: str) -> str:
    if entry.number != number:
        return f"entry {number} is missing: the next one there is {entry.number}"
    if entry.previous != previous:
        return f"entry {number} does not follow the one before it"
    if entry.hash != seal(entry.number, entry.time, entry.event, entry.previous):
        return f"entry {number} was altered"
    return ""


def audit_lines(
    *, first: int = 1, most: int | None = None, where: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield entries as plain values, for a table, a file or JSON.

    Parameters
    ----------
    first, most : int
        From which number on, and how many.
    where : mapping, optional
        Values of actor, action or object.
    """
    for entry in entries(first=first, most=most, where=where):
        yield {
            "number": entry.number,
            "time": entry.time.isoformat(timespec="microseconds"),
            **vars(entry.event),
            "previous": entry.previous,
            "hash": entry.hash,
        }


def audit_page(*, where: Mapping[str, str], limit: int = 50, after: str = "") -> Page[Any]:
    """Return a part of the audit, the latest first.

    Parameters
    ----------
    where : mapping
        Values of actor, action or object; one that ends with ``*`` is a beginning.
    limit : int
    after : str
        From the page before.
    """
    conditions: list[ColumnElement[bool]] = []
    for name, value in where.items():
        column = AUDIT.c[name]
        if value.endswith("*"):
            conditions.append(column.startswith(value[:-1], autoescape=True))
        elif value:
            conditions.append(column == value)
    with reading() as connection:
        rows, more, total = page_of(
            connection, AUDIT, conditions, sort="-number", limit=limit, after=after
        )
    lines = []
    for row in rows:
        line = dict(row._mapping)
        if line["time"].tzinfo is None:
            line["time"] = line["time"].replace(tzinfo=UTC)
        lines.append(line)
    return Page(lines, more, total)
