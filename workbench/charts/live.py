"""Draws a feature of a stream as it comes, against what was expected of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.charts._theme import MARKERS, dress, palette
from workbench.charts._thinning import extremes
from workbench.core.anomaly import band
from workbench.core.points import Points
from workbench.core.wording import when

__all__ = ["SCORE", "LiveChart"]

#: Name of the line that is the anomaly score, not a feature.
SCORE = "anomaly score"
#: Points that the browser holds, and that one step brings at most.
MOST, STEP = 6_000, 600
LINE = ("x", "y", "low", "high", "cut")
MARKS = ("x", "y", "words", "severity", "marker", "colour")


class LiveChart:
    """A Bokeh figure that is given points as they come; only what is new travels.

    Parameters
    ----------
    dark : bool
    height : int
        In pixels.

    Examples
    --------
    >>> chart = LiveChart()
    >>> chart.figure.height
    250
    """

    def __init__(self, dark: bool = False, height: int = 250) -> None:
        from bokeh.models import (
            ColumnDataSource,
            HoverTool,
            NoOverlap,
            PlainText,
            Range1d,
        )
        from bokeh.plotting import figure

        self._dark = dark
        self.shown = self._framed = ""
        self._label = PlainText
        self.line = ColumnDataSource({name: [] for name in LINE}, name="line")
        self.marks = ColumnDataSource({name: [] for name in MARKS}, name="marks")
        self.figure = figure(
            height=height, sizing_mode="stretch_width", x_axis_type="datetime",
            x_range=Range1d(start=0, end=1), y_range=Range1d(start=0, end=1),
            tools="xpan,xwheel_zoom", active_drag="xpan", active_scroll=None,
            output_backend="canvas",
        )  # fmt: skip
        self._band = self.figure.varea("x", "low", "high", source=self.line, fill_alpha=0.16)
        self._cut = self.figure.line(
            "x", "cut", source=self.line, line_dash="dashed", line_width=1.2
        )
        self._line = self.figure.line("x", "y", source=self.line, line_width=1.4)
        self._points = self.figure.scatter(
            "x", "y", source=self.marks, size=11, marker="marker", fill_color="colour"
        )
        tips = [("at", "@x{%F %T}"), ("value", "@y{0.[000]}"), ("severity", "@severity @words")]
        self.figure.add_tools(
            HoverTool(renderers=[self._points], tooltips=tips, formatters={"@x": "datetime"})
        )
        self.figure.toolbar.logo = None
        self.figure.xaxis.major_label_policy = NoOverlap(min_distance=12)  # phones are narrow
        dress(self.figure)
        self.dress(dark)

    def dress(self, dark: bool) -> None:
        """Take on the colours of a theme."""
        self._dark = dark
        colours = palette(dark)
        self._band.glyph.fill_color = self._line.glyph.line_color = colours.line
        self._cut.glyph.line_color = colours.bands["high"]
        self._points.glyph.line_color = colours.ink
        if len(self.marks.data["x"]):
            known: dict[str, Any] = dict(self.marks.data)
            colour = [colours.bands.get(word, colours.normal) for word in known["words"]]
            self.marks.data = {**known, "colour": colour}

    def show(self, feature: str, points: Points | None, entity: str = "") -> None:
        """Show another feature, or entity, from its beginning."""
        self.shown = feature
        self.figure.yaxis.axis_label = self._label(text=feature[:60])
        line, marks = self._columns(points, entity, MOST) if points is not None else ({}, {})
        self.line.data = line or {name: [] for name in LINE}
        self.marks.data = marks or {name: [] for name in MARKS}

    def add(self, points: Points, entity: str = "") -> None:
        """Add points that are new."""
        line, marks = self._columns(points, entity, STEP)
        if len(line["x"]):
            self.line.stream(line, rollover=MOST)
        if len(marks["x"]):
            self.marks.stream(marks, rollover=MOST // 10)

    def look(self, start: float, end: float) -> None:
        """Show a span of time, in milliseconds."""
        self.figure.x_range.update(start=start, end=end)
        self._frame(start, end)

    def seen(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the places of the visible points, and the lines there that are not empty."""
        span: Any = self.figure.x_range
        x = np.asarray(self.line.data["x"], dtype=float)
        inside = (x >= span.start) & (x <= span.end)
        named = {self.shown: "y", "expected from": "low", "expected to": "high", "threshold": "cut"}
        lines = {
            name: np.asarray(self.line.data[column], dtype=float)[inside]
            for name, column in named.items()
        }
        return x[inside], {
            name: line
            for name, line in lines.items()
            if name == self.shown or np.isfinite(line).any()
        }

    def odd(self) -> list[str]:
        """Return the visible anomalies in words, the most severe first."""
        span: Any = self.figure.x_range
        known: Any = self.marks.data
        here = [
            (severity, word, x)
            for x, severity, word in zip(known["x"], known["severity"], known["words"], strict=True)
            if span.start <= x <= span.end
        ]
        return [
            f"{when(np.datetime64(round(x), 'ms'))}: severity {severity:.0f}, {word}"
            for severity, word, x in sorted(here, key=lambda one: -one[0])
        ]

    def _frame(self, start: float, end: float) -> None:
        """Let what is seen fill the height; a little more room than needed is no reason to move."""
        x = np.asarray(self.line.data["x"], dtype=float)
        seen = (x >= start) & (x <= end)
        fields = [np.asarray(self.line.data[name], dtype=float)[seen] for name in LINE[1:]]
        values = np.concatenate(fields)
        values = values[np.isfinite(values)]
        if not len(values):
            return
        low, high = float(values.min()), float(values.max())
        room = 0.08 * (high - low) or 0.5 * abs(high) or 1.0
        y: Any = self.figure.y_range
        tall = y.end - y.start
        fits = y.start <= low and high <= y.end and high - low > 0.6 * tall
        if not fits or self._framed != self.shown:
            self._framed = self.shown
            y.update(start=low - room, end=high + room)

    def _columns(self, points: Points, entity: str, most: int) -> tuple[dict[str, Any], ...]:
        which = np.flatnonzero(points.entity == entity) if entity else np.arange(len(points))
        x = points.time[which].astype("datetime64[us]").astype(np.int64) / 1e3
        nothing = np.full(len(which), np.nan)
        if self.shown == SCORE:
            y, low, high = points.score[which], nothing, nothing
            cut = np.full(len(which), points.threshold)
        else:
            at = points.features.index(self.shown) if self.shown in points.features else None
            if at is None:
                which, x, nothing = which[:0], x[:0], nothing[:0]
            column = slice(None) if at is None else at
            y, low, high = (
                (nothing, nothing, nothing) if at is None
                else (field[which, column] for field in (points.values, points.low, points.high))
            )  # fmt: skip
            cut = nothing
        odd = np.flatnonzero(points.anomalous[which])
        kept = np.arange(len(x))
        if len(x) > most:
            kept = extremes(x, np.nan_to_num(y), x[0], x[-1], most)
            kept = np.unique(np.concatenate([kept, odd]))
        words = [band(float(one)) for one in np.nan_to_num(points.severity[which][odd])]
        colours = palette(self._dark)
        line = {"x": x, "y": y, "low": low, "high": high, "cut": cut}
        marks = {
            "x": x[odd], "y": y[odd], "words": words,
            "severity": np.round(np.nan_to_num(points.severity[which][odd])),
            "marker": [MARKERS.get(word, "circle") for word in words],
            "colour": [colours.bands.get(word, colours.normal) for word in words],
        }  # fmt: skip
        return {name: column[kept] for name, column in line.items()}, marks
