"""Shows how the scores are spread and what another threshold would catch, before it is set."""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.view.wording import number, plural

__all__ = ["WIRE", "HistogramState"]

#: Parameters that travel between Python and the browser.
WIRE = ("bars", "inside", "low", "high", "threshold", "preview", "summary", "asked")

BINS = 56


class HistogramState(param.Parameterized):
    """How many rows have which score, the threshold, and the one tried out.

    Examples
    --------
    >>> import numpy as np
    >>> state = HistogramState()
    >>> state.show(np.array([0.1, 0.2, 0.9]), threshold=0.5)
    >>> state.preview_of(0.15)["count"]
    2
    """

    bars = param.List(default=[], doc="Rows in each bin, lowest scores first.")
    inside = param.List(default=[], doc="Rows of the brushed range in each bin, or empty.")
    low = param.Number(default=0.0, doc="Lower end of the first bin.")
    high = param.Number(default=1.0, doc="Upper end of the last bin.")
    threshold = param.Number(default=None, allow_None=True, doc="Score above which rows count.")
    preview = param.Dict(default={}, doc="Threshold tried out: its value and row count.")
    summary = param.String(default="", doc="What a screen reader says in place of the picture.")
    asked = param.Dict(default={}, doc="Latest wish of the person, set by the browser.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]  # param is typed in part
        self._sorted = np.empty(0)

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

    @param.depends("asked", watch=True)
    def _answer(self) -> None:
        what = self.asked.get("what")
        if what == "preview":
            value = self.asked.get("value")
            self.preview = {} if value is None else self.preview_of(float(value))
        elif what == "threshold":
            self.param.update(threshold=float(self.asked["value"]), preview={})
