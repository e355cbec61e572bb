"""Empirical tails of each column, counted at cut points: for more rows than can be sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.execution import blocks, threads
from workbench.detectors._moments import Moments
from workbench.detectors._rows import Rows
from workbench.preparation.gate import LARGEST

__all__ = ["SketchedTails"]

#: Cut points that lie at equal distances of rank, and on top of them as many single values at
#: each end of the sample: the tails are what is asked for.
EVEN, ENDS = 1_024, 256
#: Rows that one thread looks up at a time.
ROWS = 8_192
#: A skewness below this share of its parts is rounding: blocks are added up in any order.
ROUNDING = 1e-9


class SketchedTails:
    """Knows for each column how many rows lie below some cut points, exactly.

    The cut points are values of a seeded sample, and the least and the largest value of all rows.
    A second pass counts each row at a cut point or between two of them. So the ranks are exact at
    the cut points, and a value between two of them is off by the rows between them at most: this
    is :attr:`rank_error_`, counted and not estimated. Columns with few different values are exact
    altogether. Memory and the time of a look-up do not depend on the number of rows.

    Attributes
    ----------
    cuts_ : numpy.ndarray of shape (d, m)
        Cut points in their order, filled with infinity.
    sizes_ : numpy.ndarray of shape (d,)
        How many a column has; 1 where it never varies.
    pieces_ : numpy.ndarray of shape (d, m, 4)
        Each cut point, what a value adds to the score there and just above it, and how that rises
        from there to the next.
    rank_error_ : float
        How far a rank may be off, as a share of all rows.

    References
    ----------
    Bounds that are counted instead of promised, as in Munro, Paterson: Selection and sorting with
    limited storage, 1980.
    """

    def learn(self, rows: Rows, copod: bool) -> SketchedTails:
        """Look at all rows twice; returns self."""
        from workbench.detectors.kernels._sketch import place_counts, tables

        seen = rows.reduce(Moments.of, Moments.joined, "measuring")
        self.copod_, self.rows_ = copod, seen.count
        self._choose(rows.sample(), seen)
        scale = np.maximum(seen.high - seen.mean, seen.mean - seen.low)
        scale = np.where(scale > 0.0, scale, 1.0)
        known = self.cuts_, self.first_, seen.mean, scale

        def count(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            cuts = known[0]
            counts = np.zeros((2, *cuts.shape), np.int64), np.zeros((2, len(cuts)))
            place_counts(X, *known, *counts)
            return counts

        counts, cubes = rows.reduce(count, _both, "counting ranks")
        telling = np.abs(cubes[0]) > ROUNDING * cubes[1]
        self.skew_ = np.where(telling, np.sign(cubes[0]), 0.0)
        self.rank_error_ = float(counts[1].max()) / seen.count
        self.pieces_ = np.zeros((*self.cuts_.shape, 4))
        up_to = counts.sum(axis=0).cumsum(axis=1) - counts[1]
        for column, size in enumerate(self.sizes_.tolist()):
            if size > 1:
                tables(
                    self.cuts_[column], size, up_to[column] - counts[0, column], up_to[column],
                    self.rows_, self.skew_[column], copod, self.pieces_[column],
                )  # fmt: skip
        return self

    def score(self, X: np.ndarray, copod: bool) -> np.ndarray:
        """Return the scores (n,) of any rows."""
        out = np.empty(len(X))

        def look(rows: slice) -> None:
            out[rows] = self.score_columns(np.ascontiguousarray(X[rows].T))

        threads().map(look, blocks(len(X), ROWS))
        return out

    def score_columns(self, columns: np.ndarray) -> np.ndarray:
        """Return the scores (n,) of rows that lie column by column (d, n)."""
        from workbench.detectors.kernels._sketch import sketched_surprise

        out = np.empty(columns.shape[1])
        sketched_surprise(columns, *self._tables(), out)
        return out

    def score_one(self, row: np.ndarray, copod: bool) -> float:
        """Return the score of one row, NaN where a value cannot be used."""
        from workbench.detectors.kernels._sketch import one_sketched

        return one_sketched(row, *self._tables(), LARGEST)

    def parts(self, X: np.ndarray, copod: bool) -> np.ndarray:
        """Return what each value adds to its row's score, (n, d)."""
        from workbench.detectors.kernels._sketch import sketched_parts

        parts = np.empty(X.shape)
        sketched_parts(X, *self._tables(), parts)
        return parts

    def _tables(self) -> tuple[Any, ...]:
        return (
            self.pieces_, self.sizes_, self.first_, self.rows_, self.skew_, self.copod_,
        )  # fmt: skip

    def _choose(self, sample: np.ndarray, seen: Moments) -> None:
        """Choose the cut points, and make the table that leads to them."""
        chosen = [
            _cut_points(sample[:, column], seen.low[column], seen.high[column])
            for column in range(sample.shape[1])
        ]
        from workbench.detectors.kernels._sketch import HALF, MANY, cells_of

        self.sizes_ = np.array([len(points) for points in chosen], dtype=np.int64)
        # Infinity follows the last one.
        self.cuts_ = np.full((len(chosen), int(self.sizes_.max()) + 1), np.inf)
        self.first_ = np.zeros((len(chosen), 2 * HALF), np.uint32)
        for column, points in enumerate(chosen):
            self.cuts_[column, : len(points)] = points
            # The last cut of a lower cell is below any value of this one.
            held = np.bincount(cells_of(points), minlength=2 * HALF)
            before = np.maximum(held.cumsum() - held - 1, 0)
            # In the first cell with a cut there is none before: the least one stands for it.
            self.first_[column] = before + MANY * (held > 1)


def _cut_points(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return all different values where they are few, else some: more of them in the tails."""
    known = np.sort(values)
    different = np.unique(known)
    if len(different) <= EVEN + 2 * ENDS:
        return np.unique(np.concatenate([[low], different, [high]]))
    even = known[np.linspace(0, len(known) - 1, EVEN).astype(int)]
    return np.unique(np.concatenate([[low], known[:ENDS], even, known[-ENDS:], [high]]))


def _both(
    one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    return one[0] + other[0], one[1] + other[1]
