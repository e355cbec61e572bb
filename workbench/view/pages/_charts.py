"""Keeps the big chart in step with the session: over time, or any two columns, or PCA."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from workbench.charts.scatter import overview_plane, plane_columns, scatter, scatter_data
from workbench.charts.series import SeriesData, series
from workbench.core.settings import settings
from workbench.view.components.figures import FiguresState
from workbench.view.components.views import panel
from workbench.view.pages._style import CARD, CHOICES, HTML
from workbench.view.session import Session
from workbench.view.wording import text, value

__all__ = ["ChartCard"]

TIME, PCA = "", "(pca)"


def most_points() -> int:
    """Return the points of a line inside its window; it keeps one beyond each border."""
    return settings().plot_points - 2


class ChartCard:
    """The chart with its two axis choices; brushing and clicking change the session.

    Parameters
    ----------
    session : Session
        Whose state is shown.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._plot: Any = None
        self._data: SeriesData | None = None
        self._quiet = False
        self._waiting = False
        #: Does something once this callback's changes are on their way; a page may replace it.
        self.later: Callable[[Callable[[], None]], None] = lambda act: act()
        #: Space left of the frame, so that it stands below that of the lanes.
        self.gutter = 120
        # Not of a fixed width: Panel would make the card as wide as both, also in a narrow window.
        narrow: dict[str, Any] = {"sizing_mode": "stretch_width", "max_width": 166, "margin": 0}
        self.upright = pmui.Select(label="Show", options=[], size="small", **narrow)
        self.across = pmui.Select(label="Against", options=[], size="small", **narrow)
        self.pane = pn.pane.Bokeh(None, sizing_mode="stretch_width", margin=0, min_height=230)
        #: The same for who does not see it, and as a table.
        self.figures = FiguresState(called="values")
        title = pn.pane.HTML("<h2>Values</h2>", stylesheets=[HTML], css_classes=["name"], margin=0)
        choices = pn.Row(
            title, self.upright, self.across, sizing_mode="stretch_width", margin=(0, 0, 8, 0),
            stylesheets=[CHOICES],
        )  # fmt: skip
        self.view = pn.Column(
            choices, self.pane, panel(self.figures, sizing_mode="stretch_width", margin=0),
            stylesheets=[CARD], css_classes=["third"], margin=0,
            sizing_mode="stretch_width",
        )  # fmt: skip
        self.upright.param.watch(lambda event: self._choose(upright=event.new), "value")
        self.across.param.watch(lambda event: self._choose(across=event.new), "value")
        session.param.watch(lambda *_: self.draw(), ["found", "theme"])
        session.param.watch(lambda *_: self._choices_changed(), ["upright", "across"])
        session.param.watch(lambda *_: self._look(), "window")
        session.param.watch(lambda *_: self._mark(), ["brush", "picked", "row", "explanation"])

    # ---- what is shown ------------------------------------------------------------------------

    @property
    def timed(self) -> bool:
        """Whether the horizontal axis is time (or the order of a series)."""
        data = self.session.dataset
        return bool(data is not None and data.kind == "series" and self.session.across == TIME)

    def _numeric(self) -> list[Any]:
        data = self.session.dataset
        return [name for name in data.features if pd.api.types.is_numeric_dtype(data.frame[name])]

    def _column(self) -> Any:
        """Return the chosen column, else the one that made the selected row stand out."""
        numeric = self._numeric()
        if self.session.upright in numeric:
            return self.session.upright
        explanation = self.session.explanation
        parts = explanation.contributions if explanation is not None else ()
        return next(
            (part.feature for part in parts if part.feature in numeric), (numeric or [None])[0]
        )

    def _offer(self) -> None:
        numeric = self._numeric()
        named = {text(name, 40): str(name) for name in numeric}
        series_data = self.session.dataset.kind == "series"
        plane = {"overview (PCA)": PCA}
        first = {"time": TIME, **plane} if series_data else plane
        self._quiet = True
        self.upright.param.update(
            options={"what is odd": "", **named},
            value=self.session.upright if self.session.upright in numeric else "",
        )
        across = self.session.across
        options = {**first, **named}
        self.across.param.update(
            options=options,
            value=across if across in options.values() else next(iter(first.values())),
        )
        self._quiet = False

    def _choose(self, **choice: str) -> None:
        if not self._quiet:
            self.session.param.update(**{key: item or "" for key, item in choice.items()})

    def _choices_changed(self) -> None:
        if self.session.found is not None:
            self.draw()

    def align(self, gutter: int) -> None:
        """Leave this much space left of the frame, as the lanes do."""
        if gutter != self.gutter:
            self.gutter = gutter
            if self._plot is not None and self._data is not None:
                self._plot.min_border_left, self._plot.min_border_right = self._borders()
                self._plot.xaxis.ticker.desired_num_ticks = 6 if gutter > 100 else 3

    def _borders(self) -> tuple[int, int]:
        return self.gutter, 64 if self.gutter > 100 else 12

    # ---- drawing ------------------------------------------------------------------------------

    def draw(self) -> None:
        """Build the chart anew: after a run, another axis, threshold or theme."""
        found = self.session.found
        if found is None or len(found) == 0:
            return
        self._offer()
        dark = self.session.theme == "dark"
        column = self._column()
        if self.timed and column is not None:
            self._draw_series(found, column, dark)
        else:
            self._draw_scatter(found, column, dark)
        self._mark()
        if not self._waiting:
            self._waiting = True
            self.later(self._show)

    def _show(self) -> None:
        """Hand the chart over when all is said: a change right after it could overtake it."""
        self._waiting = False
        self.pane.object = self._plot

    def _entity(self) -> Any:
        data, row = self.session.dataset, self.session.row
        if data.entity is None:
            return None
        return data.frame[data.entity].iloc[row if row is not None else 0]

    def _draw_series(self, found: Any, column: Any, dark: bool) -> None:
        from bokeh.events import RangesUpdate, SelectionGeometry

        entity = self._entity()
        self._data = SeriesData(found, column, self.session.axis, entity)
        label = text(column, 32) if entity is None else f"{text(column, 24)}, {text(entity, 16)}"
        window = self._window()
        times = found.dataset.time is not None
        timed = times and found.dataset.frame[found.dataset.time].dtype.kind == "M"
        plot = series(self._data, label, timed=timed, window=window, dark=dark, limit=most_points())
        plot.on_event(RangesUpdate, self._panned)
        plot.on_event(SelectionGeometry, self._brushed)
        self._watch_marks(plot)
        plot.min_border_left, plot.min_border_right = self._borders()
        plot.xaxis.ticker.desired_num_ticks = 6 if self.gutter > 100 else 3
        self._plot, self._shown = plot, (column, entity)
        self._tell()

    def _draw_scatter(self, found: Any, column: Any, dark: bool) -> None:
        from bokeh.events import SelectionGeometry

        frame, numeric = found.dataset.frame, self._numeric()
        across = self.session.across
        if across in numeric and column is not None:
            x, y = (
                pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
                for name in (across, column)
            )
            labels = (text(across, 40), text(column, 40))
        else:
            x, y = overview_plane(*plane_columns(found))
            labels = ("first component", "second component")
        self._data, self._places = None, (x, y)
        usual, marks = scatter_data(found, x, y, limit=settings().plot_points, dark=dark)
        plot = scatter(usual, marks, labels, dark=dark)
        plot.on_event(SelectionGeometry, self._boxed)
        self._watch_marks(plot)
        self._plot, self._shown = plot, (column, None)
        self._tell()

    def _tell(self) -> None:
        """Say in words what the chart shows, and what its figures are."""
        plot, found = self._plot, self.session.found
        marks = plot.select_one({"name": "marks"}).data
        odd = zip(*(marks[name] for name in ("row", "x", "y", "severity", "band")), strict=True)
        if self._data is None:
            labels = (plot.xaxis[0].axis_label.text, plot.yaxis[0].axis_label.text)
            self.figures.plane(labels, len(found), list(odd)[::-1])
            return
        data, times = self._data, found.dataset.time
        timed = times is not None and found.dataset.frame[times].dtype.kind == "M"
        start, stop = self._window()
        # All points of the window, not only those that are drawn.
        inside = slice(np.searchsorted(data.x, start), np.searchsorted(data.x, stop, "right"))
        seen = [
            f"Row {row} is {value(y)}, severity {severity} {word}"
            for row, x, y, severity, word in odd if start <= x <= stop
        ]  # fmt: skip
        columns = {plot.yaxis[0].axis_label.text: data.y[inside]}
        self.figures.along(columns, data.x[inside], timed=timed, marks=seen)

    def _watch_marks(self, plot: Any) -> None:
        for name in ("marks", "usual"):
            source = plot.select_one({"name": name})
            if source is not None:
                source.selected.on_change("indices", self._tapped(source))

    def _window(self) -> tuple[float, float]:
        if len(self.session.window) == 2:
            return self.session.window[0], self.session.window[1]
        axis = self.session.axis
        return float(axis.min()), float(axis.max()) if axis.max() > axis.min() else axis.min() + 1.0

    def _look(self) -> None:
        """Follow the window of the lanes; the figure stays, only its points change."""
        if self._plot is None or self._data is None or self.session.found is None:
            return
        start, stop = self._window()
        source = self._plot.select_one({"name": "line"})
        source.data = self._data.line(start, stop, most_points())
        self._plot.x_range.update(start=start, end=stop)
        self._tell()

    def _mark(self) -> None:
        """Show the selected row and the brushed range."""
        session, plot = self.session, self._plot
        if plot is None or session.found is None:
            return
        if self._data is not None:
            if session.row is not None and (self._column(), self._entity()) != self._shown:
                self.draw()
                return
            brush = plot.select_one({"name": "brush"})
            shown = len(session.brush) == 2
            low, high = session.brush if shown else (0, 0)
            brush.update(left=low, right=high, visible=shown)
            self._mark_row(plot.select_one({"name": "chosen"}))
            return
        x, y = self._places
        chosen = [] if session.row is None else [session.row]
        plot.select_one({"name": "chosen"}).data = {"x": x[chosen], "y": y[chosen]}
        inside = session.rows_inside()
        for name in ("usual", "marks"):
            source = plot.select_one({"name": name})
            hits: Any = (
                [] if inside is None else np.flatnonzero(np.isin(source.data["row"], inside))
            )
            self._quiet = True
            source.selected.indices = [int(hit) for hit in hits]
            self._quiet = False

    def _mark_row(self, box: Any) -> None:
        session = self.session
        home = next((item for item in session.found.records if session.row in item.rows), None)
        rows = list(home.rows) if home else [] if session.row is None else [session.row]
        if not rows:
            box.visible = False
            return
        places = session.axis[rows]
        least = (self._window()[1] - self._window()[0]) / 400
        low, high = float(places.min()), float(places.max())
        box.update(left=low - least, right=high + least, visible=True)

    # ---- what a person does -------------------------------------------------------------------

    def _panned(self, event: Any) -> None:
        new = [float(event.x0), float(event.x1)]
        old = self._window()
        if max(abs(new[0] - old[0]), abs(new[1] - old[1])) > 1e-6 * (old[1] - old[0]):
            self.session.window = new

    def _brushed(self, event: Any) -> None:
        if event.final and event.geometry["type"] == "rect":
            self.session.set_brush(sorted([event.geometry["x0"], event.geometry["x1"]]))

    def _boxed(self, event: Any) -> None:
        """A box in the plane brushes its rows and opens the most severe one."""
        shape = event.geometry
        if not event.final or shape["type"] != "rect":
            return
        x, y = self._places
        inside = (x >= min(shape["x0"], shape["x1"])) & (x <= max(shape["x0"], shape["x1"]))
        inside &= (y >= min(shape["y0"], shape["y1"])) & (y <= max(shape["y0"], shape["y1"]))
        self.session.pick_rows(np.flatnonzero(inside))

    def _tapped(self, source: Any) -> Any:
        def tapped(_attribute: str, _old: Any, new: list[int]) -> None:
            if (
                not self._quiet
                and len(new) == 1
                and "row" in source.data
                and self._plot is not None
            ):
                self.session.select(int(source.data["row"][new[0]]))

        return tapped
