"""Shows the highest scores in order, so that a reader sees where the odd rows end."""

from __future__ import annotations

from typing import Any

from workbench.charts._theme import dress, palette

__all__ = ["score_ranks"]

MOST_POINTS = 200


def score_ranks(found: Any, *, dark: bool = False) -> Any:
    """Return a Bokeh figure of the highest scores by rank, with the threshold as a line.

    A sharp bend says that a few rows stand clear; a smooth slope says that any threshold is a
    matter of taste.

    Parameters
    ----------
    found : DetectionRecord
        What was detected.
    dark : bool
        Theme.
    """
    from bokeh.models import ColumnDataSource, Span
    from bokeh.plotting import figure

    colours = palette(dark)
    highest = found.scores.nlargest(MOST_POINTS)
    odd = (highest > found.threshold.value).to_numpy()
    source = ColumnDataSource(
        {
            "rank": range(1, len(highest) + 1),
            "score": highest.to_numpy(),
            "colour": [colours.bands["high"] if flag else colours.normal for flag in odd],
        },
        name="points",
    )
    plot = figure(height=200, sizing_mode="stretch_width", tools="")
    plot.scatter(x="rank", y="score", color="colour", source=source, size=5)
    plot.add_layout(Span(location=found.threshold.value, dimension="width", line_color=colours.ink))
    plot.xaxis.axis_label = "rank"
    plot.yaxis.axis_label = "score"
    return dress(plot)
