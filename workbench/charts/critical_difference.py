"""Shows which detectors rank ahead of which, and which differences may be chance."""

from __future__ import annotations

from typing import Any

from workbench.charts._stacked import inked
from workbench.charts._theme import palette

__all__ = ["critical_difference"]


def critical_difference(ranking: Any, *, dark: bool = False) -> Any:
    """Return a Bokeh figure: mean ranks, best on top; a line joins those that may be alike.

    Demšar's diagram, turned so that names of any length stay readable: one row a detector, its
    mean rank along the axis. Detectors whose rows one vertical line covers lie within the
    critical difference of each other.

    Parameters
    ----------
    ranking : Ranking
        From ``contest.ranking()``.
    dark : bool
        Theme.

    References
    ----------
    Demšar: Statistical comparisons of classifiers over multiple data sets, JMLR 2006.
    """
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool, Range1d
    from bokeh.plotting import figure

    colours = palette(dark)
    names, ranks = list(ranking.ranks), list(ranking.ranks.values())
    source = ColumnDataSource(
        {"detector": names, "rank": ranks, "text": [f"{rank:.2f}" for rank in ranks]}, name="ranks"
    )
    joins = join_lines(ranking)
    right = max(ranks, default=1.0) + 0.6
    step = 0.06 * (right - 1.0) + 0.04
    plot = figure(
        title=title(ranking),
        y_range=FactorRange(factors=names[::-1]),
        x_range=Range1d(
            start=0.8, end=right + step * (1 + max((row[2] for row in joins), default=0))
        ),
        height=90 + 24 * len(names),
        sizing_mode="stretch_width",
        tools="",
    )
    plot.segment(
        0.8, "detector", "rank", "detector", source=source, color=colours.normal, alpha=0.5
    )
    dots = plot.scatter("rank", "detector", source=source, size=10, color=colours.line)
    plot.text(
        "rank", "detector", "text", source=source, x_offset=8, text_baseline="middle",
        text_font_size="11px", text_color=colours.ink,
    )  # fmt: skip
    ends: dict[str, Any] = {
        "x": [right + step * lane for _, _, lane in joins],
        "top": [names[start] for start, _, _ in joins],
        "bottom": [names[end] for _, end, _ in joins],
    }
    plot.segment(
        "x", "top", "x", "bottom", source=ColumnDataSource(ends, name="joins"), line_width=4,
        color=colours.ink, line_cap="round",
    )  # fmt: skip
    tips = [("detector", "@detector"), ("mean rank", "@rank{0.00}")]
    plot.add_tools(HoverTool(renderers=[dots], tooltips=tips))
    plot.xaxis.axis_label = "mean rank (1 is best)"
    return inked(plot, colours)


def title(ranking: Any) -> str:
    """Return the size of the critical difference in words."""
    names = len(ranking.ranks)
    if names < 2:
        return f"mean ranks on {ranking.sets} sets"
    reach = ranking.critical_difference
    return f"critical difference {reach:.2f} ranks on {ranking.sets} sets, joined: may be alike"


def join_lines(ranking: Any) -> list[tuple[int, int, int]]:
    """Return first row, last row and lane of each joining line; lanes keep them apart."""
    names = list(ranking.ranks)
    lines: list[tuple[int, int, int]] = []
    for group in ranking.groups:
        start, end = names.index(group[0]), names.index(group[-1])
        taken = {lane for low, high, lane in lines if low <= end and start <= high}
        lines.append((start, end, next(n for n in range(len(names)) if n not in taken)))
    return lines
