"""Shows where, when and how badly data misbehave: the state behind the severity lanes.

Everything that can be tested without a browser is here; ``lanes.js`` only draws it, and
``lanes_widget`` and ``lanes_panel`` carry it to a notebook or a server page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import param

from workbench.charts._thinning import buckets
from workbench.core.anomaly import BANDS
from workbench.view.wording import axis_of, number, plural, text

__all__ = ["WIRE", "LanesState", "pack"]

#: Parameters that travel between Python and the browser, by the same name everywhere.
WIRE = (
    "frame",
    "overview",
    "threshold",
    "preview",
    "selected",
    "brush",
    "note",
    "summary",
    "asked",
)

MOST_LANES = 16
MOST_MARKS = 400
WIDEST = 2400
LEAST = BANDS[-1][0]


def pack(header: dict[str, Any], *arrays: np.ndarray) -> bytes:
    """Return header and numbers as one message: length, JSON, padding, then raw arrays.

    The arrays keep their type and order; the header ends on a multiple of eight bytes, so
    that 64-bit numbers may come first.
    """
    words = json.dumps(header, allow_nan=False).encode()
    words += b" " * (-(len(words) + 4) % 8)
    return b"".join([len(words).to_bytes(4, "little"), words, *(a.tobytes() for a in arrays)])


class LanesState(param.Parameterized):
    """What the lanes show and what a person did to them; needs neither browser nor server.

    Examples
    --------
    >>> import numpy as np
    >>> state = LanesState()
    >>> state.show(("overall",), np.array([[5.0, 90.0]]), np.array([0.1, 0.9]), threshold=0.5)
    >>> state.preview_of(0.05)["count"]
    2
    """

    frame = param.Bytes(default=b"", doc="Cells of the visible window, packed.")
    overview = param.Bytes(default=b"", doc="Cells of the whole axis for the minimap, packed.")
    threshold = param.Number(default=None, allow_None=True, doc="Score above which rows count.")
    preview = param.Dict(default={}, doc="Threshold tried out: its value and row count.")
    selected = param.Dict(default={}, doc="Selected row: row, x, x0, x1, label.")
    brush = param.List(default=[], doc="Brushed range [low, high] on the axis, or empty.")
    note = param.String(default="", doc="One sentence about the selected row.")
    summary = param.String(default="", doc="What a screen reader says in place of the picture.")
    asked = param.Dict(default={}, doc="Latest wish of the person, set by the browser.")
    gutter = param.Integer(default=120, doc="Pixels left of the frame; fewer on a phone.")
    window = param.List(default=[], doc="Visible range [low, high] on the axis.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]  # param is typed in part
        #: Which row comes next; a page puts the order of its table here.
        self.stepper: Callable[[int], int | None] = self.neighbour
        self._clear()

    def _clear(self) -> None:
        self.names: tuple[str, ...] = ()
        self._matrix = np.empty((0, 0), dtype=np.float32)
        self._scores = np.empty(0)
        self._sorted = np.empty(0)
        self._x = np.empty(0)
        self._rows = np.empty(0, dtype=np.int64)
        self._place = np.empty(0, dtype=np.int64)
        self._records: tuple[Any, ...] = ()
        self._timed = False
        self._width = 900

    def show_detection(self, found: Any, *, keep: bool = False) -> None:
        """Show a detection: its lanes, scores, threshold and anomalies.

        Parameters
        ----------
        found : Detection
            What was detected.
        keep : bool
            Keep window, brush and selection, as when only the threshold has changed.
        """
        before = (self.window, self.brush, self.selected.get("row"))
        lanes = found.lanes()
        data = found.dataset
        times = data.frame[data.time].iloc[found.order] if data.time is not None else None
        self.show(
            lanes.names,
            lanes.matrix,
            found.scores.to_numpy()[found.order],
            threshold=float(found.threshold.value),
            x=axis_of(times, len(found)),
            rows=found.order,
            records=found.records,
            timed=times is not None and times.dtype.kind == "M",
        )
        worst = found.records[0] if found.records else None
        self.summary = (
            f"{plural(len(found.records), 'anomaly', 'anomalies')} in "
            f"{plural(len(found), 'row')} of {text(data.name)}. "
            + (f"The most severe has severity {number(worst.severity)} of 100. " if worst else "")
            + f"Lanes: {', '.join(self.names)}."
        )
        if keep and len(before[0]) == 2:
            self.look(*before[0])
            self.brush = before[1]
            self.select(before[2])

    def show(
        self,
        names: tuple[str, ...],
        matrix: np.ndarray,
        scores: np.ndarray,
        *,
        threshold: float,
        x: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        records: tuple[Any, ...] = (),
        timed: bool = False,
    ) -> None:
        """Take new lanes; the window opens to the whole axis.

        Parameters
        ----------
        names : tuple of str
            One name a lane, "overall" first.
        matrix : array, shape (lanes, n)
            Severity 0-100.
        scores : array, shape (n,)
            Score of each point, in the order of the matrix.
        threshold : float
            Score above which a point counts.
        x : array, shape (n,), optional
            Place on the axis; the position by default. Need not be sorted.
        rows : array of int, shape (n,), optional
            Row of the data behind each point.
        records : tuple of Anomaly
            Anomalies, most severe first.
        timed : bool
            Whether ``x`` is in milliseconds since 1970.
        """
        amount = len(scores)
        x = np.arange(amount, dtype=float) if x is None else np.asarray(x, dtype=float)
        rows = np.arange(amount) if rows is None else np.asarray(rows)
        along = np.argsort(x, kind="stable")
        self.names = tuple(text(name, 40) for name in names[:MOST_LANES])
        self._matrix = np.ascontiguousarray(matrix[:MOST_LANES, along], dtype=np.float32)
        self._scores = np.asarray(scores, dtype=float)[along]
        self._sorted = np.sort(self._scores)
        self._x, self._rows, self._timed = x[along], rows[along], timed
        self._place = np.empty(amount, dtype=np.int64)
        self._place[self._rows] = np.arange(amount)
        self._records = records
        self.overview = self._packed(*self.extent, 400)
        self.param.update(threshold=threshold, preview={}, brush=[], selected={}, note="")
        self.look(*self.extent)

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
        self.gutter = 120 if self._width >= 400 else 74  # as lanes.js leaves it
        low, high = self.extent
        start, stop = max(low, min(start, stop)), min(high, max(start, stop))
        if not stop > start:
            start, stop = low, high
        self.frame = self._packed(start, stop, self._width, seq)
        self.window = [start, stop]

    def cells(self, count: int) -> tuple[tuple[str, ...], list[list[tuple[float, float, float]]]]:
        """Return each lane's cells worth drawing on a still picture of the whole axis.

        A cell is (left, right, severity), its borders as shares of the axis; only severities
        of a band are listed.
        """
        low, high = self.extent
        found = buckets(self._x, low, high, count)
        left, right = (
            np.clip((side - low) / (high - low), 0.0, 1.0) for side in (found.left, found.right)
        )
        lanes = found.highest(self._matrix) if len(found) else self._matrix[:, :0]
        shown = [np.flatnonzero(lane >= LEAST) for lane in lanes]
        return self.names, [
            [(float(left[i]), float(right[i]), float(lane[i])) for i in cells]
            for lane, cells in zip(lanes, shown, strict=True)
        ]

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
        home = next((item for item in self._records if row in item.rows), None)
        ends = self._x[self._place[[home.rows[0], home.rows[-1]]]] if home else (x, x)
        self.selected = {
            "row": int(row),
            "x": x,
            "x0": float(min(ends)),
            "x1": float(max(ends)),
            "score": float(self._scores[place]),
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

    @param.depends("asked", watch=True)
    def _answer(self) -> None:
        asked = self.asked
        what = asked.get("what")
        if what == "window":
            self.look(
                float(asked["start"]), float(asked["stop"]), asked.get("width"), int(asked["seq"])
            )
        elif what == "preview":
            value = asked.get("value")
            self.preview = {} if value is None else self.preview_of(float(value))
        elif what == "threshold":
            self.param.update(threshold=float(asked["value"]), preview={})
        elif what == "select":
            self.select(asked.get("row"))
        elif what == "step":
            self.select(self.stepper(int(asked["by"])))
        elif what == "brush":
            ends = sorted(float(end) for end in asked.get("range") or [])
            self.brush = ends if len(ends) == 2 else []

    def _packed(self, start: float, stop: float, width: int, seq: int = 0) -> bytes:
        cells = buckets(self._x, start, stop, width)
        peaks = cells.peaks(self._scores)
        lanes = cells.highest(self._matrix) if len(cells) else self._matrix[:, :0]
        marks = self._marks(start, stop)
        header = {
            "seq": seq,
            "cells": len(cells),
            "lanes": list(self.names),
            "marks": len(marks),
            "start": start,
            "stop": stop,
            "extent": list(self.extent),
            "scores": [float(self._sorted[0]), float(self._sorted[-1])]
            if len(self._sorted)
            else [0, 1],
            "rows": len(self._x),
            "inside": int(cells.stop - cells.first[0]) if len(cells) else 0,
            "timed": self._timed,
        }
        floats = [cells.left, cells.right, self._x[peaks], marks[:, 0]]
        singles = [
            self._scores[peaks],
            cells.lowest(self._scores) if len(cells) else self._scores[:0],
            marks[:, 1],
            marks[:, 2],
            *lanes,
        ]
        return pack(
            header,
            *(part.astype("<f8") for part in floats),
            *(part.astype("<f4") for part in singles),
            self._rows[peaks].astype("<i4"),
            marks[:, 3].astype("<i4"),
        )

    def _marks(self, start: float, stop: float) -> np.ndarray:
        """Return x, score, severity and row of the worst anomalies in the window."""
        marks: list[tuple[float, float, float, float]] = []
        for item in self._records:
            place = self._x[self._place[item.peak]]
            if start <= place <= stop:
                marks.append((place, item.score, item.severity, item.peak))
                if len(marks) == MOST_MARKS:
                    break
        return np.array(marks, dtype=float).reshape(-1, 4)
