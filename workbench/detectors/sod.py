"""SOD: rows that leave their neighbours in the columns in which those agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._nearest import nearest, nearest_others
from workbench.detectors._neighbours import checked_count
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["Sod"]

#: Rows scored at once.
BLOCK_ROWS = 2_000


class Sod(Detector):
    """Finds rows that are odd in a few of many columns, each compared with rows like it.

    A row's reference are the training rows that share most nearest neighbours with it; its
    score is the distance from their mean in the columns in which they vary little. PyOD's SOD
    looks at a batch by itself; here rows are compared with the training rows. Where the
    reference varies alike in all columns, all count.

    Parameters
    ----------
    n_neighbors : int
        Neighbours that are shared or not.
    ref_set : int
        Rows of the reference.
    alpha : float
        A column counts where the reference varies less than this share of its mean variance.
    max_rows : int
        Learns from at most this many rows, sampled by ``random_state``.
    random_state : int
        Seed of the sample.

    References
    ----------
    Kriegel et al.: Outlier detection in axis-parallel subspaces of high dimensional data,
    PAKDD 2009.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> scores = Sod().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Kriegel et al. 2009",
        cost="n · max_rows · d",
        good_at="many columns of which few tell",
        min_rows=4,
        exact=True,
        seeded=True,
    )
    space = over(n_neighbors=Range(5, 60), ref_set=Range(3, 20), alpha=Range(0.5, 0.95))

    def __init__(
        self,
        n_neighbors: int = 20,
        ref_set: int = 10,
        alpha: float = 0.8,
        max_rows: int = 2_000,
        random_state: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.ref_set = ref_set
        self.alpha = alpha
        self.max_rows = max_rows
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.ref_set < 2:
            raise ParameterError(f"ref_set must be at least 2, found {self.ref_set}.")
        if not 0.0 < self.alpha < 1.0:
            raise ParameterError(f"alpha must lie in (0, 1), found {self.alpha}.")
        if self.max_rows < 10:
            raise ParameterError(f"max_rows must be at least 10, found {self.max_rows}.")
        if len(X) > self.max_rows:
            random = np.random.default_rng(self.random_state)
            X = X[np.sort(random.choice(len(X), self.max_rows, replace=False))]
        self.k_ = min(checked_count(self.n_neighbors), len(X) - 1)
        self.size_ = min(self.ref_set, self.k_)
        self.known_ = X
        self.near_ = nearest_others(X, X, self.k_)[1]

    def _squares(self, X: np.ndarray) -> np.ndarray:
        """Return squared distances from the reference, divided by the columns that count."""
        parts = [self._block(X[at : at + BLOCK_ROWS]) for at in range(0, len(X), BLOCK_ROWS)]
        return np.concatenate(parts)

    def _block(self, X: np.ndarray) -> np.ndarray:
        size = len(self.known_)
        own = nearest_others(self.known_, X, self.k_)[1]
        mine, theirs = self._members(own, size), self._members(self.near_, size)
        shared: np.ndarray = (mine @ theirs.T).toarray()
        # Of equals the nearer neighbour is taken: its place among the nearest adds less than 1.
        closer = 1.0 - np.arange(1, self.k_ + 1) / (self.k_ + 1.0)
        np.add.at(shared, (np.arange(len(X))[:, None], own), closer)
        # A training row is no reference of its own.
        first = nearest(self.known_, X, 1)[1][:, 0]
        itself = (self.known_[first] == X).all(axis=1)
        shared[itself, first[itself]] = -1.0
        chosen = np.argsort(-shared, axis=1, kind="stable")[:, : self.size_]
        reference = self.known_[chosen]
        middle, variance = reference.mean(axis=1), reference.var(axis=1)
        calm = variance < self.alpha * variance.mean(axis=1, keepdims=True)
        # No column stands out as calm: all count, where the paper would say 0 of any row.
        calm |= ~calm.any(axis=1, keepdims=True)
        count = calm.sum(axis=1, keepdims=True)
        return np.where(calm, (X - middle) ** 2, 0.0) / count

    @staticmethod
    def _members(rows: np.ndarray, size: int) -> Any:
        from scipy.sparse import csr_array

        ends = np.arange(0, rows.size + 1, rows.shape[1])
        return csr_array((np.ones(rows.size), rows.ravel(), ends), shape=(len(rows), size))

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(np.sqrt(self._squares(X).sum(axis=1)))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        squares = self._squares(X[rows])
        score = np.sqrt(squares.sum(axis=1, keepdims=True))
        return np.zeros(len(rows)), squares / np.where(score > 0.0, score, 1.0)
