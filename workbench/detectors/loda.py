"""LODA: histograms of random sparse projections."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors.base import Detector, Tags

__all__ = ["Loda"]


class Loda(Detector):
    """Finds rows that fall into empty bins of random projections: fast on many columns.

    PyOD's lookup takes the neighbouring bin; this one takes the right one, which lifts its
    mean ROC-AUC considerably.

    Parameters
    ----------
    n_random_cuts : int
        Projections.
    n_bins : int
        Bins a projection.
    random_state : int
        Seed of the projections.

    References
    ----------
    Pevný: LODA, Machine Learning 102, 2016.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 4))
    >>> scores = Loda().fit(X).decision_function([[0.0] * 4, [9.0] * 4])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Pevný 2016",
        cost="cuts · n · √d",
        good_at="many columns; streams",
        seeded=True,
    )

    def __init__(self, n_random_cuts: int = 100, n_bins: int = 10, random_state: int = 0) -> None:
        self.n_random_cuts = n_random_cuts
        self.n_bins = n_bins
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.n_random_cuts < 1 or self.n_bins < 2:
            raise ParameterError(
                f"n_random_cuts must be at least 1 and n_bins at least 2, found "
                f"{self.n_random_cuts} and {self.n_bins}."
            )
        random = np.random.default_rng(self.random_state)
        width = X.shape[1]
        used = max(1, int(np.sqrt(width)))
        self.columns_ = np.argsort(random.random((self.n_random_cuts, width)), axis=1)[:, :used]
        self.weights_ = random.normal(size=self.columns_.shape)
        self.low_ = np.empty(self.n_random_cuts)
        self.step_ = np.empty(self.n_random_cuts)
        self.surprise_ = np.empty((self.n_random_cuts, self.n_bins + 1))
        for cut in range(self.n_random_cuts):
            progress.step(cut / self.n_random_cuts, "building histograms")
            self._fit_cut(cut, self._project(X, cut))

    def _fit_cut(self, cut: int, shadow: np.ndarray) -> None:
        low, high = float(shadow.min()), float(shadow.max())
        self.low_[cut] = low
        self.step_[cut] = (high - low) / self.n_bins or 1.0
        counts = np.bincount(self._bins(shadow, cut), minlength=self.n_bins + 1)
        # An empty bin, or a place outside of all bins, holds at most one of n + 1 rows.
        self.surprise_[cut] = -np.log(np.maximum(counts, 1 / 2) / (len(shadow) + 1))

    def _project(self, X: np.ndarray, cut: int) -> np.ndarray:
        shadow = np.zeros(len(X))
        for column, weight in zip(self.columns_[cut], self.weights_[cut], strict=True):
            shadow += weight * X[:, column]
        return shadow

    def _bins(self, shadow: np.ndarray, cut: int) -> np.ndarray:
        place = (shadow - self.low_[cut]) / self.step_[cut]
        inside = np.minimum(np.floor(place), self.n_bins - 1)
        outside = (place < -1e-9) | (place > self.n_bins + 1e-9)
        return np.where(outside, self.n_bins, np.maximum(inside, 0)).astype(np.intp)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        total = np.zeros(len(X))
        for cut in range(self.n_random_cuts):
            total += self.surprise_[cut, self._bins(self._project(X, cut), cut)]
        return total / self.n_random_cuts
