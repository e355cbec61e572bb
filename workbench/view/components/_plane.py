"""Points of a plane: those inside a polygon, and how densely they lie."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["density", "inside"]

Floats = npt.NDArray[np.float64]


def inside(x: Floats, y: Floats, corners: list[list[float]]) -> npt.NDArray[np.intp]:
    """Return the positions of the points inside a polygon, by the even-odd rule.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        The points; a missing coordinate lies outside.
    corners : list of [x, y]
        The polygon; it closes itself.

    Examples
    --------
    >>> square = [[0, 0], [2, 0], [2, 2], [0, 2]]
    >>> inside(np.array([1.0, 3.0]), np.array([1.0, 1.0]), square)
    array([0])
    """
    if len(corners) < 3:
        return np.empty(0, dtype=np.intp)
    ring = np.array(corners, dtype=float)
    (left, low), (right, high) = ring.min(axis=0), ring.max(axis=0)
    near = np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= high))
    px, py = x[near], y[near]
    odd = np.zeros(near.size, dtype=bool)
    for (ax, ay), (bx, by) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if ay != by:
            crosses = (ay > py) != (by > py)
            odd ^= crosses & (px < (bx - ax) * ((py - ay) / (by - ay)) + ax)
    found: npt.NDArray[np.intp] = near[odd]
    return found


def density(
    x: Floats, y: Floats, across: tuple[float, float], upright: tuple[float, float], size: int
) -> npt.NDArray[np.float32]:
    """Return how many points lie in each cell of a window, ``size`` rows of ``size`` cells.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        Points inside of the window.
    across, upright : tuple of float
        The window.
    size : int
        Cells along each side.
    """
    i = ((x - across[0]) * (size / (across[1] - across[0]))).astype(np.intp).clip(0, size - 1)
    j = ((y - upright[0]) * (size / (upright[1] - upright[0]))).astype(np.intp).clip(0, size - 1)
    counts = np.bincount(j * size + i, minlength=size * size)
    return counts.astype(np.float32)
