"""Shows how the scores are spread and what another threshold would catch, before it is set."""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.charts.distribution import NAMES, expected_counts
from workbench.view.components import _examples
from workbench.view.components._state import ComponentState, Wish
from workbench.view.wording import number, plural

__all__ = ["HistogramState"]

BINS = 56


class HistogramState(ComponentState):
    """How many rows have which score, the threshold, and the one tried out.

    Examples
    --------
    >>> import numpy as np
    >>> state = HistogramState()
    >>> state.show(np.array([0.1, 0.2, 0.9]), threshold=0.5)
    >>> state.preview_of(0.15)["count"]
    2
    """

    WIRE = ("bars", "inside", "low", "high", "threshold", "preview", "curve", "fit")

    bars = param.List(default=[], doc="Rows in each bin, lowest scores first.")
    inside = param.List(default=[], doc="Rows of the brushed range in each bin, or empty.")
    low = param.Number(default=0.0, doc="Lower end of the first bin.")
    high = param.Number(default=1.0, doc="Upper end of the last bin.")
    threshold = param.Number(default=None, allow_None=True, doc="Score above which rows count.")
    preview = param.Dict(default={}, doc="Threshold tried out: its value and row count.")
    curve = param.List(default=[], doc="Rows expected in each bin by the fitted shape, or empty.")
    fit = param.Dict(default={}, doc="Shape on top: name, words; names of those there are.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._sorted = np.empty(0)

    @classmethod
    def example(cls, case: str) -> HistogramState:
        """Return a state for the gallery."""
        state = cls()
        if not _examples.phase(state, case, "There are no scores yet. Run a detector."):
            found = _examples.detection(case)
            state.show(found.scores.to_numpy(), float(found.threshold.value))
            state.lay_over("lognormal" if case == "many" else "")
        return state

    def show(self, scores: np.ndarray, threshold: float) -> None:
        """Take new scores of shape (n,) and the threshold in force."""
        self._sorted = np.sort(np.asarray(scores, dtype=float))
        low, high = (float(self._sorted[0]), float(self._sorted[-1])) if len(scores) else (0.0, 1.0)
        if not high > low:
            low, high = low - 0.5, high + 0.5
        counts, _ = np.histogram(self._sorted, BINS, range=(low, high))
        above = self.preview_of(threshold)["count"]
        self.param.update(
            bars=[int(bar) for bar in counts],
            inside=[],
            low=low,
            high=high,
            threshold=float(threshold),
            preview={},
            phase={},
            curve=[],
            summary=f"Scores of {plural(len(scores), 'row')} run from {number(low)} to "
            f"{number(high)}; {plural(above, 'row')} lie above the threshold {number(threshold)}.",
        )

    def highlight(self, scores: np.ndarray | None) -> None:
        """Mark the part of each bar that belongs to a brushed range; None marks nothing."""
        if scores is None:
            self.inside = []
            return
        counts, _ = np.histogram(scores, BINS, range=(self.low, self.high))
        self.inside = [int(bar) for bar in counts]

    def preview_of(self, threshold: float) -> dict[str, Any]:
        """Return how many rows would count above ``threshold``; nothing is fitted again."""
        above = self._sorted.size - int(np.searchsorted(self._sorted, threshold, side="right"))
        return {"value": float(threshold), "count": above}

    def lay_over(self, name: str) -> None:
        """Lay a fitted shape over the bars; "" takes it away.

        Parameters
        ----------
        name : str
            One of :data:`workbench.charts.distribution.NAMES`, or "".
        """
        words, curve = "", np.empty(0)
        if name:
            edges = np.linspace(self.low, self.high, len(self.bars) + 1)
            curve, words = expected_counts(self._sorted, edges, name)
        self.param.update(
            curve=[float(item) for item in curve],
            fit={"name": name, "words": words, "names": list(NAMES)},
        )

    def _on_preview(self, wish: Wish) -> None:
        self.preview = self.preview_of(wish.number("value")) if wish.has("value") else {}

    def _on_threshold(self, wish: Wish) -> None:
        self.param.update(threshold=wish.number("value"), preview={})

    def _on_fit(self, wish: Wish) -> None:
        name = wish.words("name", 20)
        if name == "" or name in NAMES:
            self.lay_over(name)
