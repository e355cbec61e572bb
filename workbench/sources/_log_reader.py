"""Reads logs: finds times and levels, and gathers lines into rows; runs in the worker."""

from __future__ import annotations

import calendar
import math
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.core.errors import DataError, ParameterError
from workbench.sources._decode import to_utf8
from workbench.sources._files import GROWTH, refuse_foreign, snapshot
from workbench.sources._unpack import compression_of, unpack

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_log"]

#: Share of lines that begin with a time in a log whose other lines belong to the one before.
TIMED_SHARE = 0.5
#: Share of records that name a level where levels are a column.
LEVEL_SHARE = 0.8
#: Letters at the beginning of a record among which its level stands.
LEVEL_WITHIN = 80
_ISO = re.compile(
    r"\[?(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?\]?"
)
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)")
_COMMON = re.compile(r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]")
_LEVEL = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)\b", re.IGNORECASE
)
_MONTHS = {month: number for number, month in enumerate(calendar.month_abbr) if month}


class Record(NamedTuple):
    """One entry of a log: its line, its time (naive, UTC), and what it says."""

    line: int
    time: datetime | None
    text: str


def read_log(
    *,
    path: str,
    name: str,
    limit: int,
    window: str | int | None,
    session: str | None,
    encoding: str | None,
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the rows of a log, and the roles of their columns."""
    data, grew = snapshot(path)
    if compression_of(name):
        data = unpack(data, name, limit=limit)
    refuse_foreign(data[:64], name, "a log")
    data, notices = to_utf8(data, name, encoding)
    if grew:
        data = data[: data.rfind(b"\n") + 1] or data
        notices.append(GROWTH)
    year = time.gmtime(Path(path).stat().st_mtime).tm_year
    records = _records(data.decode(), year)
    if not records:
        raise DataError(f"'{name}' is empty: it holds no line.")
    if session is not None:
        columns = _sessions(records, _compiled(session), name, notices)
    elif window is not None:
        columns = _windows(records, window, name)
    else:
        columns = _singly(records)
    return _framed(columns, notices)


def _records(text: str, year: int) -> list[Record]:
    lines = [
        (number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()
    ]
    read = [(number, *_timed(line, year)) for number, line in lines]
    timed = sum(moment is not None for _, moment, _ in read)
    if timed < TIMED_SHARE * len(read):
        return [Record(number, None, line) for number, line in lines]
    begun: list[tuple[int, datetime | None, list[str]]] = []
    for number, moment, rest in read:
        if moment is None and begun:
            begun[-1][2].append(rest)
        else:
            begun.append((number, moment, [rest]))
    return [Record(number, moment, "\n".join(text)) for number, moment, text in begun]


def _timed(line: str, year: int) -> tuple[datetime | None, str]:
    """Return the time that a line is marked with, and the line without it."""
    for pattern, moment_of in ((_ISO, _iso), (_SYSLOG, _syslog), (_COMMON, _common)):
        found = pattern.match(line) if pattern is not _COMMON else pattern.search(line)
        if found is None:
            continue
        try:
            moment = moment_of(found, year)
        except (ValueError, KeyError, OverflowError):
            continue
        rest = f"{line[: found.start()].rstrip()} {line[found.end() :].lstrip()}".strip()
        return moment, rest
    return None, line


def _iso(found: re.Match[str], year: int) -> datetime:
    stated, month, day, clock, part, zone = found.groups()
    text = f"{stated}-{month}-{day}T{clock}.{(part or '0')[:6]:0<6}{zone or ''}"
    return _naive(datetime.fromisoformat(text))


def _syslog(found: re.Match[str], year: int) -> datetime:
    month, day, clock = found.groups()
    return datetime.fromisoformat(f"{year}-{_MONTHS[month]:02}-{int(day):02}T{clock}")


def _common(found: re.Match[str], year: int) -> datetime:
    day, month, stated, clock, zone = found.groups()
    return _naive(datetime.fromisoformat(f"{stated}-{_MONTHS[month]:02}-{day}T{clock}{zone}"))


def _naive(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _singly(records: Sequence[Record]) -> dict[str, list[Any]]:
    before = ["", *(record.text for record in records[:-1])]
    columns: dict[str, list[Any]] = {
        "line": [record.line for record in records],
        "time": [record.time for record in records],
        "level": [_level(record.text) for record in records],
        "text": [record.text for record in records],
        "step": [
            f"{last}\n{record.text}".lstrip("\n")
            for last, record in zip(before, records, strict=True)
        ],
    }
    known = sum(level is not None for level in columns["level"])
    if known < LEVEL_SHARE * len(records):
        del columns["level"]
    return columns


def _level(text: str) -> str | None:
    found = _LEVEL.search(text, 0, LEVEL_WITHIN)
    return None if found is None else found[1].upper()


def _compiled(session: str) -> re.Pattern[str]:
    try:
        return re.compile(session)
    except re.error as error:
        raise ParameterError(f"session is no regular expression: {error}.") from None


def _sessions(
    records: Sequence[Record], pattern: re.Pattern[str], name: str, notices: list[str]
) -> dict[str, list[Any]]:
    gathered: dict[str, list[Record]] = {}
    outside = 0
    for record in records:
        found = pattern.search(record.text)
        if found is None:
            outside += 1
        else:
            gathered.setdefault(found[pattern.groups and 1] or "", []).append(record)
    if not gathered:
        raise DataError(f"No record of '{name}' holds what session={pattern.pattern!r} looks for.")
    if outside:
        notices.append(f"{outside:,} of {len(records):,} records belong to no session: left out.")
    return {"session": list(gathered), **_gathered(list(gathered.values()))}


def _windows(records: Sequence[Record], window: str | int, name: str) -> dict[str, list[Any]]:
    if isinstance(window, int):
        # Of one size, to a record: a shorter one at the end would stand out by its counts.
        count = math.ceil(len(records) / window)
        ends = [len(records) * number // count for number in range(count + 1)]
        return _gathered([records[start:end] for start, end in pairwise(ends)])
    wide = _duration(window)
    if any(record.time is None for record in records):
        raise DataError(
            f"'{name}' has no times to cut by: give window as a number of records, such as 100."
        )
    origin = datetime(2000, 1, 1)
    held: dict[int, list[Record]] = {}
    for record in records:
        held.setdefault((record.time - origin) // wide, []).append(record)  # type: ignore[operator]
    order = range(min(held), max(held) + 1) if max(held) - min(held) < 1_000_000 else sorted(held)
    stretches = [held.get(number, []) for number in order]
    return {**_gathered(stretches), "time": [origin + number * wide for number in order]}


def _duration(window: str) -> timedelta:
    import pandas as pd

    try:
        wide = pd.Timedelta(window).to_pytimedelta()
    except ValueError:
        wide = timedelta(0)
    if wide <= timedelta(0):
        raise ParameterError(
            f"window must be a stretch of time such as '5min', or a number of records, found "
            f"{window!r}."
        )
    return wide


def _gathered(stretches: Sequence[Sequence[Record]]) -> dict[str, list[Any]]:
    return {
        "line": [one[0].line if one else None for one in stretches],
        "time": [one[0].time if one else None for one in stretches],
        "records": [len(one) for one in stretches],
        "text": ["\n".join(record.text for record in one) for one in stretches],
    }


def _framed(
    columns: dict[str, list[Any]], notices: list[str]
) -> tuple[pl.DataFrame, dict[str, Any]]:
    import polars as pl

    if all(moment is None for moment in columns["time"]):
        del columns["time"]
    # What the level says, the text says too.
    known = [name for name in ("line", "level", "session") if name in columns]
    roles: dict[str, Any] = {"kind": "text", "exclude": known}
    if "time" in columns:
        roles["time"] = "time"
    return pl.DataFrame(columns), {"notices": notices, "roles": roles}
