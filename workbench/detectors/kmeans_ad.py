"""KMeansAD: how far each stretch of a series is from the nearest of a few typical stretches."""

from __future__ import annotations

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._nearest import nearest
from workbench.detectors._space import Range, over
from workbench.detectors._stretches import StretchDetector
from workbench.detectors.base import Tags

__all__ = ["KmeansAd"]

#: Rounds of Lloyd's algorithm; it settles long before on stretches of a series.
MOST_TURNS = 50


class KmeansAd(StretchDetector):
    """Finds stretches unlike a few typical ones, fast at scoring and with little memory.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32 (TSB-AD: 20, or the period).
    n_clusters : int
        Typical stretches to keep (TSB-AD: 20).
    normalise : bool
        Bring each stretch to mean 0 and spread 1 first: shape alone counts, not level.
    max_windows : int
        Most stretches to learn from, evenly spaced.
    random_state : int
        Seed of the first centres.

    References
    ----------
    Yairi et al.: Fault detection by mining association rules from house-keeping data, 2001;
    TSB-AD's KMeansAD (Liu, Paparrizos, NeurIPS 2024).

    Examples
    --------
    >>> wave = np.sin(np.arange(400) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200:212] += 2.0
    >>> 176 <= int(KmeansAd(24, 8).fit(wave).decision_function(wave).argmax()) <= 235
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Yairi et al. 2001; Liu, Paparrizos 2024",
        cost="n · clusters · w",
        good_at="long series with a few recurring shapes",
        min_rows=6,
        seeded=True,
    )
    space = over(
        window=Range(8, 256, log=True),
        n_clusters=Range(4, 60, log=True),
        normalise=(False, True),
    )

    def __init__(
        self,
        window: int | None = None,
        n_clusters: int = 20,
        normalise: bool = False,
        max_windows: int = 10_000,
        random_state: int = 0,
    ) -> None:
        self.window = window
        self.n_clusters = n_clusters
        self.normalise = normalise
        self.max_windows = max_windows
        self.random_state = random_state

    def _learn(self, stretches: np.ndarray, progress: Progress) -> None:
        count = max(1, min(self.n_clusters, len(stretches) // 3))
        random = np.random.default_rng(self.random_state)
        centres = stretches[_spread_out(stretches, count, random)].copy()
        cluster = np.full(len(stretches), -1)
        for _ in range(MOST_TURNS):
            fresh = nearest(centres, stretches, 1)[1][:, 0]
            if np.array_equal(fresh, cluster):
                break
            cluster = fresh
            sizes = np.bincount(cluster, minlength=count)
            order = np.argsort(cluster, kind="stable")
            starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])[sizes > 0]
            sums = np.add.reduceat(stretches[order], starts, axis=0)
            centres[sizes > 0] = sums / sizes[sizes > 0, None]
        self.centres_ = centres

    def _judge(self, stretches: np.ndarray) -> np.ndarray:
        own = nearest(self.centres_, stretches, 1)[1][:, 0]
        return np.linalg.norm(stretches - self.centres_[own], axis=1)


def _spread_out(stretches: np.ndarray, count: int, random: np.random.Generator) -> list[int]:
    """Return positions of first centres, each drawn by its squared distance (k-means++)."""
    chosen = [int(random.integers(len(stretches)))]
    apart = np.full(len(stretches), np.inf)
    for _ in range(count - 1):
        apart = np.minimum(apart, ((stretches - stretches[chosen[-1]]) ** 2).sum(axis=1))
        total = float(apart.sum())
        if total <= 0.0:
            chosen.append(int(random.integers(len(stretches))))
            continue
        chosen.append(int(np.searchsorted(np.cumsum(apart), random.random() * total)))
    return [min(place, len(stretches) - 1) for place in chosen]
