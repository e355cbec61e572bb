"""COF: rows that are linked to their neighbours by longer steps than those are."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._nearest import nearest_others
from workbench.detectors._neighbours import checked_count
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags

__all__ = ["Cof"]

#: Cells of one block of differences (64 MiB of float64).
BLOCK_CELLS = 2**23


class Cof(Detector):
    """Finds rows beside lines and curves, where density alone does not tell.

    A row and its neighbours are linked in the order of distance, each to the nearest one
    before; early links count most. The score is the row's mean link over that of its
    neighbours. PyOD's COF looks at a batch by itself; here rows are compared with the
    training rows, so that a row scores the same alone.

    Parameters
    ----------
    n_neighbors : int
        Neighbours that are linked.
    max_rows : int
        Learns from at most this many rows, sampled by ``random_state``.
    random_state : int
        Seed of the sample.

    References
    ----------
    Tang et al.: Enhancing effectiveness of outlier detections for low density patterns, PAKDD
    2002.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> scores = Cof().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Tang et al. 2002",
        cost="n · max_rows · d + n · k² · d",
        good_at="rows beside lines and curves",
        min_rows=4,
        seeded=True,
    )
    space = over(n_neighbors=Range(3, 60, log=True))

    def __init__(self, n_neighbors: int = 20, max_rows: int = 5_000, random_state: int = 0) -> None:
        self.n_neighbors = n_neighbors
        self.max_rows = max_rows
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.max_rows < 10:
            raise ParameterError(f"max_rows must be at least 10, found {self.max_rows}.")
        if len(X) > self.max_rows:
            random = np.random.default_rng(self.random_state)
            X = X[np.sort(random.choice(len(X), self.max_rows, replace=False))]
        self.k_ = min(checked_count(self.n_neighbors), len(X) - 1)
        self.known_ = X
        # Equal rows would be linked by steps of no length.
        self.least_ = 1e-9 * (1.0 + float(np.abs(X).max()))
        self.links_ = self._links(X)[0]

    def _links(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return each row's mean link (m,) and its neighbours (m, k)."""
        block = max(1, BLOCK_CELLS // ((self.k_ + 1) * max(self.k_ + 1, X.shape[1])))
        parts = [self._block(X[at : at + block]) for at in range(0, len(X), block)]
        return np.concatenate([link for link, _ in parts]), np.concatenate([r for _, r in parts])

    def _block(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        k = self.k_
        rows = nearest_others(self.known_, X, k)[1]
        chain = np.concatenate([X[:, None, :], self.known_[rows]], axis=1)
        cost = np.empty((len(X), k))
        for step in range(1, k + 1):
            before = chain[:, :step] - chain[:, step : step + 1]
            cost[:, step - 1] = np.sqrt((before**2).sum(axis=2).min(axis=1))
        weight = 2.0 * (k + 1 - np.arange(1, k + 1)) / (k * (k + 1))
        return np.maximum((cost * weight).sum(axis=1), self.least_), rows

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        links, rows = self._links(X)
        return links / self.links_[rows].mean(axis=1)
