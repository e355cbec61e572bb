"""Shows one column over time with its anomalies, so that a reader sees what "odd" looks like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.charts._theme import MARKERS, dress, palette
from workbench.charts._thinning import extremes
from workbench.core.anomaly import band

__all__ = ["SeriesData", "series"]

MOST_MARKS = 400


class SeriesData:
    """One numeric column of a detection along the axis, ready to be thinned for a window.

    Parameters
    ----------
    found : DetectionRecord
        What was detected.
    column : str
        A numeric column of the data.
    axis : array of float, shape (n,)
        Place of each row, in the order of the data.
    entity : object, optional
        Only rows of this entity.

    Examples
    --------
    >>> data = SeriesData(found, "flow", np.arange(len(found)))  # doctest: +SKIP
    >>> sorted(data.line(0, 100, 500))  # doctest: +SKIP
    ['x', 'y']
    """

    def __init__(self, found: Any, column: Any, axis: np.ndarray, entity: Any = None) -> None:
        frame, data = found.dataset.frame, found.dataset
        rows = np.arange(len(frame))
        if entity is not None and data.entity is not None:
            rows = rows[(frame[data.entity] == entity).to_numpy(dtype=bool, na_value=False)]
        values = pd.to_numeric(frame[column], errors="coerce").to_numpy(
            dtype=float, na_value=np.nan
        )
        rows = rows[np.argsort(axis[rows], kind="stable")]
        self.rows, self.x, self.y = (
            rows,
            axis[rows],
            np.where(np.isfinite(values), values, np.nan)[rows],
        )
        self._found = found
        self._place = {int(row): i for i, row in enumerate(rows)}

    def line(self, start: float, stop: float, limit: int) -> dict[str, Any]:
        """Return x and y of at most ``limit`` points of a window; extremes are kept."""
        chosen = extremes(self.x, self.y, start, stop, limit)
        return {"x": self.x[chosen], "y": self.y[chosen]}

    def marks(self, dark: bool = False) -> dict[str, Any]:
        """Return the worst anomalies as points: x, y, row, words, colour and shape."""
        colours = palette(dark)
        marks: dict[str, Any] = {
            name: [] for name in ("x", "y", "row", "severity", "band", "colour", "marker")
        }
        for item in self._found.records[:MOST_MARKS]:
            place = self._place.get(item.peak)
            if place is None or not np.isfinite(self.y[place]):
                continue
            word = band(item.severity)
            marks["x"].append(float(self.x[place]))
            marks["y"].append(float(self.y[place]))
            marks["row"].append(item.peak)
            marks["severity"].append(round(item.severity))
            marks["band"].append(word)
            marks["colour"].append(colours.bands.get(word, colours.normal))
            marks["marker"].append(MARKERS.get(word, "circle"))
        return marks


def series(
    data: SeriesData,
    label: str,
    *,
    timed: bool,
    window: tuple[float, float],
    dark: bool = False,
    limit: int = 4000,
) -> Any:
    """Return a Bokeh figure of the column with its anomalies marked by shape and colour.

    The sources are named "line" and "marks", the annotations "brush" and "chosen", so that a
    page may update them in place.

    Parameters
    ----------
    data : SeriesData
        The column.
    label : str
        What the vertical axis is called; shown as plain text.
    timed : bool
        Whether the axis is in milliseconds since 1970.
    window : tuple of float
        Visible range.
    dark : bool
        Theme.
    limit : int
        Largest number of points drawn.
    """
    from bokeh.models import ColumnDataSource, HoverTool, PlainText, Range1d
    from bokeh.models.annotations import BoxAnnotation
    from bokeh.plotting import figure

    colours = palette(dark)
    plot = figure(
        height=230,
        sizing_mode="stretch_width",
        x_axis_type="datetime" if timed else "linear",
        x_range=Range1d(start=window[0], end=window[1]),
        tools="xpan,xbox_select,tap,xwheel_zoom",
        active_drag="xbox_select",
        active_scroll=None,
        output_backend="canvas",
    )
    line = ColumnDataSource(data.line(*window, limit), name="line")
    marks = ColumnDataSource(data.marks(dark), name="marks")
    plot.line("x", "y", source=line, line_width=1.3, color=colours.line, name="values")
    points = plot.scatter(
        "x",
        "y",
        source=marks,
        marker="marker",
        size=11,
        fill_color="colour",
        line_color=colours.ink,
        nonselection_fill_alpha=1.0,
        nonselection_line_alpha=1.0,
        name="points",
    )
    place = "@x{%F %H:%M}" if timed else "row @row"
    tips = [("at", place), ("value", "@y{0.[000]}"), ("severity", "@severity @band")]
    hover = HoverTool(
        renderers=[points], tooltips=tips, formatters={"@x": "datetime"} if timed else {}
    )
    plot.add_tools(hover)
    for name, alpha in (("brush", 0.10), ("chosen", 0.16)):
        plot.add_layout(
            BoxAnnotation(name=name, fill_color=colours.brush, fill_alpha=alpha, visible=False)
        )
    plot.yaxis.axis_label = PlainText(text=label)  # plain: a column called "$$…$$" is no formula
    plot.toolbar.logo = None
    return dress(plot)
