"""What the two isolation forests share: samples, seeds, packed trees, threads, the score."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress
from workbench.detectors.base import Detector

__all__ = ["ForestDetector", "mean_path"]

#: Deeper trees are cut here, and the rows below count by their expected path: memory doubles
#: with each level, and what is that hard to isolate is not odd.
DEEPEST = 14
#: Rows that one thread scores at a time.
ROWS = 16_384


def mean_path(rows: int) -> float:
    """Average path length of an unsuccessful search among ``rows`` rows (Liu et al., eq. 1)."""
    if rows <= 2:
        return 1.0
    return float(2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows)


class ForestDetector(Detector):
    """Grows seeded trees on small samples; a score is 2^(−mean path / expected path)."""

    n_estimators: int
    max_samples: int
    random_state: int

    @abstractmethod
    def _empty_trees(self, inner: int, width: int) -> None:
        """Make the arrays of the trees (trees, nodes)."""

    @abstractmethod
    def _grow(self, tree: int, sample: np.ndarray, seed: np.uint64) -> None:
        """Grow one tree into the arrays."""

    @abstractmethod
    def _lengths(self, X: np.ndarray, out: np.ndarray) -> None:
        """Write the summed path lengths of some rows."""

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        for name in ("n_estimators", "max_samples"):
            value: Any = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise ParameterError(
                    f"{name} must be a whole number of at least 1, found {value!r}."
                )
        size = min(int(self.max_samples), len(X))
        self.expected_ = mean_path(size)
        self.depth_ = min(max(1, int(np.ceil(np.log2(max(size, 2))))), DEEPEST)
        inner = 2**self.depth_ - 1
        self.cover_ = np.zeros((self.n_estimators, 2 * inner + 1), np.int64)
        self.leaf_ = np.zeros((self.n_estimators, inner + 1))
        self._empty_trees(inner, X.shape[1])
        # Samples and seeds are drawn in the order of the trees, so threads change nothing.
        random = np.random.default_rng(self.random_state)
        seeds = random.integers(0, 2**63, size=self.n_estimators, dtype=np.uint64)
        picks = [
            random.choice(len(X), size, replace=False, shuffle=False)
            for _ in range(self.n_estimators)
        ]

        def grow(some: slice) -> None:
            for tree in range(some.start, some.stop):
                self._grow(tree, X[picks[tree]], seeds[tree])

        threads().map(grow, blocks(self.n_estimators, 25), progress=progress, stage="growing trees")

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        out = np.empty(len(X))

        def score(rows: slice) -> None:
            part = out[rows]
            self._lengths(X[rows], part)
            part *= -1.0 / (self.n_estimators * self.expected_)
            np.exp2(part, out=part)

        threads().map(score, blocks(len(X), ROWS))
        return out
