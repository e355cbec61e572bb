"""PCA: how far a row lies along the directions in which the data hardly vary."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._moments import Moments
from workbench.detectors._quadratic import QuadraticDetector
from workbench.detectors._rows import InMemory, Rows
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
        parts="exact",
    )
    space = over(floor=Range(1e-6, 1e-1, log=True))

    def __init__(self, floor: float = 1e-3) -> None:
        self.floor = floor

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._learn_parts(InMemory(X, ROWS, progress))

    def _learn_parts(self, rows: Rows) -> None:
        # Columns to unit variance: a direction's weight must not depend on units. A constant
        # column keeps its unit and its exact value, so that any change of it counts.
        seen = rows.reduce(Moments.of, Moments.joined, "measuring")
        deviation = np.sqrt(seen.squares / seen.count)
        usable = (seen.high > seen.low) & (deviation > 0.0) & np.isfinite(deviation)
        mean = self.mean_ = np.where(usable, seen.mean, seen.first)
        spread = self.spread_ = np.where(usable, deviation, 1.0)

        def products(X: np.ndarray) -> np.ndarray:
            centred = np.where(usable, (X - mean) / spread, 0.0)
            found: np.ndarray = centred.T @ centred
            return found

        total = rows.reduce(products, np.add, "adding up products")
        variance, directions = np.linalg.eigh(total / seen.count)
        typical = float(usable.mean()) or 1.0
        self.precision_ = (directions / np.maximum(variance, self.floor * typical)) @ directions.T
