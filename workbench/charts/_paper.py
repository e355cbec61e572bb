"""Drawings for paper and mail: HTML around SVG without a script, readable on a phone.

Shapes live in SVG that stretches to any width, words stay HTML, so that letters keep their size.
Colours are CSS variables with a fallback: the page says light, dark or print, a bare notebook
shows the fallback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.charts._theme import LIGHT
from workbench.core.anomaly import band
from workbench.core.wording import SHAPES, html

__all__ = [
    "WIDE",
    "colour",
    "drawing",
    "figure",
    "legend",
    "plot",
    "rectangle",
    "severity_bar",
    "ticks_of",
]

#: Units across a drawing, whatever its width on the page.
WIDE = 1000.0
#: How tall a cell of a severity stands in its lane: the shape says the band as well.
TALL = {"critical": 1.0, "high": 0.78, "medium": 0.56, "low": 0.34, "normal": 0.0}

_FALLBACK = {
    **LIGHT.bands,
    "normal": LIGHT.normal,
    "line": LIGHT.line,
    "ink": "currentColor",
}


def colour(name: str) -> str:
    """Return the CSS colour of a band, or of "line", "normal" or "ink"."""
    return f"var(--wb-{name},{_FALLBACK[name]})"


def rectangle(x: float, y: float, wide: float, high: float, fill: str, faint: float = 1.0) -> str:
    """Return a rectangle in the units of its drawing."""
    shade = "" if faint == 1.0 else f' opacity="{faint:g}"'
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0.0):.1f}" height="{max(high, 0.0):.1f}" '
        f'style="fill:{fill}"{shade}/>'
    )


def severity_bar(x: float, wide: float, severity: float, high: float) -> str:
    """Return a cell of a lane: colour and height both say the band."""
    word = band(severity)
    tall = high * TALL[word]
    return rectangle(x, high - tall, max(wide, 2.5), tall, colour(word))


def drawing(parts: Sequence[str], high: float, pixels: int) -> str:
    """Return shapes as SVG that takes the width it gets."""
    return (
        f'<svg viewBox="0 0 {WIDE:g} {high:g}" preserveAspectRatio="none" aria-hidden="true" '
        f'style="display:block;width:100%;height:{pixels}px">{"".join(parts)}</svg>'
    )


def plot(
    parts: Sequence[str],
    *,
    high: float,
    pixels: int,
    left: Sequence[str] = (),
    below: Sequence[str] = (),
) -> str:
    """Return a drawing with words to its left (top to bottom) and below (left to right)."""
    style = "font-size:12px;opacity:.8;white-space:nowrap"
    column = "".join(f"<span>{html(word, 20)}</span>" for word in left)
    row = "".join(f"<span>{html(word, 24)}</span>" for word in below)
    return (
        '<div style="display:grid;grid-template-columns:auto minmax(0,1fr);column-gap:8px">'
        f'<div style="display:flex;flex-direction:column;justify-content:space-between;'
        f'text-align:right;line-height:1;{style}">{column}</div>{drawing(parts, high, pixels)}'
        f'<span></span><div style="display:flex;justify-content:space-between;margin-top:4px;'
        f'{style}">{row}</div></div>'
    )


def figure(inner: str, told: str, caption: str = "") -> str:
    """Return a drawing as a figure; ``told`` is for those who do not see it."""
    below = f"<figcaption>{html(caption, 400)}</figcaption>" if caption else ""
    return (
        f'<figure style="margin:16px 0"><div role="img" aria-label="{html(told, 300)}">{inner}'
        f"</div>{below}</figure>"
    )


def legend(words: Sequence[str] = ("critical", "high", "medium", "low")) -> str:
    """Return the bands with colour, shape and word."""
    items = "".join(
        f'<span style="white-space:nowrap"><span aria-hidden="true" style="display:inline-block;'
        f"width:10px;height:{round(14 * TALL[word])}px;margin-right:5px;background:{colour(word)}"
        f'"></span>{SHAPES[word]} {word}</span>'
        for word in words
    )
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:8px;font-size:12px;'
        f'opacity:.9">{items}</div>'
    )


def ticks_of(axis: np.ndarray, times: Any, amount: int = 4) -> list[str]:
    """Return words for evenly spaced places of an axis, short enough for a phone.

    Parameters
    ----------
    axis : numpy.ndarray
        Milliseconds since 1970 where ``times`` are moments, else anything ascending.
    times : pandas.Series or None
        The time column, for its type.
    amount : int
    """
    import pandas as pd

    if axis.size == 0:
        return []
    start, stop = float(axis[0]), float(axis[-1])
    places = [start] if stop <= start else list(np.linspace(start, stop, amount))
    if times is None or not pd.api.types.is_datetime64_any_dtype(times.dtype):
        return [f"{place:,.0f}" if abs(place) >= 100 else f"{place:.3g}" for place in places]
    days = (stop - start) / 86_400_000
    form = (
        "%b %Y" if days > 300 else "%d %b" if days > 3 else "%d %b %H:%M" if days > 1 else "%H:%M"
    )
    return [pd.Timestamp(place, unit="ms").strftime(form) for place in places]
