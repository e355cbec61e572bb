"""Detectors that foresee each value of a series and score by how far it is from that."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from workbench.detectors._additive import shared_by_square
from workbench.detectors.base import Detector

__all__ = ["ResidualDetector", "robust_sigma"]


class ResidualDetector(Detector):
    """Scores the largest residual over the columns in robust standard deviations of training.

    A subclass learns in ``_fit``, ends with ``self._calibrate(X)``, and gives ``_foresee``.
    """

    # Fitted state: spread of the training residuals, (d,).
    sigma_: np.ndarray

    @abstractmethod
    def _foresee(self, X: np.ndarray) -> np.ndarray:
        """Return what each value was expected to be, (n, d)."""

    def _calibrate(self, X: np.ndarray) -> None:
        self.sigma_ = robust_sigma(X - self._foresee(X), X)

    def _columns(self, X: np.ndarray) -> np.ndarray:
        return np.abs(X - self._foresee(X)) / self.sigma_

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(self._columns(X).max(axis=1))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return shared_by_square(self._columns(X)[rows])

    def expected(
        self, X: np.ndarray, time: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the foreseen value and half the width of its band (3 sigma), (n, d) each."""
        return self._foresee(X), np.broadcast_to(3.0 * self.sigma_, X.shape)

    def remark(self, X: np.ndarray, row: int, column: int, time: np.ndarray | None = None) -> str:
        """Return what is odd about one value, in words."""
        side = "above" if X[row, column] > self._foresee(X)[row, column] else "below"
        return f"it is {side} what the values before let expect"


def robust_sigma(residuals: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return robust standard deviations of residuals a column, (d,); never zero.

    Where most residuals vanish (exact repetition), their mean size counts, and at least a
    millionth of the values' size: rounding must not look like surprise.
    """
    middle = np.median(residuals, axis=0)
    apart = np.abs(residuals - middle)
    sigma = 1.4826 * np.median(apart, axis=0)
    sigma = np.where(sigma > 0.0, sigma, apart.mean(axis=0))
    return np.maximum(sigma, 1e-6 * (1.0 + np.abs(X).max(axis=0)))
