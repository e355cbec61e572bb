"""KShapeAD: stretches of a series against a few typical shapes, shifted and scaled at will."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import shared_by_square
from workbench.detectors._nearest import nearest
from workbench.detectors._windowed import choose_window
from workbench.detectors.base import Detector, Tags
from workbench.preparation.windows import spread_to_points

__all__ = ["Kshape"]

#: Longest stretch looked at point by point; longer ones are averaged down to this.
LONGEST = 32


class Kshape(Detector):
    """Finds shapes that are none of the usual ones, in series with a few recurring shapes.

    k-Shape clusters long stretches (four windows) of each column; a window's score is its
    distance from the most similar place of each cluster's centre, weighted by how large and how
    central the cluster is. The row's score is the largest over the columns.

    Parameters
    ----------
    window : int or None
        Points a window; None takes the dominant period, else 32.
    n_clusters : int
        Shapes to keep (TSB-AD: 6).
    max_windows : int
        Most long stretches to cluster, evenly spaced.
    random_state : int
        Seed of the first clusters.

    References
    ----------
    Boniol et al.: SAND, VLDB 2021, offline as KShapeAD in TSB-AD (Liu, Paparrizos, NeurIPS
    2024); Paparrizos, Gravano: k-Shape, SIGMOD 2015.

    Examples
    --------
    >>> wave = np.sin(np.arange(600) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[300:312] *= -1
    >>> 276 <= int(Kshape(24).fit(wave).decision_function(wave).argmax()) <= 336
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Boniol et al. 2021; Paparrizos, Gravano 2015",
        cost="d · n · clusters · w²",
        good_at="odd shapes where levels and amplitudes wander",
        min_rows=12,
        seeded=True,
    )

    def __init__(
        self,
        window: int | None = None,
        n_clusters: int = 6,
        max_windows: int = 500,
        random_state: int = 0,
    ) -> None:
        self.window = window
        self.n_clusters = n_clusters
        self.max_windows = max_windows
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.window is not None and self.window < 3:
            raise ParameterError(f"window must be at least 3, found {self.window}.")
        if self.n_clusters < 1 or self.max_windows < 1:
            raise ParameterError(
                f"n_clusters and max_windows must be at least 1, found {self.n_clusters} and "
                f"{self.max_windows}."
            )
        wanted = max(3, min(self.window or choose_window(X), len(X) // 4))
        self.factor_ = max(1, -(-wanted // LONGEST))
        self.width_ = max(3, wanted // self.factor_)
        self.least_ = 1e-3 * X.std(axis=0) + 1e-12 * (1.0 + np.abs(X).max(axis=0))
        self.columns_: list[dict[str, Any]] = []
        for column in range(X.shape[1]):
            progress.step(column / X.shape[1], "clustering shapes")
            values = _averaged(X[:, column], self.factor_)
            self.columns_.append(self._learn(values, float(self.least_[column])))

    def _learn(self, values: np.ndarray, least: float) -> dict[str, Any]:
        from workbench.detectors._shapes import cluster_shapes, shape_distances

        long = min(4 * self.width_, len(values))
        count = len(values) - long + 1
        # Every 1.5 windows (TSB-AD), or fewer where there are very many.
        hop = max(1, int(1.5 * self.width_), -(-count // self.max_windows))
        view = np.lib.stride_tricks.sliding_window_view(values, long)[::hop]
        stretches = _shaped(view, least)
        clusters = min(self.n_clusters, len(stretches))
        centres, cluster = cluster_shapes(stretches, clusters, self.random_state)
        sizes = np.bincount(cluster, minlength=clusters).astype(float)
        apart = np.array([shape_distances(centres, centre)[0].sum() for centre in centres])
        # A cluster counts by its size squared over its distance from the others (SAND, eq. 4).
        weight = sizes**2 / np.maximum(apart, 1e-3)
        pieces = [
            _shaped(np.lib.stride_tricks.sliding_window_view(centre, self.width_), 1e-3)
            for centre in centres
        ]
        return {"weight": weight / weight.sum(), "pieces": pieces}

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(self._columns(X).max(axis=1))

    def _columns(self, X: np.ndarray) -> np.ndarray:
        parts = np.empty(X.shape)
        for column, kept in enumerate(self.columns_):
            values = _averaged(X[:, column], self.factor_)
            values = np.pad(values, (0, max(0, self.width_ - len(values))), mode="edge")
            windows = _shaped(
                np.lib.stride_tricks.sliding_window_view(values, self.width_),
                float(self.least_[column]),
            )
            score = np.zeros(len(windows))
            for weight, pieces in zip(kept["weight"], kept["pieces"], strict=True):
                if weight > 0.0:
                    score += weight * nearest(pieces, windows, 1)[0][:, 0]
            points = np.repeat(spread_to_points(score, self.width_), self.factor_)
            parts[:, column] = points[: len(X)]
        return parts

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return shared_by_square(self._columns(X)[rows])

    def remark(self, X: np.ndarray, row: int, column: int, time: np.ndarray | None = None) -> str:
        """Return what is odd where the value itself is not: the shape around it."""
        return f"the shape over {self.width_ * self.factor_} points is none of the usual ones"


def _averaged(values: np.ndarray, factor: int) -> np.ndarray:
    """Return means over ``factor`` points each; the last value is repeated to fill up."""
    filled = np.pad(values, (0, -len(values) % factor), mode="edge")
    return np.asarray(filled.reshape(-1, factor).mean(axis=1))


def _shaped(view: np.ndarray, least: float) -> np.ndarray:
    """Return stretches with mean 0 and spread 1; zeros where one hardly moves."""
    centred = view - view.mean(axis=1, keepdims=True)
    spread = view.std(axis=1, keepdims=True)
    return np.asarray(np.where(spread > least, centred / np.where(spread > least, spread, 1.0), 0))
