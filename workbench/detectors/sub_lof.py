"""Sub-LOF: stretches of a series in sparser surroundings than their neighbours."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._nearest import nearest
from workbench.detectors._neighbours import checked_count
from workbench.detectors._space import Range, over
from workbench.detectors._stretches import StretchDetector
from workbench.detectors.base import Tags

__all__ = ["SubLof"]


class SubLof(StretchDetector):
    """Finds stretches that are odd beside those most like them, where density differs.

    The local outlier factor over stretches: the neighbours' density against the stretch's own.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32.
    n_neighbors : int
        Neighbours that make the surroundings (TSB-AD: 30).
    normalise : bool
        Bring each stretch to mean 0 and spread 1 first: shape alone counts, not level.
    max_windows : int
        Most stretches to learn from, evenly spaced.

    References
    ----------
    Liu, Paparrizos: The elephant in the room (TSB-AD), NeurIPS 2024; Breunig et al.: LOF, 2000.

    Examples
    --------
    >>> wave = np.sin(np.arange(400) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave = wave + np.random.default_rng(0).normal(0, 0.05, wave.shape)
    >>> wave[200:212] += 2.0
    >>> 176 <= int(SubLof(24).fit(wave).decision_function(wave).argmax()) <= 235
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Liu, Paparrizos 2024; Breunig et al. 2000",
        cost="n · max_windows · w",
        good_at="odd stretches among shapes of different regularity",
        min_rows=6,
    )
    space = over(
        window=Range(8, 256, log=True),
        n_neighbors=Range(5, 60),
        normalise=(False, True),
    )

    def __init__(
        self,
        window: int | None = None,
        n_neighbors: int = 30,
        normalise: bool = False,
        max_windows: int = 2_000,
    ) -> None:
        self.window = window
        self.n_neighbors = n_neighbors
        self.normalise = normalise
        self.max_windows = max_windows

    def _learn(self, stretches: np.ndarray, progress: Progress) -> None:
        self.k_ = min(checked_count(self.n_neighbors), len(stretches) - 1)
        self.known_ = stretches
        near, rows = nearest(stretches, stretches, self.k_, skip_itself=True)
        self.reach_ = near[:, -1]
        # Equal stretches would have infinite density: they are told apart by this at most.
        self.least_apart_ = 1e-9 + 1e-3 * float(np.median(self.reach_))
        self.density_ = self._density(near, rows)

    def _density(self, near: np.ndarray, rows: np.ndarray) -> np.ndarray:
        apart = np.maximum(near, self.reach_[rows]).mean(axis=1)
        return 1.0 / np.maximum(apart, self.least_apart_)

    def _judge(self, stretches: np.ndarray) -> np.ndarray:
        near, rows = nearest(self.known_, stretches, self.k_)
        return self.density_[rows].mean(axis=1) / self._density(near, rows)
