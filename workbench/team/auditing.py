"""The audit, read by people: whether the chain is whole, and where it is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement

from workbench.core.audit import FIRST, Entry, seal
from workbench.core.errors import DataError, ParameterError
from workbench.store.audit import (
    AUDIT,
    append,
    beginning,
    count_until,
    drop_until,
    entries,
    head,
    last_before,
)
from workbench.store.database import reading, writing
from workbench.store.paging import Page, page_of
from workbench.team.doer import Doer

__all__ = [
    "CUT", "Verdict", "audit_lines", "audit_page", "count_old", "cut_audit", "verify_audit",
    "verify_latest",
]  # fmt: skip

#: Action of the entry that says that the head was cut off, and after what the rest follows.
CUT = "audit.cut"


@dataclass(frozen=True)
class Verdict:
    """Whether the audit is as it was written.

    Attributes
    ----------
    whole : bool
    count : int
        Entries that are as they were written, from the first on that is there.
    broken : int or None
        Number of the first entry that is not.
    reason : str
    head : str
        Hash of the last good entry. Kept elsewhere, it shows later if the end was cut off.
    first : int
        Number of the first entry that is there: more than 1 where older ones were cut off, which a
        later entry says.
    """

    whole: bool
    count: int
    broken: int | None
    reason: str
    head: str
    first: int = 1


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
    start = beginning()
    first = start.number if start else 1
    previous = FIRST if start is None or first == 1 else start.previous
    count, seen = 0, anchor in ("", FIRST, previous)
    attested = first == 1
    for entry in entries():
        if reason := _trouble(entry, first + count, previous):
            return Verdict(False, count, first + count, reason, previous, first)
        attested = attested or _says(entry, first, start)
        previous, count = entry.hash, count + 1
        seen = seen or previous == anchor
    if not attested:
        reason = (
            f"entry 1 is missing: the next one there is {first}, and none says who cut the head"
        )
        return Verdict(False, 0, 1, reason, FIRST, first)
    if not seen:
        reason = "the entry of the anchor is gone: the end was cut off"
        if first > 1:
            reason += f", or it is older than entry {first}, the first that is kept"
        return Verdict(False, count, first + count, reason, previous, first)
    return Verdict(True, count, None, "", previous, first)


def _says(entry: Entry, first: int, start: Entry | None) -> bool:
    """Return whether an entry says that the head before the first one was cut off."""
    told = entry.event.after
    return (
        entry.event.action == CUT
        and start is not None
        and told.get("number") == first - 1
        and told.get("hash") == start.previous
    )


def verify_latest(most: int = 1000) -> Verdict:
    """Walk the end of the chain only: quick, however long it is.

    Parameters
    ----------
    most : int
        Entries from the last one back. The one before them is taken as it is.
    """
    last, there = head(), beginning()
    if last is None or there is None:
        return Verdict(True, 0, None, "", FIRST)
    start = max(there.number, last.number - most + 1)
    previous, count = FIRST, 0
    for entry in entries(first=max(there.number, start - 1)):
        if entry.number < start:
            previous = entry.hash
            continue
        if entry.number == there.number:
            # Whether a later entry says so is a question for all of it.
            previous = FIRST if entry.number == 1 else entry.previous
        if reason := _trouble(entry, start + count, previous):
            return Verdict(False, count, start + count, reason, previous, there.number)
        previous, count = entry.hash, count + 1
    return Verdict(True, count, None, "", previous, there.number)


def count_old(before: datetime) -> int:
    """Return how many entries a cut would take off."""
    with reading() as connection:
        last = last_before(connection, before)
        return 0 if last is None else count_until(connection, last.number)


def cut_audit(before: datetime, *, by: Doer) -> int:
    """Cut off the head of the audit that is older than a time; the rest stays verifiable.

    An entry is added first that names the last entry which goes, and its hash: what remains begins
    with that hash, and ends with an entry that says so. All of it is verified before.

    Parameters
    ----------
    before : datetime.datetime
        With a zone.
    by : Doer

    Returns
    -------
    int
        Entries that are gone.

    Raises
    ------
    DataError
        The audit is not as it was written: nothing is cut off, so that it can be looked into.
    """
    if not count_old(before):
        return 0
    found = verify_audit()
    if not found.whole:
        raise DataError(
            f"The audit is broken: {found.reason}. Nothing is cut off from it, so that somebody "
            "can look into that first: workbench audit verify"
        )
    with writing() as connection:
        last = last_before(connection, before)
        if last is None:
            return 0
        told = {"number": last.number, "hash": last.hash}
        append(connection, by.did(CUT, "audit", {"first": found.first}, told))
        return drop_until(connection, last.number)


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
