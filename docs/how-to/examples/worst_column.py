"""Worst column: how far the oddest cell of a row lies from the middle of its column."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors.base import Detector, Tags

__all__ = ["WorstColumn"]


class WorstColumn(Detector):
    """Finds rows with one cell far from the middle of its column: quick to run, easy to check.

    The score is the largest distance from the median over the columns, in robust standard
    deviations (1.4826 times the median absolute deviation). Constant columns say nothing.

    Parameters
    ----------
    floor : float
        Smallest spread of a column, as a share of its mean absolute deviation.

    References
    ----------
    Iglewicz, Hoaglin: How to Detect and Handle Outliers, 1993.

    Examples
    --------
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> float(WorstColumn().fit(X).decision_function([[40.0]])[0]) > 3.0
    True
    """

    tags = Tags(
        library="workbench",
        paper="Iglewicz, Hoaglin 1993",
        cost="d · n",
        good_at="single odd cells; a quick first look",
        exact=True,
    )

    def __init__(self, floor: float = 0.1) -> None:
        self.floor = floor

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if not 0.0 < self.floor <= 1.0:
            raise ParameterError(f"floor must lie in (0, 1], found {self.floor}.")
        self.middle_ = np.median(X, axis=0)
        apart = np.abs(X - self.middle_)
        robust = 1.4826 * np.median(apart, axis=0)
        self.spread_ = np.maximum(robust, self.floor * apart.mean(axis=0))

    def _distances(self, X: np.ndarray) -> np.ndarray:
        varies = self.spread_ > 0.0
        spread = np.where(varies, self.spread_, 1.0)
        return np.where(varies, np.abs(X - self.middle_) / spread, 0.0)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self._distances(X).max(axis=1)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        distances = self._distances(X[rows])
        worst = distances == distances.max(axis=1, keepdims=True)
        shares = worst / worst.sum(axis=1, keepdims=True)
        return np.zeros(len(rows)), shares * distances.max(axis=1, keepdims=True)
