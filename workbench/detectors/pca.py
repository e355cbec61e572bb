"""PCA: how far a row lies along the directions in which the data hardly vary."""

from __future__ import annotations

import numpy as np

from workbench.core.execution import blocks
from workbench.core.progress import Progress
from workbench.detectors._quadratic import QuadraticDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["Pca"]

#: Rows that are centred at a time.
ROWS = 16_384


class Pca(QuadraticDetector):
    """Finds rows that break the correlations between columns.

    The score is the sum over the principal components of the squared distance from the mean,
    each divided by the component's variance. Directions in which the training rows do not
    vary at all get a small share of the total variance instead of a division by zero: PyOD's
    PCA answers NaN there, and so never alerts.

    Parameters
    ----------
    floor : float
        Least variance of a direction, as a share of the mean variance.

    References
    ----------
    Shyu, Chen, Sarinnapakorn, Chang: A novel anomaly detection scheme based on principal
    component classifier, ICDM 2003.

    Examples
    --------
    >>> X = np.column_stack([np.arange(20.0), np.arange(20.0)])
    >>> scores = Pca().fit(X).decision_function([[5.0, 5.0], [5.0, 9.0]])
    >>> bool(scores[1] > 10 * scores[0])
    True
    """

    tags = Tags(
        paper="Shyu et al. 2003",
        cost="n · d² + d³",
        good_at="correlated columns; broken relations",
        exact=True,
    )
    space = over(floor=Range(1e-6, 1e-1, log=True))

    def __init__(self, floor: float = 1e-3) -> None:
        self.floor = floor

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        # Columns to unit variance: a direction's weight must not depend on units. A constant
        # column keeps its unit and its exact value, so that any change of it counts.
        spread = X.std(axis=0)
        usable = (X.max(axis=0) > X.min(axis=0)) & (spread > 0.0) & np.isfinite(spread)
        self.mean_ = np.where(usable, X.mean(axis=0), X[0])
        self.spread_ = np.where(usable, spread, 1.0)
        total = np.zeros((X.shape[1], X.shape[1]))
        for rows in blocks(len(X), ROWS):  # no second matrix of the size of the data
            centred = np.where(usable, (X[rows] - self.mean_) / self.spread_, 0.0)
            total += centred.T @ centred
        variance, directions = np.linalg.eigh(total / len(X))
        typical = float(usable.mean()) or 1.0
        self.precision_ = (directions / np.maximum(variance, self.floor * typical)) @ directions.T
