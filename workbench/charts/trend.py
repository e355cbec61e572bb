"""Says where a series changed its course: straight lines between change points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Trend", "trend"]

Floats = npt.NDArray[np.float64]

#: Blocks that a long series is averaged into before its changes are sought.
BLOCKS = 1000
SHORTEST = 8
#: Part of the squared distance from the mean that a cut must explain to be worth a line.
WORTHWHILE = 0.04


@dataclass(frozen=True)
class Trend:
    """Straight pieces; x and y hold the two ends of each, one after the other.

    Attributes
    ----------
    x, y : array of float, shape (2 · pieces,)
        Ends of the pieces.
    breaks : array of float, shape (pieces - 1,)
        Where one piece ends and the next begins.
    """

    x: Floats
    y: Floats
    breaks: Floats


def trend(x: Floats, y: Floats, most: int = 8) -> Trend:
    """Return straight pieces through a series, cut where that explains enough more.

    Pieces are split in two where the squared error falls most, as long as it falls by more than
    a penalty of three parameters (Schwarz's criterion on block means; the spread comes from
    differences of neighbours, so that the changes themselves do not enter it), and by 4 % of the
    squared distance from the mean.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        A sorted axis and the values over it; missing ones are left out.
    most : int
        Largest number of pieces.

    References
    ----------
    Fryzlewicz: Wild binary segmentation, Annals of Statistics 2014, section 2 (the plain kind).

    Examples
    --------
    >>> x = np.arange(300.0)
    >>> found = trend(x, np.where(x < 150, 0.0, 5.0) + np.sin(x * 99))
    >>> len(found.breaks), bool(145 <= found.breaks[0] <= 155)
    (1, True)
    """
    known = np.isfinite(y)
    x, y = x[known], y[known]
    if x.size < 2 or x[-1] == x[0]:
        return Trend(np.empty(0), np.empty(0), np.empty(0))
    places, means = _blocks(x, y)
    noise = _noise(means)
    pieces = _Pieces(places, means)
    cuts = [0, len(places)]
    penalty = 3 * noise * np.log(max(len(places), 2)) if noise > 0 else 0.0
    while len(cuts) <= most:
        gains = [pieces.split(a, b) for a, b in zip(cuts, cuts[1:], strict=False)]
        gain, at = max(gains)
        if gain <= max(penalty, WORTHWHILE * pieces.total):
            break
        cuts = sorted([*cuts, at])
    ends = [pieces.line(a, b) for a, b in zip(cuts, cuts[1:], strict=False)]
    borders = [(places[at - 1] + places[at]) / 2 for at in cuts[1:-1]]
    lefts, rights = [x[0], *borders], [*borders, x[-1]]
    line_x = np.ravel(np.column_stack([lefts, rights]))
    lines = zip(ends, lefts, rights, strict=True)
    line_y = [one + slope * place for (one, slope), *both in lines for place in both]
    return Trend(line_x, np.array(line_y), np.array(borders))


def _blocks(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    size = max(1, x.size // BLOCKS)
    whole = x.size // size * size
    if size == 1:
        return x, y
    return x[:whole].reshape(-1, size).mean(axis=1), y[:whole].reshape(-1, size).mean(axis=1)


def _noise(y: Floats) -> float:
    """Return the variance of what is neither trend nor change, at the scale of a few points."""
    if y.size < 3:
        return 0.0
    second = np.diff(y, 2) / np.sqrt(6)
    spread = float(np.median(np.abs(second)) / 0.6745)
    # Neighbours that hang together leave little in second differences: look wider, too.
    wide = y[:: max(1, y.size // 60)]
    wider = float(np.median(np.abs(np.diff(wide, 2))) / 0.6745 / np.sqrt(6)) if wide.size > 4 else 0
    return max(spread, wider) ** 2


class _Pieces:
    """Squared errors of straight lines over any stretch, from running sums."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self.x0, self.scale = float(x[0]), float(x[-1] - x[0]) or 1.0
        u = (x - self.x0) / self.scale
        self.y0 = float(y.mean())
        v = y - self.y0
        parts = (np.ones_like(u), u, v, u * u, u * v, v * v)
        self.sums = np.vstack([np.concatenate([[0.0], np.cumsum(part)]) for part in parts])
        self.total = float(self.sums[5, -1])

    def _error(self, a: npt.NDArray[np.intp], b: npt.NDArray[np.intp]) -> Floats:
        n, u, v, uu, uv, vv = self.sums[:, b] - self.sums[:, a]
        spread = np.maximum(uu - u * u / n, 1e-15)
        shared = uv - u * v / n
        error: Floats = np.maximum(vv - v * v / n - shared * shared / spread, 0.0)
        return error

    def split(self, a: int, b: int) -> tuple[float, int]:
        """Return how much the best cut of a stretch explains, and where it is."""
        shortest = max(3, min(SHORTEST, (b - a) // 4))
        at = np.arange(a + shortest, b - shortest + 1)
        if at.size == 0:
            return 0.0, a
        whole = self._error(np.array([a]), np.array([b]))[0]
        left, right = np.full_like(at, a), np.full_like(at, b)
        gains = whole - self._error(left, at) - self._error(at, right)
        best = int(gains.argmax())
        return float(gains[best]), int(at[best])

    def line(self, a: int, b: int) -> tuple[float, float]:
        """Return intercept and slope of a stretch."""
        n, u, v, uu, uv, _ = self.sums[:, b] - self.sums[:, a]
        spread = uu - u * u / n
        slope = (uv - u * v / n) / spread if spread > 1e-15 else 0.0
        steep = slope / self.scale
        return self.y0 + (v - slope * u) / n - steep * self.x0, steep
