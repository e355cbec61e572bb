"""Sub-KNN: how far each stretch of a series is from the stretches most like it."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._nearest import nearest
from workbench.detectors._neighbours import checked_count
from workbench.detectors._space import Range, over
from workbench.detectors._stretches import StretchDetector
from workbench.detectors.base import Tags

__all__ = ["SubKnn"]


class SubKnn(StretchDetector):
    """Finds stretches that have no stretches alike, where normal ones come in several shapes.

    The score of a stretch is its distance to the k-th nearest of the learned stretches.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32.
    n_neighbors : int
        Which neighbour counts (TSB-AD: 10).
    normalise : bool
        Bring each stretch to mean 0 and spread 1 first: shape alone counts, not level.
    max_windows : int
        Most stretches to learn from, evenly spaced.

    References
    ----------
    Liu, Paparrizos: The elephant in the room (TSB-AD), NeurIPS 2024; Ramaswamy et al. 2000.

    Examples
    --------
    >>> wave = np.sin(np.arange(400) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200:212] += 2.0
    >>> 176 <= int(SubKnn(24).fit(wave).decision_function(wave).argmax()) <= 235
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Liu, Paparrizos 2024; Ramaswamy et al. 2000",
        cost="n · max_windows · w",
        good_at="several normal shapes; rare shapes",
        min_rows=6,
    )
    space = over(
        window=Range(8, 256, log=True),
        n_neighbors=Range(1, 60, log=True),
        normalise=(False, True),
    )

    def __init__(
        self,
        window: int | None = None,
        n_neighbors: int = 10,
        normalise: bool = False,
        max_windows: int = 2_000,
    ) -> None:
        self.window = window
        self.n_neighbors = n_neighbors
        self.normalise = normalise
        self.max_windows = max_windows

    def _learn(self, stretches: np.ndarray, progress: Progress) -> None:
        self.k_ = min(checked_count(self.n_neighbors), len(stretches))
        self.known_ = stretches

    def _judge(self, stretches: np.ndarray) -> np.ndarray:
        last = nearest(self.known_, stretches, self.k_)[1][:, -1]
        return np.linalg.norm(stretches - self.known_[last], axis=1)
