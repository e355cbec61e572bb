"""Lays a straight line through two columns, with the band that says how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Regression", "regression"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Regression:
    """A line with its confidence band at ``x``, and the fit in words.

    Attributes
    ----------
    x, y, low, high : array of float, shape (k,)
        The line and the borders of the band for the mean.
    slope, intercept, r2 : float
        The fit.
    words : str
        For people: slope with interval, share explained, rows.
    """

    x: Floats
    y: Floats
    low: Floats
    high: Floats
    slope: float
    intercept: float
    r2: float
    words: str


def regression(x: Floats, y: Floats, *, level: float = 0.95, points: int = 40) -> Regression | None:
    """Return the least-squares line of y on x, or None where there is none.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        Rows with a missing value are left out.
    level : float
        Confidence of the band for the mean.
    points : int
        Places along x at which the band is given.

    Examples
    --------
    >>> found = regression(np.arange(10.0), 2 * np.arange(10.0) + 1)
    >>> round(found.slope, 6), round(found.intercept, 6), round(found.r2, 6)
    (2.0, 1.0, 1.0)
    """
    from scipy import stats

    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if x.size < 3 or np.ptp(x) == 0:
        return None
    middle, level_y = float(x.mean()), float(y.mean())
    dx, dy = x - middle, y - level_y
    spread = float(dx @ dx)
    slope = float(dx @ dy) / spread
    rest = dy - slope * dx
    error, whole = float(rest @ rest), float(dy @ dy)
    variance = error / (x.size - 2)
    reach = float(stats.t.ppf(0.5 + level / 2, x.size - 2))
    at = np.linspace(x.min(), x.max(), points)
    line = level_y + slope * (at - middle)
    half = reach * np.sqrt(variance * (1 / x.size + (at - middle) ** 2 / spread))
    give = reach * np.sqrt(variance / spread)
    r2 = 1 - error / whole if whole > 0 else 0.0
    words = (
        f"slope {slope:.3g} ({slope - give:.3g} to {slope + give:.3g}), "
        f"explains {100 * r2:.0f} % of the spread, {x.size:,d} rows"
    )
    return Regression(
        at, line, line - half, line + half, slope, level_y - slope * middle, r2, words
    )
