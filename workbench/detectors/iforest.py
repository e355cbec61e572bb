"""Isolation forest: how few random splits set a row apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors.base import Detector, Tags

__all__ = ["Iforest"]


class Iforest(Detector):
    """Finds rows that few random splits set apart: the all-rounder for any number of rows.

    Parameters
    ----------
    n_estimators : int
        Trees.
    max_samples : int
        Rows a tree; at most n are used.
    random_state : int
        Seed of the forest.

    References
    ----------
    Liu, Ting, Zhou: Isolation forest, ICDM 2008; scikit-learn's IsolationForest.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> scores = Iforest().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        library="scikit-learn",
        paper="Liu, Ting, Zhou 2008",
        cost="trees · n log(samples)",
        good_at="any number of rows; mixed columns; a safe first choice",
        seeded=True,
    )

    def __init__(
        self, n_estimators: int = 100, max_samples: int = 256, random_state: int = 0
    ) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        from sklearn.ensemble import IsolationForest

        # PyOD's IForest grows the same trees, but scores the training rows twice.
        self.forest_ = IsolationForest(
            n_estimators=self.n_estimators,
            max_samples=min(self.max_samples, len(X)),
            random_state=self.random_state,
        ).fit(X)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return -np.asarray(self.forest_.score_samples(X))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Follow each row's paths: a split that brings it nearer to a leaf adds to its column.

        The score is 2^(−mean path / c), so parts are added up in path length and then scaled
        to the score.
        """
        forest = self.forest_
        picked = X[rows]
        scores = self._score(picked, None)
        expected, parts = 0.0, np.zeros(picked.shape)
        for tree in forest.estimators_:
            start, steps = _path_parts(tree.tree_, picked)
            expected += start
            parts += steps
        expected, parts = expected / len(forest.estimators_), parts / len(forest.estimators_)
        usual = 2.0 ** (-expected / float(_mean_path(forest._max_samples)))
        base = np.full(len(rows), usual)
        gone = -parts  # a shorter path than expected makes the score higher
        total = gone.sum(axis=1)
        safe = np.where(np.abs(total) > 1e-12, total, 1.0)
        scaled = gone * ((scores - base) / safe)[:, None]
        flat = np.abs(total) <= 1e-12
        scaled[flat] = ((scores - base) / picked.shape[1])[flat, None]
        return base, scaled


def _mean_path(rows: Any) -> np.ndarray:
    """Average path length of an unsuccessful search among ``rows`` rows (Liu et al., eq. 1)."""
    size = np.asarray(rows, dtype=float)
    harmonic = np.log(np.maximum(size - 1.0, 1.0)) + np.euler_gamma
    long = 2.0 * harmonic - 2.0 * (size - 1.0) / np.maximum(size, 1.0)
    return np.where(size > 2, long, np.where(size == 2, 1.0, 0.0))


def _path_parts(tree: Any, X: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the expected path length of a tree, and what each column changes of it, (n, d)."""
    left, right, feature = tree.children_left, tree.children_right, tree.feature
    count = tree.n_node_samples.astype(float)
    below = _mean_path(count)  # for leaves; inner nodes are filled from the bottom up
    for node in range(tree.node_count - 1, -1, -1):
        if left[node] >= 0:
            a, b = left[node], right[node]
            below[node] = 1.0 + (count[a] * below[a] + count[b] * below[b]) / count[node]
    parts = np.zeros(X.shape)
    at = np.zeros(len(X), dtype=int)
    X32 = X.astype(np.float32)
    active = np.flatnonzero(left[at] >= 0)
    while active.size:
        nodes = at[active]
        column = feature[nodes]
        goes_left = X32[active, column] <= tree.threshold[nodes]
        child = np.where(goes_left, left[nodes], right[nodes])
        parts[active, column] += 1.0 + below[child] - below[nodes]
        at[active] = child
        active = active[left[child] >= 0]
    return float(below[0]), parts
