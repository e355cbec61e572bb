"""Points of a plane: those inside a polygon, and how densely they lie."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ByHeight", "density"]

Floats = npt.NDArray[np.float64]


class ByHeight:
    """Points sorted by y, so that an edge of a lasso looks only at points of its own height.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        The points; one with a missing coordinate lies in no lasso.

    Examples
    --------
    >>> points = ByHeight(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    >>> points.inside([[0, 0], [2, 0], [2, 2], [0, 2]])
    array([0])
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        placed = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        self._rows = placed[np.argsort(y[placed], kind="stable")]
        self._x, self._y = x[self._rows], y[self._rows]

    def inside(self, corners: list[list[float]]) -> npt.NDArray[np.intp]:
        """Return the positions of the points inside a polygon, ascending, by the even-odd rule.

        Parameters
        ----------
        corners : list of [x, y]
            The polygon; it closes itself.
        """
        odd = np.zeros(self._rows.size, dtype=bool)
        ring = np.array(corners, dtype=float).reshape(-1, 2)
        for (ax, ay), (bx, by) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            low, high = np.searchsorted(self._y, [min(ay, by), max(ay, by)])
            if high > low:
                level = (self._y[low:high] - ay) / (by - ay)
                odd[low:high] ^= self._x[low:high] < (bx - ax) * level + ax
        found: npt.NDArray[np.intp] = np.sort(self._rows[odd])
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
