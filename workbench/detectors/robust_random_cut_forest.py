"""Robust random cut forest: how many remembered rows a row would push aside."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.detectors._online import OnlineDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["RobustRandomCutForest"]

#: Rows after which a forest can tell what is odd.
READY = 32
#: Rows weighted at a time: memory stays bounded whatever the batch.
ROWS = 4_096


class RobustRandomCutForest(OnlineDetector):
    """Finds rows, and small groups of rows, that a stream's remembered rows make no room for.

    Trees of random cuts hold a sample of the stream; rows enter and leave without a tree being
    built again. A row's score is the number of rows that it would push one step down, shared
    with the group that it would belong to (collusive displacement), averaged over the trees and
    over the cut that would set it apart. That expectation is computed, not drawn, so that
    scoring changes nothing, and its terms belong to columns: parts add up to the score exactly.
    Columns are measured in units of their mean deviation, which is tracked.

    Parameters
    ----------
    n_trees : int
        Trees.
    tree_size : int
        Rows a tree.
    memory : int
        Rows that the sample speaks of: each tree takes a row with chance ``tree_size / memory``
        and drops one by chance, so that what is older counts exponentially less.
    random_state : int
        Seed of samples and cuts.

    References
    ----------
    Guha, Mishra, Roy, Schrijvers: Robust random cut forest based anomaly detection on streams,
    ICML 2016; biased samples: Aggarwal: On biased reservoir sampling, VLDB 2006. The expectation
    over cuts and the tracked units are ours.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 2))
    >>> detector = RobustRandomCutForest().fit_partial(X)
    >>> base, parts = detector.parts([0.0, 9.0])
    >>> bool(parts[1] > parts[0])
    True
    """

    tags = Tags(
        paper="Guha et al. 2016",
        cost="trees · n · d · log(size)",
        good_at="streams; groups of like anomalies; exact parts",
        min_rows=1,
        exact=True,
        seeded=True,
        online=True,
    )
    space = over(
        n_trees=Range(20, 100),
        tree_size=Range(64, 512, log=True),
        memory=Range(512, 8192, log=True),
    )

    def __init__(
        self,
        n_trees: int = 50,
        tree_size: int = 256,
        memory: int = 2560,
        random_state: int = 0,
    ) -> None:
        self.n_trees = n_trees
        self.tree_size = tree_size
        self.memory = memory
        self.random_state = random_state

    @property
    def warm_up(self) -> int:
        """Rows after which scores mean something: 32, or a smaller tree."""
        return min(READY, self.tree_size)

    def _begin(self, columns: int) -> None:
        ends = {"n_trees": (1, 10_000), "tree_size": (4, 2**20), "memory": (1, 2**50)}
        for name, (least, most) in ends.items():
            if not least <= getattr(self, name) <= most:
                raise ParameterError(
                    f"{name} must be from {least} to {most}, found {getattr(self, name)}."
                )
        trees, size = self.n_trees, self.tree_size
        #: Parent, left, right, column, mass of each node.
        self.links_ = np.zeros((trees, 5, 2 * size), np.int32)
        self.cuts_ = np.zeros((trees, size))
        self.low_, self.high_ = np.zeros((2, trees, size, columns))
        self.points_ = np.zeros((trees, size, columns))
        self.free_ = np.empty((trees, 2, size), np.int32)
        self.free_[:] = np.arange(2 * size).reshape(2, size)
        self.slots_ = np.zeros((trees, size), np.int32)
        #: Root, rows held, free inner nodes, free leaves.
        self.ends_ = np.tile(np.array([-1, 0, size, size], np.int32), (trees, 1))
        random = np.random.default_rng(self.random_state)
        self.chances_ = random.integers(2**63, size=trees, dtype=np.uint64)
        self.centre_, self.spread_ = np.zeros(columns), np.zeros(columns)
        self.counts_ = np.zeros(1, np.int64)

    def _run(self, X: np.ndarray, time: np.ndarray | None, scores: np.ndarray | None) -> None:
        from workbench.detectors.kernels._random_cuts import column_weights, cut_forest_run

        for start in range(0, len(X), ROWS):
            rows = X[start : start + ROWS]
            weights, seen = np.empty(rows.shape), int(self.counts_[0])
            column_weights(rows, 1.0 / self.memory, seen, self.centre_, self.spread_, weights)
            out = np.empty(0) if scores is None else scores[start : start + ROWS]
            cut_forest_run(
                rows, weights, float(self.memory), seen, self.links_, self.cuts_, self.low_,
                self.high_, self.points_, self.free_, self.slots_, self.ends_, self.chances_,
                scores is not None, out,
            )  # fmt: skip
            self.counts_[0] += len(rows)

    def _judged(self, X: np.ndarray, parts: np.ndarray) -> np.ndarray:
        from workbench.detectors.kernels._random_cuts import cut_forest_score

        least = 1e-9 * np.abs(self.centre_) + 1e-100
        out = np.empty(len(X))
        cut_forest_score(
            X, 1.0 / np.maximum(self.spread_, least), self.links_, self.cuts_, self.low_,
            self.high_, self.points_, self.ends_, out, parts,
        )  # fmt: skip
        return out

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self._judged(X, np.empty((0, X.shape[1])))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        parts = np.zeros((len(rows), X.shape[1]))
        scores = self._judged(X[rows], parts)
        return scores - parts.sum(axis=1), parts

    def _restored(self) -> None:
        from workbench.detectors.kernels._random_cuts import tree_is_sound

        for tree in range(self.n_trees):
            if not tree_is_sound(
                self.links_[tree], self.cuts_[tree], self.free_[tree], self.slots_[tree],
                self.ends_[tree], self.n_features_,
            ):  # fmt: skip
                raise ParameterError(f"Tree {tree} is none.")
