"""INNE: isolation by spheres around small random samples."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags
from workbench.preparation.gate import LARGEST

__all__ = ["Inne"]

#: Rows that one thread takes at a time.
ROWS = 8_192
#: Keeps the ratio of two zero radii finite; the value is PyOD's.
TINY = float(np.finfo(float).eps)


class Inne(Detector):
    """Finds local and clustered oddities by spheres around small random samples.

    Distances are computed exactly rather than by a matrix product, so that a row on the edge
    of a sphere scores the same alone and in a batch.

    Parameters
    ----------
    n_estimators : int
        Sets of spheres.
    max_samples : int
        Spheres a set.
    random_state : int
        Seed of the samples.

    References
    ----------
    Bandaragoda et al.: Isolation-based anomaly detection using nearest-neighbor ensembles,
    Computational Intelligence 34, 2018.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> scores = Inne().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Bandaragoda et al. 2018",
        cost="estimators · samples · n · d",
        good_at="many rows; local oddities",
        seeded=True,
        parts="subsample",
    )
    space = over(n_estimators=Range(50, 400), max_samples=Range(2, 128, log=True))

    def __init__(
        self, n_estimators: int = 200, max_samples: int = 8, random_state: int = 0
    ) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        from scipy.spatial.distance import cdist

        if self.n_estimators < 1 or self.max_samples < 2:
            raise ParameterError(
                f"n_estimators must be at least 1 and max_samples at least 2, found "
                f"{self.n_estimators} and {self.max_samples}."
            )
        random = np.random.default_rng(self.random_state)
        size = min(self.max_samples, len(X))
        width = -(-X.shape[1] // 4) * 4  # the kernel takes four columns at a time
        self.centres_ = np.zeros((self.n_estimators, size, width))
        self.radii_ = np.empty((self.n_estimators, size))
        self.ratios_ = np.empty((self.n_estimators, size))
        for number in range(self.n_estimators):
            centres = X[random.choice(len(X), size, replace=False)]
            apart = cdist(centres, centres, "sqeuclidean")
            np.fill_diagonal(apart, np.inf)
            radii = apart.min(axis=1)
            nearest = radii[apart.argmin(axis=1)]
            # From the largest to the smallest sphere; of equal ones the first comes last.
            order = np.argsort(radii, kind="stable")[::-1]
            self.centres_[number, :, : X.shape[1]] = centres[order]
            self.radii_[number] = radii[order]
            self.ratios_[number] = (1.0 - (nearest + TINY) / (radii + TINY))[order]

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._spheres import coverage

        out = np.empty(len(X))
        threads().map(
            lambda part: coverage(X[part], self.centres_, self.radii_, self.ratios_, out[part]),
            blocks(len(X), ROWS),
        )
        return out

    def _score_one(self, row: np.ndarray) -> float:
        from workbench.detectors.kernels._spheres import one_coverage

        return float(one_coverage(row, self.centres_, self.radii_, self.ratios_, LARGEST))
