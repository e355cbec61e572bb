"""What can be said without labels: do detectors agree, does the ranking hold still."""

from __future__ import annotations

import numpy as np

__all__ = ["overlap_at_k", "rank_correlation"]


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's rank correlation of two score vectors, in [-1, 1]; 0 if one is flat."""
    from scipy.stats import rankdata

    a, b = rankdata(first), rankdata(second)
    if np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def overlap_at_k(first: np.ndarray, second: np.ndarray, k: int) -> float:
    """Return the share of rows that are in both top-k lists, in [0, 1].

    Examples
    --------
    >>> overlap_at_k(np.array([3, 2, 1]), np.array([3, 1, 2]), 2)
    0.5
    """
    k = max(1, min(k, len(first)))
    top_a = set(np.argsort(-np.asarray(first), kind="stable")[:k].tolist())
    top_b = set(np.argsort(-np.asarray(second), kind="stable")[:k].tolist())
    return len(top_a & top_b) / k
