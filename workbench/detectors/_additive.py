"""Detectors whose score is a sum over columns explain themselves exactly."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from workbench.detectors.base import Detector

__all__ = ["AdditiveDetector", "shared_by_square"]


class AdditiveDetector(Detector):
    """Scores a row by the sum of one part a column; a subclass gives the parts."""

    @abstractmethod
    def _parts(self, X: np.ndarray) -> np.ndarray:
        """Return what each column adds to each row's score, (n, d)."""

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(self._parts(X).sum(axis=1))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(len(rows)), self._parts(X[rows])


def shared_by_square(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share the largest column score of each row among the columns, by their squares.

    Parameters
    ----------
    scores : numpy.ndarray of shape (k, d)
        Each column scored alone; the row's score is the largest.

    Returns
    -------
    tuple of numpy.ndarray
        Base (zeros) of shape (k,) and parts of shape (k, d) that sum to the largest score.
    """
    weight = np.maximum(scores, 0.0) ** 2
    total = weight.sum(axis=1, keepdims=True)
    even = np.full(scores.shape, 1.0 / scores.shape[1])
    share = np.where(total > 0.0, weight / np.where(total > 0.0, total, 1.0), even)
    return np.zeros(len(scores)), share * scores.max(axis=1, keepdims=True)
