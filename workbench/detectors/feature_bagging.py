"""Feature bagging: many looks at random columns, each by the local outlier factor."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors.base import Detector, Tags

__all__ = ["FeatureBagging"]


class FeatureBagging(Detector):
    """Finds rows that stand out in some of many columns, steadier than one look at all.

    Each of several local outlier factors sees a random half to all but one of the columns;
    their scores, standardised by those of the training rows, are averaged.

    Parameters
    ----------
    n_estimators : int
        Looks.
    n_neighbors : int
        Neighbours of the local outlier factors.
    max_rows : int
        Learns from at most this many rows, sampled by ``random_state``.
    random_state : int
        Seed of the columns and of the sample.

    References
    ----------
    Lazarevic, Kumar: Feature bagging for outlier detection, KDD 2005.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> scores = FeatureBagging().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Lazarevic, Kumar 2005",
        cost="estimators · n · max_rows · d",
        good_at="many columns, some of them noise",
        min_rows=4,
        seeded=True,
    )

    def __init__(
        self,
        n_estimators: int = 10,
        n_neighbors: int = 20,
        max_rows: int = 5_000,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.n_neighbors = n_neighbors
        self.max_rows = max_rows
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        from workbench.detectors.lof import Lof

        if self.n_estimators < 1:
            raise ParameterError(f"n_estimators must be at least 1, found {self.n_estimators}.")
        if self.max_rows < 10:
            raise ParameterError(f"max_rows must be at least 10, found {self.max_rows}.")
        random = np.random.default_rng(self.random_state)
        if len(X) > self.max_rows:
            X = X[np.sort(random.choice(len(X), self.max_rows, replace=False))]
        width = X.shape[1]
        self.looks_: list[tuple[np.ndarray, Lof, float, float]] = []
        for number in range(self.n_estimators):
            progress.step(number / self.n_estimators, "looking at random columns")
            count = int(random.integers(max(1, width // 2), max(2, width)))
            columns = np.sort(random.choice(width, min(count, width), replace=False))
            look = Lof(self.n_neighbors).fit(X[:, columns])
            scores = look.decision_function(X[:, columns])
            self.looks_.append((columns, look, float(scores.mean()), float(scores.std()) or 1.0))

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        total = np.zeros(len(X))
        for columns, look, mean, spread in self.looks_:
            total += (look.decision_function(X[:, columns]) - mean) / spread
        return total / len(self.looks_)
