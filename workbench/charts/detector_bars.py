"""Shows one figure of several detectors side by side, with its interval where there is one."""

from __future__ import annotations

from typing import Any

from workbench.charts._stacked import inked
from workbench.charts._theme import palette

__all__ = ["detector_bars"]

#: What the axis is called, by the name of the column.
WORDS = {
    "roc_auc": "ROC-AUC",
    "average_precision": "average precision",
    "vus_pr": "VUS-PR",
    "mean_agreement": "share of the highest scores in common with the others, mean",
    "seconds": "seconds",
    "median_seconds": "seconds, median",
}


def detector_bars(table: Any, column: str, *, dark: bool = False) -> Any:
    """Return a Bokeh figure with one bar a detector, in the order of the table.

    Parameters
    ----------
    table : pandas.DataFrame
        With ``detector``, the column, and ``column_low``, ``column_high`` where there are
        intervals.
    column : str
        The figure.
    dark : bool
        Theme.
    """
    import numpy as np
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool, Range1d
    from bokeh.models.annotations import Whisker
    from bokeh.plotting import figure

    colours = palette(dark)
    names = [str(name) for name in table["detector"]]
    values = np.nan_to_num(table[column].to_numpy(dtype=float))
    data = {"detector": names, "value": values}
    whiskers = f"{column}_low" in table
    top = float(values.max(initial=0.0))
    if whiskers:
        for side in ("low", "high"):
            data[side] = table[f"{column}_{side}"].to_numpy(dtype=float)
        top = max(top, float(np.nanmax(data["high"], initial=0.0)))
    source = ColumnDataSource(data, name="bars")
    plot = figure(
        y_range=FactorRange(factors=names[::-1]),
        x_range=Range1d(start=0, end=1.05 * top or 1.0),
        height=70 + 24 * len(names),
        sizing_mode="stretch_width",
        tools="",
    )
    bars = plot.hbar(y="detector", right="value", height=0.6, source=source, color=colours.line)
    if whiskers:
        plot.add_layout(
            Whisker(
                base="detector", lower="low", upper="high", dimension="width", source=source,
                line_color=colours.ink, upper_head=None, lower_head=None, line_width=2,
                level="overlay",
            )
        )  # fmt: skip
    tips = [("detector", "@detector"), (WORDS.get(column, column), "@value{0.[0000]}")]
    if whiskers:
        tips.append(("interval", "@low{0.[000]} to @high{0.[000]}"))
    plot.add_tools(HoverTool(renderers=[bars], tooltips=tips))
    plot.xaxis.axis_label = WORDS.get(column, column)
    return inked(plot, colours)
