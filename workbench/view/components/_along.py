"""Points along time or rows: window, brush, selection, threshold; what the timelines share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
import param

from workbench.charts._thinning import Buckets, buckets
from workbench.view.components._pack import parcel
from workbench.view.components._state import ComponentState, Wish
from workbench.view.wording import axis_of

__all__ = ["AlongState"]

MOST_MARKS = 400
WIDEST = 2400


class AlongState(ComponentState):
    """Base of states whose picture runs along an axis; a subclass says what a cell holds.

    It keeps all points here and sends at most a cell for each pixel of the visible window.
    """

    WIRE: ClassVar[tuple[str, ...]] = (
        "frame",
        "overview",
        "threshold",
        "preview",
        "selected",
        "brush",
    )

    frame = param.Bytes(default=b"", doc="Cells of the visible window, packed.")
    overview = param.Bytes(default=b"", doc="Cells of the whole axis for the minimap, packed.")
    threshold = param.Number(default=None, allow_None=True, doc="Score above which rows count.")
    preview = param.Dict(default={}, doc="Threshold tried out: its value and row count.")
    selected = param.Dict(
        default={}, doc="Selected row: row, x, x0, x1, score; nth of the anomalies."
    )
    brush = param.List(default=[], doc="Brushed range [low, high] on the axis, or empty.")
    gutter = param.Integer(default=120, doc="Pixels left of the frame; fewer on a phone.")
    window = param.List(default=[], doc="Visible range [low, high] on the axis.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        #: Which row comes next; a page puts the order of its table here.
        self.stepper: Callable[[int], int | None] = self.neighbour
        self._scores = np.empty(0)
        self._sorted = np.empty(0)
        self._x = np.empty(0)
        self._rows = np.empty(0, dtype=np.int64)
        self._place = np.empty(0, dtype=np.int64)
        self._records: tuple[Any, ...] = ()
        self._timed = False
        self._width = 900

    # ---- what a subclass adds -----------------------------------------------------------------

    def _layers(self, cells: Buckets, peaks: np.ndarray) -> dict[str, np.ndarray]:
        """Return what the cells hold beside their places, by name."""
        raise NotImplementedError

    def _header(self) -> dict[str, Any]:
        """Return what the message says beside the numbers."""
        return {}

    # ---- points -------------------------------------------------------------------------------

    def _take(
        self,
        scores: np.ndarray,
        x: np.ndarray | None,
        rows: np.ndarray | None,
        records: tuple[Any, ...],
        timed: bool,
    ) -> np.ndarray:
        """Keep the points in the order of the axis; return that order."""
        amount = len(scores)
        x = np.arange(amount, dtype=float) if x is None else np.asarray(x, dtype=float)
        rows = np.arange(amount) if rows is None else np.asarray(rows)
        along = np.argsort(x, kind="stable")
        self._scores = np.asarray(scores, dtype=float)[along]
        self._sorted = np.sort(self._scores[np.isfinite(self._scores)])
        self._x, self._rows, self._timed = x[along], rows[along], timed
        self._place = np.empty(amount, dtype=np.int64)
        self._place[self._rows] = np.arange(amount)
        self._records = records
        return along

    def _open(self, threshold: float | None) -> None:
        """Open the window to the whole axis, with nothing selected."""
        self.overview = self._packed(*self.extent, 400)
        self.param.update(threshold=threshold, preview={}, brush=[], selected={}, phase={})
        self.look(*self.extent)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep window, brush and selection while something else is shown: for live data.

        A window that reached the end of the axis follows it; one on everything stays on
        everything. What changes inside travels as one update.
        """
        window, brush, row = self.window, self.brush, self.selected.get("row")
        low, high = self.extent
        with param.parameterized.batch_call_watchers(self):
            yield
            if len(window) == 2 and window != [low, high]:
                ahead = self.extent[1] - high if window[1] >= high else 0.0
                self.look(window[0] + ahead, window[1] + ahead)
            self.brush = brush
            self.select(row)

    @staticmethod
    def places(found: Any) -> dict[str, Any]:
        """Return x, rows, records and timed of a detection, in the order of time."""
        data = found.dataset
        times = data.frame[data.time].iloc[found.order] if data.time is not None else None
        return {
            "x": axis_of(times, len(found)),
            "rows": found.order,
            "records": found.records,
            "timed": times is not None and times.dtype.kind == "M",
        }

    @property
    def extent(self) -> tuple[float, float]:
        """Ends of the axis, never of zero length."""
        if not self._x.size:
            return 0.0, 1.0
        low, high = float(self._x[0]), float(self._x[-1])
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def look(self, start: float, stop: float, width: int | None = None, seq: int = 0) -> None:
        """Open the window on [start, stop] and pack what is seen there.

        Parameters
        ----------
        start, stop : float
            Range on the axis; it is kept inside the data.
        width : int, optional
            Cells wanted, as a rule one a pixel.
        seq : int
            Number of the wish that this answers; 0 when Python moved the window.
        """
        self._width = min(max(int(width or self._width), 50), WIDEST)
        self.gutter = 120 if self._width >= 400 else 74  # as _timeline.js leaves it
        low, high = self.extent
        start, stop = max(low, min(start, stop)), min(high, max(start, stop))
        if not stop > start:
            start, stop = low, high
        self.frame = self._packed(start, stop, self._width, seq)
        self.window = [start, stop]

    def around(self, row: int, points: int = 150) -> None:
        """Open the window on the neighbourhood of a row: this many points on either side."""
        if not 0 <= row < self._place.size:
            return
        at, last = int(self._place[row]), self._x.size - 1
        self.look(float(self._x[max(0, at - points)]), float(self._x[min(last, at + points)]))

    @property
    def rows(self) -> np.ndarray:
        """Rows of the data inside of the brushed range; none when nothing is brushed."""
        if len(self.brush) != 2:
            return self._rows[:0]
        low = int(np.searchsorted(self._x, self.brush[0], side="left"))
        high = int(np.searchsorted(self._x, self.brush[1], side="right"))
        return self._rows[low:high]

    def preview_of(self, threshold: float) -> dict[str, Any]:
        """Return how many rows would count above ``threshold``; nothing is fitted again."""
        above = self._sorted.size - int(np.searchsorted(self._sorted, threshold, side="right"))
        return {"value": float(threshold), "count": above}

    def select(self, row: int | None) -> None:
        """Mark the row, and the stretch of rows that it belongs to."""
        if row is None or not 0 <= row < self._place.size:
            self.selected = {}
            return
        place = self._place[row]
        x = float(self._x[place])
        nth = next((i for i, item in enumerate(self._records) if row in item.rows), None)
        home = None if nth is None else self._records[nth]
        ends = self._x[self._place[[home.rows[0], home.rows[-1]]]] if home else (x, x)
        self.selected = {
            "row": int(row),
            "x": x,
            "x0": float(min(ends)),
            "x1": float(max(ends)),
            "score": float(np.nan_to_num(self._scores[place])),
            **({} if nth is None else {"nth": nth}),
        }

    def neighbour(self, step: int) -> int | None:
        """Return the row of the next (or previous) anomaly in order of severity."""
        peaks: list[int] = [item.peak for item in self._records]
        if not peaks:
            return None
        row = self.selected.get("row")
        home: int | None = next(
            (i for i, item in enumerate(self._records) if row in item.rows), None
        )
        if home is None:
            return peaks[0] if step > 0 else peaks[-1]
        return peaks[(home + step) % len(peaks)]

    # ---- wishes -------------------------------------------------------------------------------

    def _on_window(self, wish: Wish) -> None:
        width = wish.whole("width", 0)
        self.look(wish.number("start"), wish.number("stop"), width or None, wish.seq)

    def _on_preview(self, wish: Wish) -> None:
        self.preview = self.preview_of(wish.number("value")) if wish.has("value") else {}

    def _on_threshold(self, wish: Wish) -> None:
        self.param.update(threshold=wish.number("value"), preview={})

    def _on_select(self, wish: Wish) -> None:
        self.select(wish.whole("row") if wish.has("row") else None)

    def _on_step(self, wish: Wish) -> None:
        self.select(self.stepper(wish.whole("by")))

    def _on_brush(self, wish: Wish) -> None:
        self.brush = wish.span("range")

    # ---- messages -----------------------------------------------------------------------------

    def _packed(self, start: float, stop: float, width: int, seq: int = 0) -> bytes:
        cells = buckets(self._x, start, stop, width)
        peaks = cells.peaks(self._scores)
        marks = self._marks(start, stop)
        known = self._sorted
        header = {
            "seq": seq,
            "cells": len(cells),
            "marks": len(marks),
            "anomalies": len(self._records),
            "start": start,
            "stop": stop,
            "extent": list(self.extent),
            "scores": [float(known[0]), float(known[-1])] if len(known) else [0, 1],
            "rows": len(self._x),
            "inside": int(cells.stop - cells.first[0]) if len(cells) else 0,
            "timed": self._timed,
            **self._header(),
        }
        single = {name: a.astype(np.float32) for name, a in self._layers(cells, peaks).items()}
        return parcel(
            header,
            left=cells.left,
            right=cells.right,
            x=self._x[peaks],
            row=self._rows[peaks],
            markX=marks[:, 0],
            markY=marks[:, 1].astype(np.float32),
            markSeverity=marks[:, 2].astype(np.float32),
            markRow=marks[:, 3].astype(np.int32),
            **single,
        )

    def _marks(self, start: float, stop: float) -> np.ndarray:
        """Return x, score, severity and row of the worst anomalies in the window."""
        marks: list[tuple[float, float, float, float]] = []
        for item in self._records:
            place = self._place[item.peak]
            if start <= self._x[place] <= stop:
                marks.append((self._x[place], self._scores[place], item.severity, item.peak))
                if len(marks) == MOST_MARKS:
                    break
        return np.array(marks, dtype=float).reshape(-1, 4)
