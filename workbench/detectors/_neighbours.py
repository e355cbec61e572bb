"""Nearest training rows with exact distances; a row is not its own neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.execution import blocks, threads

__all__ = ["Neighbours", "checked_count"]

#: Queries that one thread takes at a time.
ROWS = 1_024
#: Cells of one block of differences (64 MiB of float64).
BLOCK_CELLS = 2**23


def checked_count(n_neighbors: Any) -> int:
    """Return ``n_neighbors`` when it is a whole number of at least 1."""
    if isinstance(n_neighbors, bool) or not isinstance(n_neighbors, (int, np.integer)):
        raise ParameterError(f"n_neighbors must be a whole number, found {n_neighbors!r}.")
    if n_neighbors < 1:
        raise ParameterError(f"n_neighbors must be at least 1, found {n_neighbors}.")
    return int(n_neighbors)


class Neighbours:
    """Finds the k nearest training rows of any row, exactly.

    A query that equals a training row leaves one such row out. So a training row scores the
    same during fit and afterwards, and a score depends on the values of its row alone.

    Attributes
    ----------
    points_ : numpy.ndarray of shape (boxes, 64, d)
        The training rows in boxes.
    coarse_, norm_, reach_, centres_, scale_
        The same in float32, (boxes, d, 64), around the centres of the boxes and multiplied by
        ``scale_``; their squared lengths and the longest length.
    numbers_, sizes_ : numpy.ndarray of shape (boxes, 64) and (boxes,)
        Their row numbers, and how many there are.
    low_, high_ : numpy.ndarray of shape (boxes, d)
        Ends of the boxes.
    column_, split_, below_ : numpy.ndarray of shape (2 · boxes − 1,)
        The tree above the boxes: by which column each node is cut (−1: a box), where, and its
        first child.
    """

    def fit(self, X: np.ndarray, k: int) -> Neighbours:
        """Put the rows of ``X`` (n, d) into boxes; at most n − 1 neighbours are used."""
        from workbench.detectors.kernels._leaves import LANES

        self.k_ = min(k, len(X) - 1)
        boxes = -(-len(X) // LANES)
        self.column_ = np.full(2 * boxes - 1, -1)
        self.split_ = np.zeros(2 * boxes - 1)
        self.below_ = np.zeros(2 * boxes - 1, np.int64)
        todo, made, full = [(0, np.arange(len(X)))], 1, []
        while todo:
            node, rows = todo.pop()
            if len(rows) <= LANES:
                full.append(rows)
                continue
            # All boxes but the last are full: the lower half gets whole boxes.
            half = max(1, -(-len(rows) // LANES) // 2) * LANES
            column = int(np.ptp(X[rows], axis=0).argmax())
            rows = rows[np.argpartition(X[rows, column], half)]
            self.column_[node], self.split_[node] = column, X[rows[half], column]
            self.below_[node] = made
            todo += [(made, rows[:half]), (made + 1, rows[half:])]
            made += 2
        self._fill(X, full, LANES)
        return self

    def _fill(self, X: np.ndarray, boxes: list[np.ndarray], lanes: int) -> None:
        width = X.shape[1]
        self.points_ = np.zeros((len(boxes), lanes, width))
        self.numbers_ = np.full((len(boxes), lanes), -1)
        self.sizes_ = np.array([len(rows) for rows in boxes])
        self.low_, self.high_ = np.empty((2, len(boxes), width))
        for box, rows in enumerate(boxes):
            self.points_[box, : len(rows)] = X[rows]
            self.numbers_[box, : len(rows)] = rows
            self.low_[box], self.high_[box] = X[rows].min(axis=0), X[rows].max(axis=0)
        self._roughen()

    def _roughen(self) -> None:
        """Prepare float32 points around the centre of their box; the data span [−1, 1]."""
        widest = (self.high_.max(axis=0) / 2.0 - self.low_.min(axis=0) / 2.0).max()
        self.scale_ = 1.0 / max(float(widest), 1e-150)
        self.centres_ = self.low_ / 2.0 + self.high_ / 2.0
        used = (self.numbers_ >= 0)[:, :, None]
        moved = np.where(used, self.points_ - self.centres_[:, None, :], 0.0) * self.scale_
        norm = (moved**2).sum(axis=2)
        self.norm_, self.reach_ = norm.astype(np.float32), np.sqrt(norm.max(axis=1))
        self.coarse_ = np.ascontiguousarray(moved.transpose(0, 2, 1), dtype=np.float32)

    def query(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and row positions of the k nearest training rows, (n, k) each."""
        near, rows = np.empty((len(X), self.k_)), np.empty((len(X), self.k_), np.int64)
        from workbench.detectors.kernels._leaves import GROUP

        order = self._by_box(X)
        group = int(min(GROUP, max(1, len(X) // len(self.sizes_))))

        def search(part: slice) -> None:
            which = order[part]
            near[which], rows[which] = self._search(X[which], group)

        threads().map(search, blocks(len(X), ROWS))
        return near, rows

    def _search(self, X: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray]:
        from workbench.detectors.kernels._leaves import nearest

        near = np.empty((len(X), self.k_ + 1))
        rows = np.empty((len(X), self.k_ + 1), np.int64)
        nearest(
            X, self.points_, self.coarse_, self.norm_, self.centres_, self.reach_,
            self.scale_, self.numbers_, self.sizes_, self.low_, self.high_, group, near, rows,
        )  # fmt: skip
        itself = near[:, :1] == 0.0
        return (
            np.sqrt(np.where(itself, near[:, 1:], near[:, :-1])),
            np.where(itself, rows[:, 1:], rows[:, :-1]),
        )

    def _by_box(self, X: np.ndarray) -> np.ndarray:
        """Return the order in which queries of the same box come together."""
        at = np.zeros(len(X), np.int64)
        walking = np.arange(len(X))[self.column_[at] >= 0]
        while walking.size:
            node = at[walking]
            above = X[walking, self.column_[node]] >= self.split_[node]
            at[walking] = self.below_[node] + above
            walking = walking[self.column_[at[walking]] >= 0]
        return np.argsort(at, kind="stable")

    def shares(self, X: np.ndarray) -> np.ndarray:
        """Return the share of each column in the squared distances to the neighbours, (n, d)."""
        width = X.shape[1]
        known = np.empty((int(self.sizes_.sum()), width))
        used = self.numbers_ >= 0
        known[self.numbers_[used]] = self.points_[used]
        shares = np.empty(X.shape)
        for part in blocks(len(X), max(1, BLOCK_CELLS // (self.k_ * width))):
            _, rows = self.query(X[part])
            squares = ((X[part, None, :] - known[rows]) ** 2).sum(axis=1)
            total = squares.sum(axis=1, keepdims=True)
            even = np.full(squares.shape, 1.0 / width)
            shares[part] = np.where(total > 0.0, squares / np.where(total > 0.0, total, 1.0), even)
        return shares
