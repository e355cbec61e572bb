"""LOF: how much sparser a row's surroundings are than those of its neighbours."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._neighbours import Neighbours, checked_count
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["Lof"]


class Lof(Detector):
    """Finds rows that are odd for their own neighbourhood, dense or sparse.

    A score near 1 is usual; 2 means half the density of the neighbours.

    Parameters
    ----------
    n_neighbors : int
        Size of the neighbourhood; at most n − 1 rows are used.

    References
    ----------
    Breunig, Kriegel, Ng, Sander: LOF, SIGMOD 2000. The scores of training rows equal
    scikit-learn's ``-negative_outlier_factor_``.

    Examples
    --------
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> float(Lof(n_neighbors=3).fit(X).decision_function([[40.0]])[0]) > 2.0
    True
    """

    explained = "Share of each feature in the squared distances to the neighbours."

    tags = Tags(
        paper="Breunig et al. 2000",
        cost="n log n to n² · d",
        good_at="clusters of different density; local oddities",
        min_rows=3,
    )
    space = over(n_neighbors=Range(3, 200, log=True))

    def __init__(self, n_neighbors: int = 20) -> None:
        self.n_neighbors = n_neighbors

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._learn(X, progress)

    def _fit_score(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> np.ndarray:
        return self._ratio(*self._learn(X, progress))

    def _learn(self, X: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        self.neighbours_ = Neighbours().fit(X, checked_count(self.n_neighbors))
        progress.step(0.3, "finding neighbours")
        near, rows = self.neighbours_.query(X)
        self.reach_ = near[:, -1]
        progress.step(0.8, "comparing densities")
        self.density_ = self._density(near, rows)
        return near, rows

    def _density(self, near: np.ndarray, rows: np.ndarray) -> np.ndarray:
        # 1e-10 as in scikit-learn: more than k equal rows would have infinite density.
        return 1.0 / (np.maximum(near, self.reach_[rows]).mean(axis=1) + 1e-10)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self._ratio(*self.neighbours_.query(X))

    def _ratio(self, near: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.asarray((self.density_[rows]).mean(axis=1) / self._density(near, rows))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        picked = X[rows]
        above = self._score(picked, None) - 1.0
        return np.ones(len(rows)), self.neighbours_.shares(picked) * above[:, None]
