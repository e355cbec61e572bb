"""Shows what the values of a search hung on: the detector, and each one's parameters."""

from __future__ import annotations

from typing import Any

from workbench.charts._stacked import inked
from workbench.charts._theme import palette

__all__ = ["tuning_importance"]

#: Bars that one still reads.
MOST_BARS = 20


def tuning_importance(tuned: Any, *, dark: bool = False) -> Any:
    """Return a Bokeh figure: one bar a parameter, under its detector; the choice of it on top.

    Shares of parameters are of the variance within their detector; that of the choice is of the
    variance between detectors.

    Parameters
    ----------
    tuned : Tuning
        From ``wb.tune``.
    dark : bool
        Theme.
    """
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool
    from bokeh.plotting import figure

    colours = palette(dark)
    table = tuned.importance.head(MOST_BARS)
    names = [
        f"{line.detector}: {line.parameter}" if line.detector else "choice of the detector"
        for line in table.itertuples()
    ]
    source = ColumnDataSource(
        {
            "name": names,
            "share": table["share"].astype(float).tolist(),
            "trials": table["trials"].tolist(),
            "text": [f"{100 * share:.0f} %" for share in table["share"]],
        },
        name="shares",
    )
    empty = "" if names else " (too few trials to tell)"
    plot = figure(
        title=f"what {tuned.measure} hung on{empty}",
        y_range=FactorRange(factors=names[::-1]),
        x_range=(0.0, 1.15),
        height=90 + 24 * max(len(names), 1),
        sizing_mode="stretch_width",
        tools="",
    )
    bars = plot.hbar("name", right="share", height=0.6, source=source, color=colours.line)
    plot.text(
        "share", "name", "text", source=source, x_offset=6, text_baseline="middle",
        text_font_size="11px", text_color=colours.ink,
    )  # fmt: skip
    tips = [("", "@name"), ("share of the variance", "@text"), ("trials", "@trials")]
    plot.add_tools(HoverTool(renderers=[bars], tooltips=tips))
    plot.xaxis.axis_label = "share of the variance"
    plot.ygrid.grid_line_color = None
    return inked(plot, colours)
