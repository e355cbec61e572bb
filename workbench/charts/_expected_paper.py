"""Values against what was expected, on paper: line, band, what is anomalous, and the incident."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from workbench.charts._paper import WIDE, colour, figure, plot, rectangle, ticks_of
from workbench.charts._thinning import extremes
from workbench.core.points import Points
from workbench.core.wording import number, plural

__all__ = ["expected_paper"]

HIGH = 120.0
#: Points of a line, and anomalous ones that are marked; more would not be seen.
POINTS, MARKS = 900, 200
#: How much further than the values the band may reach before it is cut.
FAR = 1.5


def expected_paper(
    points: Points, feature: str, *, start: datetime | None = None, end: datetime | None = None
) -> str:
    """Return the values of a feature with the range in which each was expected.

    Parameters
    ----------
    points : Points
        At least two, of one entity.
    feature : str
    start, end : datetime.datetime, optional
        A stretch that is shaded: from when until when it was odd.
    """
    import pandas as pd

    at = points.features.index(feature)
    line, low, high = points.values[:, at], points.low[:, at], points.high[:, at]
    times = pd.Series(pd.to_datetime(points.time))
    axis = points.time.astype("datetime64[us]").astype(np.int64) / 1e3
    first, reach = float(axis[0]), float(axis[-1] - axis[0]) or 1.0
    bottom, top = _limits(line, low, high)

    def x_of(place: Any) -> Any:
        return np.clip(WIDE * (place - first) / reach, 0.0, WIDE)

    def y_of(value: Any) -> Any:
        return 4.0 + (HIGH - 8.0) * (1.0 - (np.clip(value, bottom, top) - bottom) / (top - bottom))

    parts = []
    if start is not None and end is not None:
        ends = [float(x_of(one.astimezone(UTC).timestamp() * 1e3)) for one in (start, end)]
        shade = rectangle(ends[0] - 1.5, 0, ends[1] - ends[0] + 3, HIGH, colour("high"), 0.16)
        parts.append(shade)
    parts.append(_band(x_of(axis), y_of, low, high))
    parts.append(_line(axis, line, first, reach, x_of, y_of))
    odd = np.flatnonzero(points.anomalous & np.isfinite(line))
    worst = odd[np.argsort(-np.nan_to_num(points.severity[odd]), kind="stable")[:MARKS]]
    parts += [
        rectangle(float(x_of(axis[one])) - 2.5, float(y_of(line[one])) - 3.5, 5, 7,
                  colour("critical"))
        for one in worst
    ]  # fmt: skip
    inner = plot(
        parts,
        high=HIGH,
        pixels=150,
        left=[number(top), number(bottom)],
        below=ticks_of(axis, times),
    )
    known = bool(np.isfinite(low).any())
    told = f"{feature}: {plural(len(points), 'record')}, {plural(len(odd), 'anomalous one')}"
    caption = f"{feature}; marked: {plural(len(odd), 'anomalous record')}."
    if known:
        caption += " The band is what was expected."
    if start is not None:
        caption += " Shaded: the incident."
    return figure(inner, told, caption)


def _limits(line: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """Return the least and the greatest value that is drawn: the line, and the band near it."""
    known = line[np.isfinite(line)]
    bottom, top = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    room = FAR * ((top - bottom) or abs(top) or 1.0)
    for edge in (low[np.isfinite(low)], high[np.isfinite(high)]):
        if edge.size:
            bottom = min(bottom, max(float(edge.min()), bottom - room))
            top = max(top, min(float(edge.max()), top + room))
    return (bottom, top) if top > bottom else (bottom - 0.5, top + 0.5)


def _band(x: np.ndarray, y_of: Any, low: np.ndarray, high: np.ndarray) -> str:
    """Return the expected range, in as many pieces as it is known in."""
    known = np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return ""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    pieces = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        step = max(1, (end - begin) // POINTS)
        some = np.unique(np.append(np.arange(begin, end, step), end - 1))
        upper = [f"{x[one]:.1f} {y_of(high[one]):.1f}" for one in some]
        lower = [f"{x[one]:.1f} {y_of(low[one]):.1f}" for one in some[::-1]]
        pieces.append("M" + "L".join(upper + lower) + "Z")
    return f'<path d="{"".join(pieces)}" style="fill:{colour("line")}" opacity="0.18"/>'


def _line(
    axis: np.ndarray, line: np.ndarray, first: float, reach: float, x_of: Any, y_of: Any
) -> str:
    known = np.isfinite(line)
    if not known.any():
        return ""
    pieces, begun = [], False
    for one in extremes(axis, np.where(known, line, np.nan), first, first + reach, POINTS):
        if not known[one]:
            begun = False
            continue
        pieces.append(f"{'L' if begun else 'M'}{x_of(axis[one]):.1f} {y_of(line[one]):.1f}")
        begun = True
    return (
        f'<path d="{"".join(pieces)}" fill="none" vector-effect="non-scaling-stroke" '
        f'style="stroke:{colour("line")};stroke-width:1.4"/>'
    )
