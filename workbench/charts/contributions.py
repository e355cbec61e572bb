"""Shows which features made a row stand out, largest first."""

from __future__ import annotations

from typing import Any

from workbench.charts._theme import dress, palette

__all__ = ["contributions"]

MOST_BARS = 10


def contributions(explanation: Any, *, dark: bool = False) -> Any:
    """Return a Bokeh figure with one bar a feature: its share of the score.

    Bars of values outside of what is expected are marked by colour and by a "!" after the
    name; the tooltip tells the value and the expected range.

    Parameters
    ----------
    explanation : Explanation
        Why one row got its score.
    dark : bool
        Theme.
    """
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool, Range1d
    from bokeh.plotting import figure

    colours = palette(dark)
    parts = explanation.contributions[:MOST_BARS]
    names = [f"{part.feature}{' !' if part.unusual else ''}" for part in parts]
    source = ColumnDataSource(
        {
            "feature": names,
            "share": [100 * part.share for part in parts],
            "value": [str(part.value) for part in parts],
            "expected": [part.expected for part in parts],
            "colour": [
                colours.bands["high"] if part.unusual else colours.bands["low"] for part in parts
            ],
        },
        name="bars",
    )
    plot = figure(
        y_range=FactorRange(factors=list(dict.fromkeys(reversed(names)))),
        height=40 + 26 * max(len(parts), 1),
        sizing_mode="stretch_width",
        x_range=Range1d(
            start=0, end=max([100 * part.share for part in parts], default=100) * 1.05 or 100
        ),
        tools="",
    )
    bars = plot.hbar(y="feature", right="share", height=0.6, source=source, color="colour")
    tips = [("value", "@value"), ("expected", "@expected"), ("share", "@share{0} %")]
    plot.add_tools(HoverTool(renderers=[bars], tooltips=tips))
    plot.xaxis.axis_label = "share of the score, %"
    return dress(plot)
