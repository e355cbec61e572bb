"""Shows which feature is odd when, or which detectors agree, as one quiet field of colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.charts._thinning import Buckets
from workbench.view.components import _examples
from workbench.view.components._along import AlongState
from workbench.view.components._square import square
from workbench.view.components._state import BadWish, Wish
from workbench.view.wording import number, plural, text

__all__ = ["HeatmapState"]

MOST_LINES = 40


class HeatmapState(AlongState):
    """Severity of each feature over time; or a square of detectors by detectors.

    Examples
    --------
    >>> import numpy as np
    >>> state = HeatmapState()
    >>> state.show(("flow", "heat"), np.array([[0.0, 90.0], [5.0, 0.0]]))
    >>> state.names
    ('flow', 'heat')
    """

    WIRE = (*AlongState.WIRE, "feature", "square", "measures")

    feature = param.String(default="", doc="Line that a person looks at, or empty.")
    square = param.Dict(default={}, doc="Square of names by names: title, values, top; or empty.")
    measures = param.List(default=[], doc="What the square can show.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.names: tuple[str, ...] = ()
        self._matrix = np.empty((0, 0), dtype=np.float32)
        self._squares: dict[str, Any] = {}

    @classmethod
    def example(cls, case: str) -> HeatmapState:
        """Return a state for the gallery."""
        state = cls()
        if _examples.phase(state, case, "No feature is odd at this threshold. Lower it."):
            return state
        if case == "few":
            state.show_comparison(_examples.comparison())
        else:
            found = _examples.detection()
            state.show_detection(found)
            state.select(found.records[0].peak)
        return state

    def show_detection(self, found: Any) -> None:
        """Show the severity of each feature (or entity) of a detection over time."""
        lanes = found.lanes()
        self.show(
            lanes.names[1:] or lanes.names,
            lanes.matrix[1:] if len(lanes.names) > 1 else lanes.matrix,
            **self.places(found),
        )
        self.summary = f"{text(found.dataset.name)}: {self.summary}"

    def show_comparison(self, comparison: Any, measure: str = "flagged rows in common") -> None:
        """Show how far the detectors of a Comparison agree, detector by detector.

        Parameters
        ----------
        comparison : Comparison
            Several detectors on one dataset.
        measure : str
            "rank correlation", "highest scores in common" or "flagged rows in common".
        """
        self._squares = {
            "rank correlation": comparison.correlation,
            "highest scores in common": comparison.agreement,
            "flagged rows in common": comparison.flag_agreement,
        }
        self.param.update(measures=list(self._squares), phase={})
        self._measure(measure)

    def _measure(self, name: str) -> None:
        self.square = square(name, self._squares[name])
        self.summary = self.square["summary"]

    def show(
        self,
        names: tuple[str, ...],
        matrix: np.ndarray,
        *,
        x: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        records: tuple[Any, ...] = (),
        timed: bool = False,
    ) -> None:
        """Take new lines, one a feature.

        Parameters
        ----------
        names : tuple of str
            What the lines stand for.
        matrix : array, shape (lines, n)
            Severity 0-100.
        x, rows, records, timed
            As for :meth:`LanesState.show`.
        """
        matrix = np.asarray(matrix, dtype=np.float32)[:MOST_LINES]
        worst = matrix.max(axis=0) if matrix.size else np.zeros(matrix.shape[-1])
        along = self._take(worst, x, rows, records, timed)
        self.names = tuple(text(name, 40) for name in names[:MOST_LINES])
        self._matrix = np.ascontiguousarray(matrix[:, along])
        self.param.update(feature="", square={}, measures=[])
        self._open(None)
        peaks = self._matrix.max(axis=1) if self._matrix.size else np.zeros(len(self.names))
        top = np.argsort(-peaks, kind="stable")[:3]
        told = ", ".join(f"{self.names[i]} up to {number(float(peaks[i]))}" for i in top)
        size = f"{plural(len(self.names), 'line')} over {plural(len(along), 'point')}"
        self.summary = f"severity of {size}: {told}."

    def _on_select(self, wish: Wish) -> None:
        super()._on_select(wish)
        if wish.has("line"):
            line = wish.whole("line")
            if not 0 <= line < len(self.names):
                raise BadWish("line")
            self.feature = self.names[line]

    def _on_measure(self, wish: Wish) -> None:
        name = wish.words("name", 60)
        if name in self._squares:
            self._measure(name)

    def _on_pair(self, wish: Wish) -> None:
        names = self.square.get("names", [])
        a, b = wish.whole("a"), wish.whole("b")
        if 0 <= a < len(names) and 0 <= b < len(names):
            self.selected = {"a": names[a], "b": names[b], "value": self.square["values"][a][b]}

    def _header(self) -> dict[str, Any]:
        return {"lanes": list(self.names)}

    def _layers(self, cells: Buckets, peaks: np.ndarray) -> dict[str, np.ndarray]:
        highest = cells.highest(self._matrix) if len(cells) else self._matrix[:, :0]
        return {"severities": highest.ravel()}
