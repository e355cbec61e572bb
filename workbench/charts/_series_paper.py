"""A series on paper: the values, with the anomalous stretches behind them."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.charts._paper import WIDE, colour, figure, plot, rectangle, ticks_of
from workbench.charts._thinning import extremes
from workbench.core.wording import axis_of, number

__all__ = ["line_paper", "series_paper"]

HIGH = 120.0
#: Points of a line: two a unit of width on a wide screen would not be seen.
POINTS = 900
#: Anomalies shaded behind a line, the worst ones; more would hide it.
MOST_SHADED = 60


def series_paper(
    found: Any, feature: str, rows: np.ndarray | None = None, caption: str = ""
) -> str:
    """Return the values of a feature over time, anomalies shaded by severity.

    Parameters
    ----------
    found : Detection
    feature : str
        A numeric column.
    rows : numpy.ndarray of int, optional
        Row positions in the order of time; by default all.
    caption : str
        By default what is shaded.
    """
    import pandas as pd

    data = found.dataset
    rows = found.order if rows is None else rows
    times = None if data.time is None else data.frame[data.time].iloc[rows]
    axis = axis_of(times, len(rows))
    values = pd.to_numeric(data.frame[feature].iloc[rows], errors="coerce")
    line = values.to_numpy(dtype=float, na_value=np.nan)
    start, reach = float(axis[0]), float(axis[-1] - axis[0]) or 1.0
    place = np.full(len(found), -1)
    place[rows] = np.arange(len(rows))
    bands = []
    for item in found.records[:MOST_SHADED]:
        inside = place[list(item.rows)]
        inside = inside[inside >= 0]
        if inside.size:
            left = WIDE * (axis[inside[0]] - start) / reach
            wide = max(WIDE * (axis[inside[-1]] - axis[inside[0]]) / reach, 3.0)
            faint = 0.55 if wide < 40 else 0.3  # a wide band must not hide the line
            bands.append(rectangle(left - 1, 0, wide + 1, HIGH, colour(item.band), faint))
    drawn, low, high = line_paper(axis, line, start, reach)
    words = [number(high), number(low)] if np.isfinite(low) else []
    inner = plot([*bands, drawn], high=HIGH, pixels=120, left=words, below=ticks_of(axis, times))
    told = f"{feature} over {len(rows):,} rows, from {number(low)} to {number(high)}"
    more = len(found.records) > MOST_SHADED
    shaded = f"the {MOST_SHADED} worst anomalies" if more else "where an anomaly was found"
    return figure(inner, told, caption or f"{feature}; shaded: {shaded}.")


def line_paper(
    axis: np.ndarray, line: np.ndarray, start: float, reach: float
) -> tuple[str, float, float]:
    """Return a line as SVG with its least and greatest value; gaps stay gaps."""
    known = np.isfinite(line)
    if not known.any():
        return "", float("nan"), float("nan")
    low, high = float(line[known].min()), float(line[known].max())
    span = (high - low) or 1.0
    kept = extremes(axis, np.where(known, line, np.nan), start, start + reach, POINTS)
    pieces, open_piece = [], False
    for point in kept:
        if not known[point]:
            open_piece = False
            continue
        x = WIDE * (axis[point] - start) / reach
        y = 4 + (HIGH - 8) * (1 - (line[point] - low) / span)
        pieces.append(f"{'L' if open_piece else 'M'}{x:.1f} {y:.1f}")
        open_piece = True
    path = (
        f'<path d="{"".join(pieces)}" fill="none" vector-effect="non-scaling-stroke" '
        f'style="stroke:{colour("line")};stroke-width:1.2"/>'
    )
    return path, low, high
