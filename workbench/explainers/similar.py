"""Anomalies for the same reasons: alike in what adds to their scores."""

from __future__ import annotations

import numpy as np

__all__ = ["likeness"]


def likeness(parts: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how alike contributions are: their cosine, 0 where one of them is all zeros.

    Parameters
    ----------
    parts : numpy.ndarray of shape (d,)
    others : numpy.ndarray of shape (k, d)

    Examples
    --------
    >>> likeness(np.array([1.0, 0.0]), np.array([[2.0, 0.0], [0.0, 1.0]])).tolist()
    [1.0, 0.0]
    """
    lengths = np.linalg.norm(others, axis=1) * np.linalg.norm(parts)
    cosine = others @ parts / np.where(lengths > 0.0, lengths, 1.0)
    return np.asarray(np.clip(np.where(lengths > 0.0, cosine, 0.0), -1.0, 1.0))
