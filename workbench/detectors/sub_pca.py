"""Sub-PCA: stretches of a series against the directions in which stretches vary."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._space import Range, over
from workbench.detectors._stretches import StretchDetector
from workbench.detectors.base import Tags

__all__ = ["SubPca"]


class SubPca(StretchDetector):
    """Finds stretches that leave the usual shapes: the best simple method of TSB-AD.

    Stretches are standardised place by place. The score is the sum of a stretch's distances
    from the principal directions, each divided by the share of variance of its direction, so
    that the directions in which stretches hardly vary count most. Shares are used with a floor,
    and scaled to sum to one over directions. By this definition a stretch's size counts more
    than its shape: where only the phase is odd, take ``sub_knn`` or ``pca`` on windows.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32.
    normalise : bool
        Bring each stretch to mean 0 and spread 1 first: shape alone counts.
    floor : float
        Least share of variance of a direction.
    max_windows : int
        Most stretches to learn from, evenly spaced.

    References
    ----------
    Liu, Paparrizos: The elephant in the room (TSB-AD), NeurIPS 2024; Shyu et al. 2003.

    Examples
    --------
    >>> wave = np.sin(np.arange(400) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200:212] += 2.0
    >>> 188 <= int(SubPca(24).fit(wave).decision_function(wave).argmax()) <= 224
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Liu, Paparrizos 2024; Shyu et al. 2003",
        cost="n · w² (w at most 32 a column)",
        good_at="unusual stretches in any series; a strong first choice on public series",
        min_rows=4,
    )
    space = over(window=Range(8, 256, log=True), normalise=(False, True))

    def __init__(
        self,
        window: int | None = None,
        normalise: bool = False,
        floor: float = 1e-6,
        max_windows: int = 20_000,
    ) -> None:
        self.window = window
        self.normalise = normalise
        self.floor = floor
        self.max_windows = max_windows

    def _learn(self, stretches: np.ndarray, progress: Progress) -> None:
        spread = stretches.std(axis=0)
        moving = spread > 1e-12 * (1.0 + np.abs(stretches).max(axis=0))
        self.mean_ = stretches.mean(axis=0)
        self.spread_ = np.where(moving, spread, np.maximum(1.0, np.abs(self.mean_)))
        z = (stretches - self.mean_) / self.spread_
        variance, directions = np.linalg.eigh(z.T @ z / len(z))
        share = np.maximum(variance, 0.0) / max(float(variance.sum()), 1e-300)
        weight = 1.0 / np.maximum(share, self.floor)
        self.weight_ = weight / weight.sum()
        self.directions_ = directions

    def _judge(self, stretches: np.ndarray) -> np.ndarray:
        z = (stretches - self.mean_) / self.spread_
        # |z − v|² = |z|² − 2 z·v + 1 for a unit vector v.
        squares = np.einsum("ij,ij->i", z, z)[:, None] + 1.0 - 2.0 * (z @ self.directions_)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)) @ self.weight_)
