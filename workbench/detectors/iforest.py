"""Isolation forest: how few random splits set a row apart."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from workbench.core.execution import blocks, threads
from workbench.detectors._forest import ForestDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags
from workbench.preparation.gate import LARGEST

__all__ = ["Iforest"]

#: Rows explained at a time: enough to make the tables of the leaves pay, few enough for the
#: second-level cache.
EXPLAINED_ROWS = 4_096
#: Up to this many rows no tables are made (measured: they pay from about 150 rows on).
FEW_ROWS = 128


class Iforest(ForestDetector):
    """Finds rows that few random splits set apart: the all-rounder for any number of rows.

    The trees are our own (compiled), grown as in the paper. The contributions are exact Shapley
    values of the mean path length, scaled to the score.

    Parameters
    ----------
    n_estimators : int
        Trees.
    max_samples : int
        Rows a tree; at most n are used. Trees are at most 14 splits deep.
    random_state : int
        Seed of the forest.

    References
    ----------
    Liu, Ting, Zhou: Isolation forest, ICDM 2008. Shapley values: Lundberg et al.: From local
    explanations to global understanding with explainable AI for trees, Nature Machine
    Intelligence 2, 2020.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> scores = Iforest().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    explained = (
        "Exact Shapley values of the row's path lengths through the trees, scaled to the score."
    )

    tags = Tags(
        paper="Liu, Ting, Zhou 2008",
        cost="trees · n log(samples)",
        good_at="any number of rows; mixed columns; a safe first choice",
        seeded=True,
        parts="subsample",
    )
    space = over(n_estimators=Range(50, 300), max_samples=Range(16, 1024, log=True))

    def __init__(
        self, n_estimators: int = 100, max_samples: int = 256, random_state: int = 0
    ) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.random_state = random_state

    def _empty_trees(self, inner: int, width: int) -> None:
        self.feature_ = np.zeros((self.n_estimators, inner), np.uint32)
        self.threshold_ = np.full((self.n_estimators, inner), np.inf)

    def _grow(self, tree: int, sample: np.ndarray, seed: np.uint64) -> None:
        from workbench.detectors.kernels._forest import grow

        grow(
            sample, self.depth_, seed,
            self.feature_[tree], self.threshold_[tree], self.cover_[tree], self.leaf_[tree],
        )  # fmt: skip

    def _lengths(self, X: np.ndarray, out: np.ndarray) -> None:
        from workbench.detectors.kernels._forest import lengths

        lengths(X, self.feature_, self.threshold_, self.leaf_, self.depth_, out)

    def _score_one(self, row: np.ndarray) -> float:
        from workbench.detectors.kernels._forest import one_length

        path = one_length(row, self.feature_, self.threshold_, self.leaf_, self.depth_, LARGEST)
        return float(np.exp2(path * (-1.0 / (self.n_estimators * self.expected_))))

    def path_contributions(self, X: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean path length's expectation and its exact Shapley values.

        They equal those of ``shap.TreeExplainer`` (path-dependent) on the same trees.

        Parameters
        ----------
        X : numpy.ndarray of shape (k, d)
            Finite rows.

        Returns
        -------
        base : float
            Expected mean path length over the training samples.
        parts : numpy.ndarray of shape (k, d)
            ``base + parts.sum(axis=1)`` is each row's mean path length.
        """
        if 0 < len(X) <= FEW_ROWS:
            base, parts = self._walked(X)
        else:
            base, parts = self._tabled(X)
        return base / self.n_estimators, parts / self.n_estimators

    def _walked(self, X: np.ndarray) -> tuple[float, np.ndarray]:
        """Walk each tree for each row: no tables are made."""
        from workbench.detectors.kernels._shap_few import shapley_few

        nodes, places, weights, base = _shape_of(self)
        rows = np.ascontiguousarray(X)
        found = threads().map(
            lambda some: shapley_few(rows[some], *nodes, places, weights), blocks(len(X), 16)
        )
        return base, np.concatenate(found)

    def _tabled(self, X: np.ndarray) -> tuple[float, np.ndarray]:
        """Make a table a leaf, which many rows share."""
        from workbench.detectors.kernels._shap import forest_paths, gauss_places, shapley

        paths = forest_paths(self.feature_, self.threshold_, self.cover_, self.leaf_, self.depth_)
        places = np.zeros((self.depth_ + 1, self.depth_))
        weights = np.zeros_like(places)
        for count in range(1, self.depth_ + 1):
            half = (count + 1) // 2
            places[count, :half], weights[count, :half] = gauss_places(count)
        parts = np.empty(X.shape)

        def explain(rows: slice) -> None:
            turned = np.ascontiguousarray(X[rows].T)
            parts[rows] = shapley(turned, *paths, places, weights).T

        threads().map(explain, blocks(len(X), EXPLAINED_ROWS))
        _, values, _, _, _, shares = paths
        return float((values * shares.prod(axis=1)).sum()), parts

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scale the Shapley values of the path length to the score, 2^(−mean path / c)."""
        picked = np.ascontiguousarray(X[rows])
        scores = self._score(picked, None)
        expected, parts = self.path_contributions(picked)
        base = np.full(len(rows), 2.0 ** (-expected / self.expected_))
        gone = -parts  # a shorter path than expected makes the score higher
        total = gone.sum(axis=1)
        safe = np.where(np.abs(total) > 1e-12, total, 1.0)
        scaled = gone * ((scores - base) / safe)[:, None]
        flat = np.abs(total) <= 1e-12
        scaled[flat] = ((scores - base) / picked.shape[1])[flat, None]
        return base, scaled


#: Made at the first explanation of a forest, and no part of what is saved.
_SHAPES: WeakKeyDictionary[Iforest, tuple[Any, ...]] = WeakKeyDictionary()


def _shape_of(forest: Iforest) -> tuple[Any, np.ndarray, np.ndarray, float]:
    """Return the nodes of a fitted forest, Gauss's rule for its depth, and the expected sum."""
    from workbench.detectors.kernels._shap import gauss_places
    from workbench.detectors.kernels._shap_few import PLACES, forest_nodes

    known = _SHAPES.get(forest)
    if known is not None and known[0] is forest.threshold_:  # fitting again makes new trees
        return known[1:]
    nodes = forest_nodes(forest.feature_, forest.threshold_, forest.cover_, forest.leaf_)
    few, heavy = gauss_places(forest.depth_)
    filled = -(-len(few) // PLACES) * PLACES
    places, weights = np.full(filled, 0.5), np.zeros(filled)
    places[: len(few)], weights[: len(few)] = few, heavy
    held = forest.cover_[:, -forest.leaf_.shape[1] :] / np.maximum(forest.cover_[:, :1], 1)
    shape = (nodes, places, weights, float((held * forest.leaf_).sum()))
    _SHAPES[forest] = (forest.threshold_, *shape)
    return shape
