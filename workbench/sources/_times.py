"""Reads moments from text and from counted seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

__all__ = ["from_epoch", "from_text", "mostly"]

Say = Callable[[str], None]
#: Values that are looked at for the way in which most are written.
LOOKS = 20

_CLOCK = (
    r"(?P<gap>[T ]+)(?P<hm>\d{1,2}:\d{2})(?P<s>:\d{2}([.,]\d+)?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?))?"
)
_DAYS = (
    r"(?P<y>\d{4})(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2}",
    r"\d{1,2}(?P<sep>[-/.])\d{1,2}(?P=sep)(?P<y>\d{4}|\d{2})",
    r"\d{1,2}(?P<sep>[- ])(?P<m>[A-Za-z]{3,9})(?P=sep)(?P<y>\d{4}|\d{2})",
    r"(?P<m>[A-Za-z]{3,9}) \d{1,2}(?P<sep>,?) (?P<y>\d{4})",
)
_SHAPES = [re.compile(f"{day}({_CLOCK})?") for day in _DAYS]
_NAMED_TIME = re.compile(r"(^|[^a-z])(time|timestamp|ts|epoch|unix|date|datetime)([^a-z]|$)")
#: Seconds from 1990 to 2100, and the same in milli-, micro- and nanoseconds.
_EPOCHS = tuple(
    (unit, 631e6 * factor, 4.1e9 * factor)
    for unit, factor in (("s", 1), ("ms", 1e3), ("us", 1e6), ("ns", 1e9))
)


def from_text(text: pl.Series, *, day_first: bool | None, say: Say) -> pl.Series | None:
    """Return moments if every value of ``text`` is one, else None.

    Moments with an offset become UTC. Of 03/04/2024 and 04/03/2024 that one is taken which
    all values allow; if both do, the one in which the column is sorted; else month first.
    """
    first = text.drop_nulls().first()
    found = next((m for m in (shape.fullmatch(str(first)) for shape in _SHAPES) if m), None)
    if found is None:
        return None
    zoned = bool(found.groupdict().get("zone"))
    text = _prepared(text, zoned)
    read = [
        (layout, moments)
        for layout in _layouts(found, day_first)
        if (moments := _parse(text, layout, zoned)) is not None
    ]
    if not read:
        return None
    _, moments = read[0] if len(read) == 1 else _choose(read, text.name, say)
    if zoned:
        _mention_zones(text, say)
    return moments


def mostly(text: pl.Series, *, day_first: bool | None) -> pl.Series | None:
    """Return moments as most values are written, missing where one is not; None if none is."""
    filled = text.drop_nulls().head(LOOKS)
    shapes = (m for value in filled for m in (s.fullmatch(str(value)) for s in _SHAPES) if m)
    best: pl.Series | None = None
    tried: set[str] = set()
    for found in shapes:
        zoned = bool(found.groupdict().get("zone"))
        for layout in _layouts(found, day_first):
            if layout in tried:
                continue
            tried.add(layout)
            moments = _parse(_prepared(text, zoned), layout, zoned, all_of_them=False)
            if moments is not None and (best is None or moments.null_count() < best.null_count()):
                best = moments
    return best


def _prepared(text: pl.Series, zoned: bool) -> pl.Series:
    text = text.str.replace(r"(:\d{2}),(\d+)", "$1.$2")
    if zoned:
        text = text.str.replace(r" ?(Z|UTC|GMT)$", "+0000")
        text = text.str.replace(r" ?([+-]\d{2}):?(\d{2})$", "$1$2")
        text = text.str.replace(r"(:\d{2}(?:\.\d+)?)([+-]\d{2})$", "${1}${2}00")
    return text


def _layouts(found: re.Match[str], day_first: bool | None) -> list[str]:
    """Return the chrono formats that the first value may be written in."""
    part = found.groupdict()
    year = "%Y" if len(part["y"]) == 4 else "%y"
    sep = part["sep"]
    if part.get("m"):
        month = "%b" if len(part["m"]) == 3 else "%B"
        ends = found.string.startswith(part["m"])
        days = [f"{month} %d{sep} {year}"] if ends else [sep.join(("%d", month, year))]
    elif found.string[:4] == part["y"] and len(part["y"]) == 4:
        days = [sep.join(("%Y", "%m", "%d"))]
    else:
        orders = [("%m", "%d", year), ("%d", "%m", year)]
        if day_first is None:
            wanted = orders[1:] if sep == "." else orders
        else:
            wanted = [orders[int(day_first)]]
        days = [sep.join(order) for order in wanted]
    return [day + _clock(part) for day in days]


def _clock(part: dict[str, str | None]) -> str:
    if not part.get("hm"):
        return ""
    hour = "%I:%M" if part.get("half") else "%H:%M"
    second = "" if not part.get("s") else "%S" if part.get("half") else "%S%.f"
    layout = str(part["gap"]) + hour + (f":{second}" if second else "")
    half = part.get("half") or ""
    layout += half.lower().replace("am", "%p").replace("pm", "%p")
    return layout + ("%z" if part.get("zone") else "")


def _parse(
    text: pl.Series, layout: str, zoned: bool, *, all_of_them: bool = True
) -> pl.Series | None:
    import polars as pl

    unit: Literal["us", "ns"] = "us"
    if "%.f" in layout and text.str.contains(r":\d\d\.\d{7,}").any():
        unit = "ns"
    try:
        moments = text.str.to_datetime(
            layout,
            strict=False,
            time_unit=unit,
            time_zone="UTC" if zoned else None,
        )
    except pl.exceptions.PolarsError:
        return None
    if all_of_them and moments.null_count() != text.null_count():
        return None
    low = moments.dt.year().min()
    return moments if isinstance(low, int) and low >= 1000 else None


def _choose(read: list[tuple[str, pl.Series]], name: str, say: Say) -> tuple[str, pl.Series]:
    in_order = [
        item
        for item in read
        if (kept := item[1].drop_nulls()).is_sorted() or kept.is_sorted(descending=True)
    ]
    chosen = in_order[0] if len(in_order) == 1 else read[0]
    order = "month first" if chosen[0].startswith("%m") else "day first"
    say(
        f"Dates in column '{name}' can be read in two ways; they were read {order}. "
        "Pass day_first=True or day_first=False to decide."
    )
    return chosen


def _mention_zones(text: pl.Series, say: Say) -> None:
    zones = text.str.extract(r"([+-]\d{4})$").drop_nulls().unique().sort().to_list()
    if zones and set(zones) != {"+0000"}:
        kind = "mixed time zones" if len(zones) > 1 else f"the time zone {zones[0]}"
        say(f"Column '{text.name}' has {kind}; it was turned into UTC.")


def from_epoch(column: pl.Series, say: Say) -> pl.Series:
    """Return moments for whole numbers that count seconds since 1970, if the name says so.

    Only a column called time, timestamp, ts, epoch, unix or date is looked at, with every value
    between 1990 and 2100 (in seconds, milli-, micro- or nanoseconds, or as 20240131).
    """
    import polars as pl

    if not _NAMED_TIME.search(column.name.lower()) or column.null_count() == len(column):
        return column
    low, high = column.min(), column.max()
    if not (isinstance(low, int) and isinstance(high, int)):
        return column
    if low >= 19000101 and high <= 21001231:
        days = column.cast(pl.String).str.to_datetime("%Y%m%d", strict=False, time_unit="us")
        return days if days.null_count() == column.null_count() else column
    for unit, floor, ceiling in _EPOCHS:
        if floor <= low and high <= ceiling:
            say(f"Column '{column.name}' counts time since 1970 in {unit}; it was read as UTC.")
            factor = {"s": 1_000_000, "ms": 1000, "us": 1, "ns": 1}[unit]
            kind = pl.Datetime("ns" if unit == "ns" else "us")
            return (column * factor).cast(kind)
    return column
