"""Any tabular detector on a series: it sees windows, its scores come back to points."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors.base import Detector, Tags
from workbench.preparation.windows import find_period, sliding_windows, spread_to_points

__all__ = ["Windowed"]

#: Window where the series has no period (as in TSB-AD's fallback, rounded).
FALLBACK = 32
#: Longest window that a period may ask for.
LONGEST = 512


class Windowed(Detector):
    """Lets a tabular detector judge stretches of a series instead of single points.

    Parameters
    ----------
    inner : Detector
        The tabular detector, unfitted.
    window : int or None
        Points a window; None takes the dominant period, else 32.
    """

    tags = Tags(kinds=("series",), min_rows=4)

    def __init__(self, inner: Detector, window: int | None = None) -> None:
        self.inner = inner
        self.window = window

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return {"inner": None, "window": None}

    def clone(self) -> Windowed:
        return Windowed(self.inner.clone(), self.window)

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.window is not None and self.window < 1:
            raise ParameterError(f"window must be at least 1, found {self.window}.")
        wanted = self.window or choose_window(X)
        self.width_ = max(1, min(wanted, len(X) // 3))
        self.inner_ = self.inner.clone().fit(sliding_windows(X, self.width_), progress=progress)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        if len(X) < self.width_:  # shorter than a window: repeat the edge
            padded = np.pad(X, ((0, self.width_ - len(X)), (0, 0)), mode="edge")
            return np.full(len(X), self.inner_.decision_function(sliding_windows(padded, self.width_))[0])
        scores = self.inner_.decision_function(sliding_windows(X, self.width_))
        return spread_to_points(scores, self.width_)


def choose_window(X: np.ndarray) -> int:
    """Return the median period of the columns of (n, d) values, else the fallback."""
    periods = [find_period(X[:, column], longest=LONGEST) for column in range(X.shape[1])]
    found = [period for period in periods if period]
    return int(np.median(found)) if found else FALLBACK
