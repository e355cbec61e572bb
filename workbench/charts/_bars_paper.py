"""Bars on paper: contributions, counts in time, and scores with their threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.charts._paper import WIDE, colour, figure, plot, rectangle
from workbench.core.wording import html, number

__all__ = ["columns_paper", "scores_paper", "shares_paper"]

HIGH = 120.0


def shares_paper(
    lines: Sequence[tuple[str, float, str]], told: str, *, most: float | None = None
) -> str:
    """Return one bar a line: name, length, and words behind it.

    Parameters
    ----------
    lines : sequence of (str, float, str)
        Negative lengths are drawn faint.
    told : str
        For those who do not see it.
    most : float, optional
        Length of a full bar; by default the longest.
    """
    full = most or max((abs(length) for _, length, _ in lines), default=0.0) or 1.0
    rows = "".join(
        f'<span style="overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:13px" '
        f'title="{html(name)}">{html(name, 40)}</span>'
        f'<span style="display:block;background:var(--wb-soft,rgba(128,128,128,.12))">'
        f'<span style="display:block;height:14px;width:{100 * min(abs(length) / full, 1):.1f}%;'
        f'background:{colour("line")}{";opacity:.35" if length < 0 else ""}"></span></span>'
        f'<span style="font-size:13px;text-align:right;font-variant-numeric:tabular-nums">'
        f"{html(words, 60)}</span>"
        for name, length, words in lines
    )
    spoken = f"{told}: " + ", ".join(f"{name} {words}" for name, _, words in lines)
    return (
        f'<div class="bars" role="img" aria-label="{html(spoken, 400)}" '
        'style="display:grid;gap:4px 10px;'
        "grid-template-columns:minmax(64px,max-content) minmax(40px,1fr) max-content;"
        f'align-items:center;margin:8px 0">{rows}</div>'
    )


def columns_paper(
    values: Sequence[float], below: Sequence[str], told: str, caption: str, shade: str = "line"
) -> str:
    """Return counts as columns from left to right."""
    top = max(values, default=0.0) or 1.0
    step = WIDE / max(len(values), 1)
    gap = 0.12 * step if len(values) < 120 else 0.0
    parts = [
        rectangle(
            step * place + gap / 2,
            HIGH - max((HIGH - 2) * value / top, 2.0 if value > 0 else 0.0),
            step - gap,
            max((HIGH - 2) * value / top, 2.0 if value > 0 else 0.0),
            colour(shade),
        )
        for place, value in enumerate(values)
    ]
    parts.append(rectangle(0, HIGH - 0.7, WIDE, 0.7, colour("normal")))
    inner = plot(parts, high=HIGH, pixels=110, left=[number(top), "0"], below=below)
    return figure(inner, told, caption)


def scores_paper(scores: Any, threshold: float, bins: int = 60) -> str:
    """Return how the scores are spread, those above the threshold in another colour.

    Heights are logarithmic: a handful of odd rows must be seen beside a million usual ones.
    """
    values = np.asarray(scores, dtype=float)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return ""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        high = low + 1.0
    counts, edges = np.histogram(values, bins=bins, range=(low, high))
    tall = np.log10(1.0 + counts)
    top = float(tall.max()) or 1.0
    step = WIDE / bins
    parts = []
    for place, count in enumerate(counts):
        if count:
            odd = (edges[place] + edges[place + 1]) / 2 > threshold
            height = (HIGH - 4) * tall[place] / top
            shade = colour("critical" if odd else "normal")
            parts.append(rectangle(step * place + 1, HIGH - height, step - 2, height, shade))
    at = WIDE * (threshold - low) / (high - low)
    if 0 <= at <= WIDE:
        parts.append(rectangle(at - 1, 0, 2.5, HIGH, colour("ink")))
    inner = plot(
        parts,
        high=HIGH,
        pixels=120,
        left=[f"{int(counts.max()):,}", "0"],
        below=[number(low), number((low + high) / 2), number(high)],
    )
    above = int((values > threshold).sum())
    told = f"Spread of {values.size:,} scores; {above:,} lie above the threshold"
    caption = (
        "How many rows have which score (heights are logarithmic). The line is the threshold; "
        f"{above:,} of {values.size:,} rows lie above it."
    )
    return figure(inner, told, caption)
