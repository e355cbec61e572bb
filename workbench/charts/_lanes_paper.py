"""Severity lanes on paper: where something is odd, overall and part by part."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.charts._paper import WIDE, drawing, figure, legend, severity_bar, ticks_of
from workbench.charts._thinning import buckets
from workbench.core.wording import axis_of, html

__all__ = ["detectors_paper", "lanes_paper"]

#: Cells across a lane; more are finer than a line on paper.
CELLS = 240
#: Severity from which a cell is drawn.
LEAST = 3.0


def lanes_paper(found: Any, lanes: Any, most: int = 9) -> str:
    """Return the lanes of a detection as a figure without a script.

    Parameters
    ----------
    found : Detection
    lanes : Lanes
        Of this detection.
    most : int
        Lanes drawn, the overall one included.
    """
    times = None if found.dataset.time is None else found.dataset.frame[found.dataset.time]
    timed = found.dataset.kind == "series" and times is not None and found.dataset.entity is None
    ordered = times.iloc[found.order] if timed and times is not None else None
    if found.dataset.entity is not None and times is not None:
        return _by_time(found, lanes, times, most)
    axis = axis_of(ordered, len(found))
    rows = [
        (name, _cells(axis, lanes.matrix[place])) for place, name in enumerate(lanes.names[:most])
    ]
    below = ticks_of(axis, ordered)
    return _figure(rows, below, "time" if timed else "row number", lanes.by)


def detectors_paper(detections: Any, most: int = 12) -> str:
    """Return one overall lane a detector, all on the axis of the data they share."""
    first = next(iter(detections.values()))
    data = first.dataset
    times = None if data.time is None else data.frame[data.time]
    timed = data.kind == "series" and times is not None
    ordered = times.iloc[first.order] if timed and times is not None else None
    places = axis_of(ordered, len(first))
    merged = np.argsort(places, kind="stable")
    rows = [
        (name, _cells(places[merged], found.severity.to_numpy()[first.order][merged]))
        for name, found in list(detections.items())[:most]
    ]
    below = ticks_of(places[merged], ordered)
    return _figure(rows, below, "time" if timed else "row number", "detector")


def _by_time(found: Any, lanes: Any, times: Any, most: int) -> str:
    """Draw entities above each other on one common axis of time."""
    ordered = times.iloc[found.order]
    places = axis_of(ordered, len(found))
    merged = np.argsort(places, kind="stable")
    axis = places[merged]
    rows = [
        (name, _cells(axis, lanes.matrix[place][merged]))
        for place, name in enumerate(lanes.names[:most])
    ]
    return _figure(rows, ticks_of(axis, times), "time", lanes.by)


def _cells(axis: np.ndarray, severity: np.ndarray) -> list[str]:
    if axis.size == 0:
        return []
    start, stop = float(axis[0]), float(axis[-1])
    reach = stop - start or 1.0
    cut = buckets(axis, start, stop, CELLS)
    top = cut.highest(severity)
    cells = []
    for left, right, value in zip(cut.left, cut.right, top, strict=True):
        if value >= LEAST:
            x = WIDE * (max(left, start) - start) / reach
            wide = WIDE * (min(right, stop) - max(left, start)) / reach
            cells.append(severity_bar(min(x, WIDE - 2.5), wide, float(value), 18.0))
    return cells


def _figure(rows: list[tuple[str, list[str]]], below: list[str], along: str, by: str) -> str:
    lines = "".join(
        f'<span style="overflow:hidden;text-overflow:ellipsis;white-space:nowrap;text-align:right;'
        f'font-size:13px" title="{html(name)}">{html(name, 40)}</span>'
        f'<div style="background:var(--wb-soft,rgba(128,128,128,.12))">{drawing(cells, 18.0, 18)}'
        "</div>"
        for name, cells in rows
    )
    words = "".join(f"<span>{html(word)}</span>" for word in below)
    told = f"Severity by {along}; lanes: {', '.join(name for name, _ in rows)}"
    inner = (
        '<div style="display:grid;grid-template-columns:minmax(56px,max-content) minmax(0,1fr);'
        f'gap:5px 10px;align-items:center">{lines}<span></span><div style="display:flex;'
        f'justify-content:space-between;font-size:12px;opacity:.8">{words}</div></div>{legend()}'
    )
    what = "overall, then by entity" if by == "entity" else "overall, then by feature"
    what = "each detector by its own threshold" if by == "detector" else what
    caption = f"Severity by {along}: {what}. Taller and stronger is worse."
    return figure(inner, told, caption)
