"""Draws a million points as a few thousand without losing one spike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Buckets", "buckets", "extremes"]

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Buckets:
    """Neighbouring points that share one cell of the picture.

    Attributes
    ----------
    first : array of int, shape (k,)
        Position of each cell's first point; cells without points are left out.
    left, right : array of float, shape (k,)
        Borders of each cell on the axis.
    stop : int
        One past the last point of the last cell.
    """

    first: Positions
    left: Floats
    right: Floats
    stop: int

    def __len__(self) -> int:
        return int(self.first.size)

    def highest(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Return the greatest of ``values`` (shape (..., n)) in each cell, NaN ignored."""
        return np.fmax.reduceat(values[..., : self.stop], self.first, axis=-1)

    def lowest(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Return the least of ``values`` (shape (..., n)) in each cell, NaN ignored."""
        return np.fmin.reduceat(values[..., : self.stop], self.first, axis=-1)

    def peaks(self, values: npt.NDArray[np.floating]) -> Positions:
        """Return the position of the greatest value in each cell."""
        if not len(self):
            return np.empty(0, dtype=np.intp)
        sizes = np.diff(np.append(self.first, self.stop))
        cell = np.repeat(np.arange(len(self)), sizes)
        part = np.nan_to_num(values[self.first[0] : self.stop], nan=-np.inf)
        hits = np.flatnonzero(part == np.maximum.reduceat(part, self.first - self.first[0])[cell])
        _, once = np.unique(cell[hits], return_index=True)
        peaks: Positions = hits[once] + self.first[0]
        return peaks


def buckets(x: Floats, start: float, stop: float, count: int) -> Buckets:
    """Cut the window [start, stop] of a sorted axis into at most ``count`` cells.

    Few points keep a cell each, reaching half-way to their neighbours.

    Parameters
    ----------
    x : array of float, shape (n,)
        Place of each point on the axis, ascending.
    start, stop : float
        The window.
    count : int
        Largest number of cells.

    Examples
    --------
    >>> buckets(np.arange(10.0), 0, 9, 5).first
    array([0, 2, 4, 6, 8])
    """
    low = int(np.searchsorted(x, start, side="left"))
    high = int(np.searchsorted(x, stop, side="right"))
    if high - low <= count:
        return _one_each(x, low, high, (stop - start) / max(count, 1))
    edges = np.linspace(start, stop, count + 1)
    cuts = low + np.searchsorted(x[low:high], edges[:-1], side="left")
    filled = np.append(cuts[1:], high) > cuts
    return Buckets(cuts[filled], edges[:-1][filled], edges[1:][filled], high)


def _one_each(x: Floats, low: int, high: int, thinnest: float) -> Buckets:
    points = x[low:high]
    if points.size == 0:
        return Buckets(np.empty(0, dtype=np.intp), points, points, high)
    gaps = np.diff(points)
    usual = float(np.median(gaps)) if gaps.size else 2 * thinnest
    half = np.minimum(gaps, 1.5 * usual) / 2 if gaps.size else gaps
    edge = max(usual, thinnest) / 2
    left = points - np.concatenate([[edge], np.maximum(half, thinnest / 2)])
    right = points + np.concatenate([np.maximum(half, thinnest / 2), [edge]])
    return Buckets(np.arange(low, high), left, right, high)


def extremes(x: Floats, values: Floats, start: float, stop: float, limit: int) -> Positions:
    """Return positions worth drawing in a window: each cell's least and greatest value.

    Parameters
    ----------
    x, values : array of float, shape (n,)
        A sorted axis and what is drawn over it.
    start, stop : float
        The window; one point beyond each side is kept so that lines reach the border.
    limit : int
        Largest number of points, the two beyond the window not counted.

    Examples
    --------
    >>> spike = np.zeros(1000)
    >>> spike[500] = 9
    >>> 500 in extremes(np.arange(1000.0), spike, 0, 999, 20)
    True
    """
    low = int(np.searchsorted(x, start, side="left"))
    high = int(np.searchsorted(x, stop, side="right"))
    border = [low - 1] if low > 0 else []
    beyond = [high] if high < x.size else []
    if high - low <= limit:
        inside = np.arange(low, high)
    else:
        cells = buckets(x, start, stop, max(limit // 2, 1))
        inside = np.union1d(cells.peaks(values), cells.peaks(-values))
    return np.concatenate([border, inside, beyond]).astype(np.intp)
