"""Shows where, when and how badly data misbehave: the state behind the severity lanes.

Everything that can be tested without a browser is here; ``lanes.js`` only draws it, and
``lanes_widget`` and ``lanes_panel`` carry it to a notebook or a server page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.charts._thinning import Buckets, buckets
from workbench.core.anomaly import BANDS
from workbench.view.components import _examples
from workbench.view.components._along import AlongState
from workbench.view.components._pack import pack
from workbench.view.wording import number, plural, text

__all__ = ["LanesState", "pack"]

MOST_LANES = 16
LEAST = BANDS[-1][0]


class LanesState(AlongState):
    """What the lanes show and what a person did to them; needs neither browser nor server.

    Examples
    --------
    >>> import numpy as np
    >>> state = LanesState()
    >>> state.show(("overall",), np.array([[5.0, 90.0]]), np.array([0.1, 0.9]), threshold=0.5)
    >>> state.preview_of(0.05)["count"]
    2
    """

    WIRE = (*AlongState.WIRE, "note")

    note = param.String(default="", doc="One sentence about the selected row.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.names: tuple[str, ...] = ()
        self._matrix = np.empty((0, 0), dtype=np.float32)

    @classmethod
    def example(cls, case: str) -> LanesState:
        """Return a state for the gallery."""
        state = cls()
        if _examples.phase(state, case, "No row scores above the threshold. Lower it."):
            return state
        found = _examples.detection(case)
        state.show_detection(found)
        state.select(found.records[0].peak)
        state.note = str(found.explain(found.records[0].peak))
        return state

    def show_detection(self, found: Any, *, keep: bool = False) -> None:
        """Show a detection: its lanes, scores, threshold and anomalies.

        Parameters
        ----------
        found : Detection
            What was detected.
        keep : bool
            Keep window, brush and selection, as when only the threshold has changed.
        """
        if keep:
            with self.kept():
                self.show_detection(found)
            return
        lanes = found.lanes()
        self.show(
            lanes.names,
            lanes.matrix,
            found.scores.to_numpy()[found.order],
            threshold=float(found.threshold.value),
            **self.places(found),
        )
        worst = found.records[0] if found.records else None
        self.summary = (
            f"{plural(len(found.records), 'anomaly', 'anomalies')} in "
            f"{plural(len(found), 'row')} of {text(found.dataset.name)}. "
            + (f"The most severe has severity {number(worst.severity)} of 100. " if worst else "")
            + f"Lanes: {', '.join(self.names)}."
        )

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
        along = self._take(scores, x, rows, records, timed)
        self.names = tuple(text(name, 40) for name in names[:MOST_LANES])
        self._matrix = np.ascontiguousarray(matrix[:MOST_LANES, along], dtype=np.float32)
        self.note = ""
        self._open(threshold)

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

    def _header(self) -> dict[str, Any]:
        return {"lanes": list(self.names)}

    def _layers(self, cells: Buckets, peaks: np.ndarray) -> dict[str, np.ndarray]:
        full = len(cells) > 0
        return {
            "high": self._scores[peaks],
            "low": cells.lowest(self._scores) if full else self._scores[:0],
            "severities": (cells.highest(self._matrix) if full else self._matrix[:, :0]).ravel(),
        }
