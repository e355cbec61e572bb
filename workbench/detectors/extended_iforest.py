"""Extended isolation forest: how few oblique splits set a row apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._forest import ForestDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["ExtendedIforest"]


class ExtendedIforest(ForestDetector):
    """Finds rows that few oblique splits set apart: sees broken relations between columns.

    Each split looks at a random direction through some columns, each divided by its spread
    among the rows at hand, so that units do not matter. The place is drawn between the least
    and the largest projection, so that no split is empty.

    Parameters
    ----------
    n_estimators : int
        Trees.
    max_samples : int
        Rows a tree; at most n are used. Trees are at most 14 splits deep.
    split_columns : int
        Columns that a split looks at; 1 cuts along the axes, the number of columns is the
        paper's full extension.
    random_state : int
        Seed of the forest.

    References
    ----------
    Hariri, Carrasco Kind, Brunner: Extended isolation forest, IEEE TKDE 33, 2019; two columns
    a split and their scaling as in Cortes: isotree.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> scores = ExtendedIforest().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Hariri, Carrasco Kind, Brunner 2019",
        cost="trees · n log(samples) · split columns",
        good_at="any number of rows; correlated columns; clusters",
        seeded=True,
        parts="subsample",
    )
    space = over(max_samples=Range(16, 1024, log=True), split_columns=Range(1, 8))

    def __init__(
        self,
        n_estimators: int = 100,
        max_samples: int = 256,
        split_columns: int = 2,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.split_columns = split_columns
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        asked: Any = self.split_columns
        if not isinstance(asked, (int, np.integer)) or asked < 1:
            raise ParameterError(
                f"split_columns must be a whole number of at least 1, found {asked!r}."
            )
        super()._fit(X, time, progress)

    def _empty_trees(self, inner: int, width: int) -> None:
        parts = min(int(self.split_columns), width)
        self.columns_ = np.zeros((self.n_estimators, inner, parts), np.uint32)
        self.weights_ = np.zeros((self.n_estimators, inner, parts))
        self.threshold_ = np.full((self.n_estimators, inner), np.inf)

    def _grow(self, tree: int, sample: np.ndarray, seed: np.uint64) -> None:
        from workbench.detectors.kernels._forest import grow_oblique

        grow_oblique(
            sample, self.depth_, seed, self.columns_[tree], self.weights_[tree],
            self.threshold_[tree], self.cover_[tree], self.leaf_[tree],
        )  # fmt: skip

    def _lengths(self, X: np.ndarray, out: np.ndarray) -> None:
        from workbench.detectors.kernels._forest import lengths_oblique

        lengths_oblique(
            X, self.columns_, self.weights_, self.threshold_, self.leaf_, self.depth_, out
        )
