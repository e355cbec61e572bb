"""Matrix profile: how unlike every other stretch each stretch of a series is."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import shared_by_square
from workbench.detectors._space import Range, over
from workbench.detectors._windowed import choose_window
from workbench.detectors.base import Detector, Tags
from workbench.preparation.windows import spread_to_points

__all__ = ["MatrixProfile"]


class MatrixProfile(Detector):
    """Finds discords: stretches whose shape occurs nowhere else in the series.

    Training rows are compared with each other (a stretch is not its own neighbour), new rows
    with the training rows. A point's score is the mean distance of the stretches that cover
    it: that of the oddest column, or of all columns together.

    Parameters
    ----------
    window : int or None
        Points a stretch; None takes the dominant period, else 32.
    max_points : int
        Time grows with the square of the points: longer series are averaged down to this, and
        to this over √d for d columns.
    columns : {"any", "all"}
        What counts in several columns: the largest distance of one column, or the root of the
        sum of squares over all (a discord in many columns at once).

    References
    ----------
    Yeh et al.: Matrix profile I, ICDM 2016; Yeh, Kavantzas, Keogh: Matrix profile VI, ICDM
    2017 (many columns). The distances are stumpy's (Law: STUMPY, JOSS 2019), from a kernel of
    our own that is compiled once and cached.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200:212] *= -1
    >>> 188 <= int(MatrixProfile(24).fit(wave).decision_function(wave).argmax()) <= 224
    True
    """

    explained = (
        "Each feature has its own nearest stretch; parts grow with the square of that distance."
    )

    tags = Tags(
        kinds=("series",),
        paper="Yeh et al. 2016, 2017",
        cost="n² (averaged down above max_points)",
        good_at="odd shapes in repetitive series such as heartbeats",
        min_rows=12,
    )
    space = over(window=Range(8, 256, log=True))

    def __init__(
        self, window: int | None = None, max_points: int = 20_000, columns: str = "any"
    ) -> None:
        self.window = window
        self.max_points = max_points
        self.columns = columns

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.window is not None and self.window < 3:
            raise ParameterError(f"window must be at least 3, found {self.window}.")
        if self.max_points < 100:
            raise ParameterError(f"max_points must be at least 100, found {self.max_points}.")
        if self.columns not in ("any", "all"):
            raise ParameterError(f"columns must be 'any' or 'all', found {self.columns!r}.")
        most = max(100, int(self.max_points / np.sqrt(X.shape[1])))
        self.factor_ = max(1, -(-len(X) // most))
        self.train_ = _averaged(X, self.factor_)
        self.rows_ = X.copy()
        wanted = -(-(self.window or choose_window(X)) // self.factor_)
        self.width_ = max(3, min(wanted, len(self.train_) // 4))
        # The same shape at tiny amplitude is rounding: constant stretches are told by this.
        self.least_ = 1e-7 * self.train_.std(axis=0) + 1e-10 * np.abs(self.train_).max(axis=0)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        parts = self._columns(X)
        if self.columns == "any":
            return parts.max(axis=1)
        return np.asarray(np.sqrt((parts**2).sum(axis=1)))

    def _columns(self, X: np.ndarray) -> np.ndarray:
        from workbench.detectors._profile import nearest_distances

        seen = X.shape == self.rows_.shape and np.array_equal(X, self.rows_)
        values = self.train_ if seen else _averaged(X, self.factor_)
        short = self.width_ + 1 - len(values)
        if short > 0:
            values = np.pad(values, ((0, short), (0, 0)), mode="edge")
        parts = np.empty(X.shape)
        for column in range(X.shape[1]):
            near = nearest_distances(
                values[:, column],
                self.width_,
                None if seen else self.train_[:, column],
                float(self.least_[column]),
            )
            points = np.repeat(spread_to_points(near, self.width_), self.factor_)
            parts[:, column] = points[: len(X)]
        return parts

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        parts = self._columns(X)[rows]
        if self.columns == "any":
            return shared_by_square(parts)
        total = np.sqrt((parts**2).sum(axis=1, keepdims=True))
        return np.zeros(len(rows)), parts**2 / np.where(total > 0.0, total, 1.0)


def _averaged(X: np.ndarray, factor: int) -> np.ndarray:
    """Return means over ``factor`` rows each; the last rows are repeated to fill up."""
    if factor == 1:
        return X.copy()
    filled = np.pad(X, ((0, -len(X) % factor), (0, 0)), mode="edge")
    return filled.reshape(-1, factor, X.shape[1]).mean(axis=1)
