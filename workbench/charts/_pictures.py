"""Pictures without a script: for reports, mail, exported notebooks, print, light and dark.

Words and lines take ``currentColor``, so that they follow the page; SVG text is escaped.
"""

from __future__ import annotations

from html import escape
from typing import Any

from workbench.charts.critical_difference import join_lines, title
from workbench.charts.rank_correlation import ink, shade

__all__ = ["bars_picture", "difference_picture", "matrix_picture"]

#: Blue that has 3:1 against white and against the dark page.
BLUE = "#3f83c9"
ROW = 26
#: Width of a letter, about, in the units of the picture.
LETTER = 7.2


def _room(names: list[str]) -> int:
    """Width that the longest name takes."""
    return int(12 + LETTER * min(max(map(len, names), default=0), MOST_LETTERS))


MOST_LETTERS = 24


def _short(name: str) -> str:
    return escape(name if len(name) <= MOST_LETTERS else name[: MOST_LETTERS - 1] + "…")


def _svg(width: int, height: int, label: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'style="max-width:100%;height:auto" aria-label="{escape(label)}" font-size="13" '
        f'font-family="system-ui, sans-serif">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str = "start", fill: str = "currentColor") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" '
        f'dominant-baseline="middle">{words}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, wide: float, faint: float = 1.0) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="currentColor" '
        f'stroke-width="{wide}" stroke-linecap="round" opacity="{faint}"/>'
    )


def difference_picture(ranking: Any, width: int = 360) -> str:
    """Return the critical-difference diagram as SVG: names, mean ranks, joining lines.

    Parameters
    ----------
    ranking : Ranking
    width : int
        Narrow enough for a phone by default.
    """
    names, ranks = list(ranking.ranks), list(ranking.ranks.values())
    joins, left = join_lines(ranking), _room(names)
    lanes = 1 + max((lane for _, _, lane in joins), default=-1)
    right = width - 48 - 10 * lanes
    last = max(max(ranks, default=1.0), 1.5)

    def place(rank: float) -> float:
        return left + 8 + (right - left - 8) * (rank - 1.0) / (last - 1.0)

    parts = []
    for number, (name, rank) in enumerate(ranking.ranks.items()):
        y = ROW * (number + 0.5) + 4
        parts += [
            _text(left - 4, y, _short(name), "end"),
            _line(left + 2, y, place(rank), y, 1, 0.35),
            f'<circle cx="{place(rank):.1f}" cy="{y:.1f}" r="5" fill="{BLUE}"/>',
            _text(place(rank) + 9, y, f"{rank:.2f}"),
        ]
    for start, end, lane in joins:
        x = right + 44 + 10 * lane
        parts.append(_line(x, ROW * (start + 0.3) + 4, x, ROW * (end + 0.7) + 4, 4))
    told = f"{title(ranking)}: " + ", ".join(f"{n} {r:.2f}" for n, r in ranking.ranks.items())
    return _svg(width, ROW * len(names) + 8, told, parts)


def bars_picture(
    values: dict[str, float], errors: dict[str, float], label: str, width: int = 360
) -> str:
    """Return bars with standard errors as SVG.

    Parameters
    ----------
    values, errors : dict of str to float
        By detector; an error may be NaN.
    label : str
        What is shown, for those who do not see it.
    """
    left = _room(list(values))
    reach = max(
        (v + (e if e == e else 0.0) for v, e in zip(values.values(), errors.values(), strict=True)),
        default=1.0,
    )
    scale = (width - left - 62) / (reach or 1.0)
    parts = []
    for number, (name, value) in enumerate(values.items()):
        y = ROW * (number + 0.5) + 4
        error = errors[name] if errors[name] == errors[name] else 0.0
        wide = max(scale * value, 1.0)
        parts += [
            _text(left - 4, y, _short(name), "end"),
            f'<rect x="{left + 2}" y="{y - 7:.1f}" width="{wide:.1f}" height="14" fill="{BLUE}"/>',
            _text(
                left + 10 + scale * (value + error),
                y,
                f"{value:.3f}" if value < 10 else f"{value:.0f}",
            ),
        ]
        if error > 0.0:
            parts.append(
                _line(
                    left + 2 + scale * (value - error), y, left + 2 + scale * (value + error), y, 2
                )
            )
    told = f"{label}: " + ", ".join(f"{name} {value:.3f}" for name, value in values.items())
    return _svg(width, ROW * len(values) + 8, told, parts)


def matrix_picture(correlation: Any, width: int = 360) -> str:
    """Return a matrix of rank correlations as SVG; columns are numbered like the rows."""
    names = [str(name) for name in correlation.columns]
    numbered = [f"{place + 1} {name}" for place, name in enumerate(names)]
    left = _room(numbered)
    side = max(min((width - left - 4) / len(names), 44.0), 12.0)
    width = max(width, int(left + side * len(names) + 4))
    parts = []
    for row, name in enumerate(numbered):
        y = 20 + ROW * (row + 0.5)
        parts.append(_text(left - 4, y, _short(name), "end"))
        for column in range(len(names)):
            value = float(correlation.iloc[row, column])
            x = left + side * column
            parts.append(
                f'<rect x="{x:.1f}" y="{y - ROW / 2:.1f}" width="{side:.1f}" height="{ROW}" '
                f'fill="{shade(value)}" stroke="#8884"/>'
            )
            if side >= 28:
                parts.append(_text(x + side / 2, y, f"{value:.2f}", "middle", ink(value)))
    for column in range(len(names)):
        parts.append(_text(left + side * (column + 0.5), 10, str(column + 1), "middle"))
    return _svg(width, 24 + ROW * len(names), "rank correlation of the scores", parts)
