"""Robust scale of columns, the same that preparation takes."""

from __future__ import annotations

import numpy as np

__all__ = ["column_range"]


def column_range(X: np.ndarray) -> np.ndarray:
    """Return the 5-95 % range of each column of (n, d); where most values are equal a wider one.

    Columns that never vary get 1.
    """
    spread = np.zeros(X.shape[1])
    for tail in (5.0, 1.0, 0.0):
        low, high = np.percentile(X, [tail, 100.0 - tail], axis=0)
        wide = (high / 2.0 - low / 2.0) * 2.0
        spread = np.where(spread > 0.0, spread, np.where(np.isfinite(wide), wide, 0.0))
    return np.where(spread > 0.0, spread, 1.0)
