"""The matrix profile's kernel: nearest z-normalised neighbour of each stretch, compiled once.

Distances follow the diagonals, along which covariances update in constant time (Zhu et al.:
Matrix profile XI, SCRIMP, ICDM 2018). Each row's result is a maximum, so that the order in
which threads reach it does not matter.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["nearest_distances"]


def nearest_distances(
    values: np.ndarray, width: int, known: np.ndarray | None = None, least: float = 0.0
) -> np.ndarray:
    """Return each stretch's distance to the nearest known stretch, (n − width + 1,).

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
    width : int
        Points a stretch.
    known : numpy.ndarray of shape (m,), optional
        The series that neighbours come from; None compares ``values`` with itself, where
        stretches within a quarter of the width are no neighbours (stumpy's exclusion zone).
    least : float
        Standard deviation up to which a stretch counts as constant.

    Returns
    -------
    numpy.ndarray
        Euclidean distances of z-normalised stretches; between a constant stretch and a moving
        one √width, between two constant ones 0, without any neighbour the largest, 2·√width.
    """
    itself = known is None
    other = values if known is None else known
    shift = float(np.median(other))
    left, right = _facts(values - shift, width, least), _facts(other - shift, width, least)
    zone = -(-width // 4) if itself else -1
    best = np.full(len(left[0]), -2.0)
    _profile(values - shift, other - shift, width, *left, *right, zone, itself, best)
    near = np.sqrt(np.maximum(2.0 * width * (1.0 - np.minimum(best, 1.0)), 0.0))
    return np.where(best < -1.5, 2.0 * np.sqrt(width), near)


def _facts(values: np.ndarray, width: int, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return means and inverse norms of all stretches; 0 for a constant stretch."""
    view = np.lib.stride_tricks.sliding_window_view(values, width)
    mean = view.mean(axis=1)
    spread = view.std(axis=1)
    moving = spread > least
    norm = np.where(moving, 1.0 / np.where(moving, spread * np.sqrt(width), 1.0), 0.0)
    return mean, norm


@njit(cache=True, nogil=True)
def _profile(
    a: np.ndarray,
    b: np.ndarray,
    width: int,
    mean_a: np.ndarray,
    norm_a: np.ndarray,
    mean_b: np.ndarray,
    norm_b: np.ndarray,
    zone: int,
    itself: bool,
    best: np.ndarray,
) -> None:
    rows, columns = len(mean_a), len(mean_b)
    first = zone + 1 if itself else 1 - rows
    for diagonal in range(first, columns):
        i, j = max(0, -diagonal), max(0, diagonal)
        steps = min(rows - i, columns - j)
        covariance = 0.0
        for k in range(width):
            covariance += (a[i + k] - mean_a[i]) * (b[j + k] - mean_b[j])
        for step in range(steps):
            if step > 0:
                # Updated by what enters and leaves (Pébay's formulas).
                covariance += (a[i + width - 1] - mean_a[i]) * (
                    b[j + width - 1] - mean_b[j - 1]
                ) - (a[i - 1] - mean_a[i]) * (b[j - 1] - mean_b[j - 1])
            if norm_a[i] > 0.0 and norm_b[j] > 0.0:
                likeness = covariance * norm_a[i] * norm_b[j]
            elif norm_a[i] == 0.0 and norm_b[j] == 0.0:
                likeness = 1.0
            else:
                likeness = 0.5
            if likeness > best[i]:
                best[i] = likeness
            if itself and likeness > best[j]:
                best[j] = likeness
            i += 1
            j += 1
