"""Scored records of a stream, in the order of the time at which they happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Points"]


@dataclass(frozen=True)
class Points:
    """What a monitor made of some records: n of them, with d features.

    Attributes
    ----------
    start : int
        Number of the first one: how many points the monitor had scored before.
    time : numpy.ndarray of shape (n,)
        ``datetime64[us]``, UTC, never falling.
    entity : numpy.ndarray of shape (n,)
        Text: which pump, host or sensor it is about; "" where there is one only.
    features : tuple of str
        Names of the d columns.
    values : numpy.ndarray of shape (n, d)
        As they came; NaN where a value was missing.
    score : numpy.ndarray of shape (n,)
        Higher is more anomalous; NaN while the detector warms up.
    p_value : numpy.ndarray of shape (n,)
        Chance that a normal record scores as high; NaN where there is no reference yet.
    severity : numpy.ndarray of shape (n,)
        0-100; NaN where there is no score.
    anomalous : numpy.ndarray of shape (n,)
        Whether the threshold, or the control of false alarms, says so.
    low, high : numpy.ndarray of shape (n, d)
        Between which values each was expected; NaN where the detector does not know.
    parts : numpy.ndarray of shape (n, d)
        What each feature gives to the score; NaN for points that are not anomalous.
    threshold : float
        Score from which on a point is anomalous; NaN while there is none.
    """

    start: int
    time: np.ndarray
    entity: np.ndarray
    features: tuple[str, ...]
    values: np.ndarray
    score: np.ndarray
    p_value: np.ndarray
    severity: np.ndarray
    anomalous: np.ndarray
    low: np.ndarray
    high: np.ndarray
    parts: np.ndarray
    threshold: float = float("nan")

    def __len__(self) -> int:
        return len(self.time)
