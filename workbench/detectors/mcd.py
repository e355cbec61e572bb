"""MCD: distance from a robust centre, in the shape of the robust covariance."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._quadratic import QuadraticDetector
from workbench.detectors._space import over
from workbench.detectors.base import Tags

__all__ = ["Mcd"]


class Mcd(QuadraticDetector):
    """Finds rows outside of one robust ellipsoid: for roughly elliptical data with outliers.

    Parameters
    ----------
    floor : float
        Least variance of a direction, as a share of the mean variance.
    random_state : int
        Seed of the subset search.

    References
    ----------
    Rousseeuw, Van Driessen: A fast algorithm for the minimum covariance determinant
    estimator, Technometrics 1999.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> scores = Mcd().fit(X).decision_function([[0.0, 0.0], [9.0, 9.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Rousseeuw, Van Driessen 1999",
        cost="n · d² + d³",
        good_at="one elliptical cloud; correlated columns; contaminated training data",
        min_rows=3,
        exact=True,
        seeded=True,
    )
    space = over()

    def __init__(self, floor: float = 1e-6, random_state: int = 0) -> None:
        self.floor = floor
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        from workbench.detectors._fast_mcd import robust_covariance

        self.mean_, covariance = robust_covariance(X, self.random_state)
        self.spread_ = np.ones(X.shape[1])
        variance, directions = np.linalg.eigh(covariance)
        # Where the robust half of the rows does not vary the covariance is singular.
        spread = max(float(variance.mean()), float(X.var(axis=0).mean()), 1e-300)
        self.precision_ = (directions / np.maximum(variance, self.floor * spread)) @ directions.T
