"""Shows which features carry the scores: of the anomalies, and of all rows."""

from __future__ import annotations

from typing import Any

from workbench.charts._stacked import inked
from workbench.charts._theme import palette

__all__ = ["feature_importance"]

MOST_BARS = 20


def feature_importance(table: Any, *, dark: bool = False) -> Any:
    """Return a Bokeh figure with two bars a feature, the most important one on top.

    The broad bar stands for the anomalies, the narrow one inside of it for all rows.

    Parameters
    ----------
    table : pandas.DataFrame
        With ``feature``, ``anomalies`` and ``all_rows``.
    dark : bool
        Theme.
    """
    import numpy as np
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool, Range1d
    from bokeh.plotting import figure

    colours = palette(dark)
    shown = table.head(MOST_BARS)
    names = [str(name) for name in shown["feature"]]
    data: dict[str, Any] = {"feature": names}
    for column in ("anomalies", "all_rows"):
        data[column] = np.nan_to_num(shown[column].to_numpy(dtype=float))
    top = max(float(np.max(data[column], initial=0.0)) for column in ("anomalies", "all_rows"))
    source = ColumnDataSource(data, name="bars")
    plot = figure(
        y_range=FactorRange(factors=names[::-1]),
        x_range=Range1d(start=0, end=1.05 * top or 1.0),
        height=100 + 26 * len(names),
        sizing_mode="stretch_width",
        tools="",
    )
    wide = plot.hbar(
        y="feature", right="anomalies", height=0.7, source=source,
        color=colours.bands["high"], legend_label="anomalies",
    )  # fmt: skip
    plot.hbar(
        y="feature", right="all_rows", height=0.25, source=source,
        color=colours.normal, legend_label="all rows",
    )  # fmt: skip
    tips = [
        ("feature", "@feature"),
        ("anomalies", "@anomalies{0.[000]}"),
        ("all rows", "@all_rows{0.[000]}"),
    ]
    plot.add_tools(HoverTool(renderers=[wide], tooltips=tips))
    plot.xaxis.axis_label = "mean absolute contribution to the score"
    plot.legend.location = "bottom_right"
    plot.legend.background_fill_alpha = 0
    plot.legend.border_line_color = None
    plot.legend.label_text_color = colours.ink
    return inked(plot, colours)
