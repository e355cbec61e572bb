"""Half-space trees: how many rows of the last window share a row's corner of space."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.detectors._online import OnlineDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["HalfSpaceTrees"]

#: Rows after which the first masses are taken, long before the first window is full.
FIRST = 32
#: Nodes with at most this share of the window's rows are not looked into (Tan et al. take 0.1).
LEAST = 0.05
#: 2^16 nodes a tree are more than any window fills.
DEEPEST, MOST_TREES = 16, 10_000


class HalfSpaceTrees(OnlineDetector):
    """Finds rows where the last window of a stream had few: fast on many columns, soon ready.

    Random trees halve space before any row is seen. A row's score is minus the mean over the
    trees of log2(density): how many rows of the window before lie in its node, times how small
    the node is. Each column's range is taken anew from each window, so that nobody needs to
    know it beforehand; the paper and River want values between 0 and 1. Until the first window
    is full, what is there counts from row 32 on: ``warm_up``.

    Parameters
    ----------
    n_trees : int
        Trees.
    depth : int
        Halvings from root to leaf.
    window : int
        Rows that scores go by; the next ones wait until they are as many.
    random_state : int
        Seed of the trees.

    References
    ----------
    Tan, Ting, Liu: Fast anomaly detection for streaming data, IJCAI 2011. Ranges taken from
    the window and the mean of logarithms are ours.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 2))
    >>> scores = HalfSpaceTrees().fit_partial(X).decision_function([[0.0, 0.0], [6.0, 6.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Tan, Ting, Liu 2011",
        cost="trees · n · depth",
        good_at="streams of many columns; drift",
        min_rows=1,
        seeded=True,
        online=True,
    )
    space = over(n_trees=Range(10, 100), depth=Range(4, 12), window=Range(64, 2048, log=True))

    def __init__(
        self, n_trees: int = 25, depth: int = 8, window: int = 500, random_state: int = 0
    ) -> None:
        self.n_trees = n_trees
        self.depth = depth
        self.window = window
        self.random_state = random_state

    @property
    def warm_up(self) -> int:
        """Rows after which scores mean something: 32, or a shorter window."""
        return min(FIRST, self.window)

    def _begin(self, columns: int) -> None:
        ends = {"n_trees": (1, MOST_TREES), "depth": (1, DEEPEST), "window": (2, 10**7)}
        for name, (least, most) in ends.items():
            if not least <= getattr(self, name) <= most:
                raise ParameterError(
                    f"{name} must be from {least} to {most}, found {getattr(self, name)}."
                )
        inner = 2**self.depth - 1
        self.column_ = np.zeros((self.n_trees, inner), np.int32)
        self.cut_ = np.zeros((self.n_trees, inner))
        random = np.random.default_rng(self.random_state)
        for tree in range(self.n_trees):
            self._grow(tree, columns, random)
        self.mass_ = np.zeros((self.n_trees, 2 * inner + 1), np.int32)
        self.buffer_ = np.zeros((self.window, columns))
        self.low_, self.scale_ = np.zeros(columns), np.ones(columns)
        #: Rows in the window, windows done.
        self.counts_ = np.zeros(2, np.int64)

    def _grow(self, tree: int, columns: int, random: np.random.Generator) -> None:
        """Halve the work range of Tan et al.: around a random middle, at least twice as wide."""
        middle = random.random(columns)
        reach = 2.0 * np.maximum(middle, 1.0 - middle)
        low, high = (middle - reach)[None, :], (middle + reach)[None, :]
        for level in range(self.depth):
            count = 2**level
            picked = random.integers(columns, size=count)
            nodes, lines = slice(count - 1, 2 * count - 1), np.arange(count)
            halves = (low[lines, picked] + high[lines, picked]) / 2.0
            self.column_[tree, nodes], self.cut_[tree, nodes] = picked, halves
            low, high = np.repeat(low, 2, axis=0), np.repeat(high, 2, axis=0)
            high[2 * lines, picked] = halves
            low[2 * lines + 1, picked] = halves

    def _run(self, X: np.ndarray, time: np.ndarray | None, scores: np.ndarray | None) -> None:
        from workbench.detectors.kernels._half_space import half_space_run

        scored = scores is not None
        half_space_run(
            X, self.warm_up, self.buffer_, self.counts_, self.low_, self.scale_, self.column_,
            self.cut_, self.mass_, LEAST, scored, scores if scored else np.empty(0),
        )  # fmt: skip

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._half_space import half_space_score

        out = np.empty(len(X))
        half_space_score(
            X, self.low_, self.scale_, self.column_, self.cut_, self.mass_,
            LEAST * self.mass_[0, 0], out,
        )  # fmt: skip
        return out

    def _restored(self) -> None:
        inside = (self.column_ >= 0) & (self.column_ < self.n_features_)
        if not (inside.all() and 0 <= self.counts_[0] < self.window):
            raise ParameterError("A node asks for a column that is not there.")
