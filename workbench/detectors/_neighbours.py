"""Nearest training rows with exact distances; a row is not its own neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError

__all__ = ["Neighbours", "checked_count"]

#: Up to this many columns a k-d tree beats brute force on two cores.
TREE_COLUMNS = 15
#: Cells of one block of differences (256 MiB of float64).
BLOCK_CELLS = 2**25


def checked_count(n_neighbors: Any) -> int:
    """Return ``n_neighbors`` when it is a whole number of at least 1."""
    if isinstance(n_neighbors, bool) or not isinstance(n_neighbors, (int, np.integer)):
        raise ParameterError(f"n_neighbors must be a whole number, found {n_neighbors!r}.")
    if n_neighbors < 1:
        raise ParameterError(f"n_neighbors must be at least 1, found {n_neighbors}.")
    return int(n_neighbors)


class Neighbours:
    """Finds the k nearest training rows of any row.

    A query that equals a training row leaves one such row out. So a training row scores the
    same during fit and afterwards, and a score depends on the values of its row alone.
    """

    def fit(self, X: np.ndarray, k: int) -> Neighbours:
        """Index ``X`` (n, d); at most n − 1 neighbours are used. Returns self."""
        from sklearn.neighbors import NearestNeighbors

        self.X_ = X
        self.k_ = min(k, len(X) - 1)
        algorithm = "kd_tree" if X.shape[1] <= TREE_COLUMNS else "brute"
        self.index_ = NearestNeighbors(n_neighbors=self.k_ + 1, algorithm=algorithm).fit(X)
        return self

    def query(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and row positions of the k nearest training rows, (n, k) each."""
        block = max(1, BLOCK_CELLS // ((self.k_ + 1) * X.shape[1]))
        pieces = [self._query(X[start : start + block]) for start in range(0, len(X), block)]
        return np.vstack([near for near, _ in pieces]), np.vstack([rows for _, rows in pieces])

    def _query(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = self.index_.kneighbors(X, return_distance=False)
        # Exact: brute force uses a matrix product, which loses the zero of a row to itself.
        near = np.sqrt(((X[:, None, :] - self.X_[rows]) ** 2).sum(axis=2))
        order = np.argsort(near, axis=1, kind="stable")
        near, rows = np.take_along_axis(near, order, 1), np.take_along_axis(rows, order, 1)
        itself = near[:, :1] == 0.0
        return (
            np.where(itself, near[:, 1:], near[:, :-1]),
            np.where(itself, rows[:, 1:], rows[:, :-1]),
        )

    def shares(self, X: np.ndarray) -> np.ndarray:
        """Return the share of each column in the squared distances to the neighbours, (n, d)."""
        _, rows = self.query(X)
        squares = ((X[:, None, :] - self.X_[rows]) ** 2).sum(axis=1)
        total = squares.sum(axis=1, keepdims=True)
        even = np.full(squares.shape, 1.0 / X.shape[1])
        return np.where(total > 0.0, squares / np.where(total > 0.0, total, 1.0), even)
