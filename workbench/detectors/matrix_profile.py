"""Matrix profile: how unlike every other stretch each stretch of a series is."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import shared_by_square
from workbench.detectors._windowed import choose_window
from workbench.detectors.base import Detector, Tags
from workbench.preparation.windows import spread_to_points

__all__ = ["MatrixProfile"]


class MatrixProfile(Detector):
    """Finds discords: stretches whose shape occurs nowhere else in the series.

    Training rows are compared with each other (a stretch is not its own neighbour), new rows
    with the training rows. A point's score is the mean distance of the stretches that cover
    it, the largest over the columns.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32.
    max_points : int
        Time grows with the square of the points: longer series are averaged down to this.

    References
    ----------
    Yeh et al.: Matrix profile I, ICDM 2016; Law: STUMPY, JOSS 2019.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200:212] *= -1
    >>> 188 <= int(MatrixProfile(24).fit(wave).decision_function(wave).argmax()) <= 224
    True
    """

    tags = Tags(
        kinds=("series",),
        library="stumpy",
        paper="Yeh et al. 2016",
        cost="d · n² (averaged down above max_points)",
        good_at="odd shapes in repetitive series such as heartbeats; the first call compiles",
        min_rows=12,
    )

    def __init__(self, window: int | None = None, max_points: int = 20_000) -> None:
        self.window = window
        self.max_points = max_points

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.window is not None and self.window < 3:
            raise ParameterError(f"window must be at least 3, found {self.window}.")
        if self.max_points < 100:
            raise ParameterError(f"max_points must be at least 100, found {self.max_points}.")
        self.factor_ = max(1, -(-len(X) // self.max_points))
        self.train_ = _averaged(X, self.factor_)
        self.rows_ = X.copy()
        wanted = -(-(self.window or choose_window(X)) // self.factor_)
        self.width_ = max(3, min(wanted, len(self.train_) // 4))
        # The same shape at tiny amplitude is noise: constant stretches are told by this.
        self.spread_ = X.std(axis=0)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self._columns(X).max(axis=1)

    def _columns(self, X: np.ndarray) -> np.ndarray:
        seen = X.shape == self.rows_.shape and np.array_equal(X, self.rows_)
        values = self.train_ if seen else _averaged(X, self.factor_)
        short = self.width_ + 1 - len(values)
        if short > 0:
            values = np.pad(values, ((0, short), (0, 0)), mode="edge")
        parts = np.empty(X.shape)
        for column in range(X.shape[1]):
            near = self._distances(values[:, column], None if seen else self.train_[:, column])
            points = np.repeat(spread_to_points(near, self.width_), self.factor_)
            parts[:, column] = points[: len(X)]
        return parts

    def _distances(self, values: np.ndarray, train: np.ndarray | None) -> np.ndarray:
        import stumpy

        if train is None:
            profile = stumpy.stump(values, self.width_)
        else:
            profile = stumpy.stump(values, self.width_, train, ignore_trivial=False)
        near = np.asarray(profile[:, 0], dtype=np.float64)
        # No neighbour outside of the exclusion zone: as far as two z-normalised windows can be.
        return np.where(np.isfinite(near), near, 2.0 * np.sqrt(self.width_))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return shared_by_square(self._columns(X)[rows])


def _averaged(X: np.ndarray, factor: int) -> np.ndarray:
    """Return means over ``factor`` rows each; the last rows are repeated to fill up."""
    if factor == 1:
        return X.copy()
    filled = np.pad(X, ((0, -len(X) % factor), (0, 0)), mode="edge")
    return filled.reshape(-1, factor, X.shape[1]).mean(axis=1)
