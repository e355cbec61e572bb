"""The valley between the hill of normal scores and what lies beyond it."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["KdeValley"]

#: Points of the density.
GRID = 2048


class KdeValley(Rule):
    """Cuts where the scores themselves leave a gap: take it when anomalies form a second hill.

    A Gaussian kernel density of the scores is followed from its main hill to the right; the
    threshold is the deepest valley with another hill behind it. Without such a valley nothing
    separates the scores, and the cut lies where the density has thinned out to ``thin`` of its
    peak for good.

    Parameters
    ----------
    bandwidth : float
        Width of the kernel, as a multiple of Silverman's rule, which smooths valleys away: half
        of it agreed best with the labels of 27 public tables.
    most : float
        Largest share to flag, in (0, 0.5].
    thin : float
        Density, as a share of the peak, below which scores count as beyond the hill.

    References
    ----------
    Silverman: Density estimation for statistics and data analysis, 1986.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scores = np.concatenate([rng.normal(0, 1, 950), rng.normal(12, 1, 50)])
    >>> bool(4 < KdeValley().value(scores, ScoreContext()) < 10)
    True
    """

    def __init__(self, bandwidth: float = 0.5, most: float = 0.3, thin: float = 0.01) -> None:
        if not bandwidth > 0.0:
            raise ParameterError(f"bandwidth must be positive, found {bandwidth}.")
        if not 0.0 < most <= 0.5:
            raise ParameterError(f"most must lie in (0, 0.5], found {most}.")
        if not 0.0 < thin < 1.0:
            raise ParameterError(f"thin must lie in (0, 1), found {thin}.")
        self.bandwidth = float(bandwidth)
        self.most = float(most)
        self.thin = float(thin)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        low, high = float(scores.min()), float(scores.max())
        if not high > low:
            return high
        place, density = self._density(scores, low, high)
        peak = int(density.argmax())
        first = max(peak + 1, int(np.searchsorted(place, np.quantile(scores, 1.0 - self.most))))
        inner = density[first:-1]
        if inner.size == 0:
            return high
        behind = np.maximum.accumulate(density[::-1])[::-1][first + 1 :]
        # A valley has a hill behind it that is clearly higher than its floor.
        depth = np.where(behind > 1.05 * inner, behind - inner, 0.0)
        if depth.max() > 1e-4 * density[peak]:
            return float(place[first + _middle_of_widest(depth >= 0.98 * depth.max())])
        thick = np.flatnonzero(density[first:] >= self.thin * density[peak])
        return float(place[min(first + (int(thick[-1]) + 1 if thick.size else 0), GRID - 1)])

    def _density(self, scores: np.ndarray, low: float, high: float) -> tuple[np.ndarray, ...]:
        from scipy.ndimage import gaussian_filter1d

        counts, edges = np.histogram(scores, bins=GRID, range=(low, high))
        quarter = float(np.subtract(*np.percentile(scores, [75, 25]))) / 1.349
        spread = min(float(scores.std()), quarter) if quarter > 0.0 else float(scores.std())
        width = 0.9 * self.bandwidth * spread * len(scores) ** -0.2
        bins = max(width / (edges[1] - edges[0]), 0.5)
        smooth = gaussian_filter1d(counts.astype(float), bins, mode="constant")
        return (edges[1:] + edges[:-1]) / 2.0, smooth

    def reason(self) -> str:
        return (
            "the valley in the density of the scores beyond their main hill, at most "
            f"{100 * self.most:g} % of the rows"
        )


def _middle_of_widest(inside: np.ndarray) -> int:
    """Return the middle of the longest stretch of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    starts, ends = edges[::2], edges[1::2]
    widest = int((ends - starts).argmax())
    return int(starts[widest] + ends[widest] - 1) // 2
