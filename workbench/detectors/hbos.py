"""HBOS: how empty the histogram bin of each value is."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress
from workbench.detectors._additive import AdditiveDetector
from workbench.detectors._rows import InMemory, Rows, column_ends, widest
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags
from workbench.preparation.gate import LARGEST

__all__ = ["Hbos"]

#: Rows that one thread takes at a time.
ROWS = 65_536


class Hbos(AdditiveDetector):
    """Finds rare values fast, column by column, and says exactly which column it was.

    The score adds −log2(height + alpha) over the columns, with equal-width bins whose fullest
    has height 1, so that every column weighs the same in any unit (as in the paper; PyOD takes
    densities, which weigh columns by their units). A value outside of the bins by at most
    ``tol`` bin widths takes the nearest bin; one further out counts as an empty bin.

    Parameters
    ----------
    n_bins : int
        Bins a column.
    alpha : float
        Keeps empty bins finite, in (0, 1).
    tol : float
        Reach of the outermost bins, in bin widths, in (0, 1).

    References
    ----------
    Goldstein, Dengel: Histogram-based Outlier Score, KI 2012.

    Examples
    --------
    >>> X = np.arange(50.0).reshape(-1, 1)
    >>> scores = Hbos().fit(X).decision_function([[25.0], [500.0]])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Goldstein, Dengel 2012",
        cost="d · n",
        good_at="very many rows; independent columns",
        exact=True,
        parts="exact",
    )
    space = over(n_bins=Range(4, 80, log=True))

    def __init__(self, n_bins: int = 10, alpha: float = 0.1, tol: float = 0.5) -> None:
        self.n_bins = n_bins
        self.alpha = alpha
        self.tol = tol

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._learn_parts(InMemory(X, ROWS, progress))

    def _learn_parts(self, rows: Rows) -> None:
        if not isinstance(self.n_bins, int) or self.n_bins < 2:
            raise ParameterError(
                f"n_bins must be a whole number of at least 2, found {self.n_bins}."
            )
        if not 0.0 < self.alpha < 1.0 or not 0.0 < self.tol < 1.0:
            raise ParameterError(
                f"alpha and tol must lie in (0, 1), found {self.alpha} and {self.tol}."
            )
        from workbench.detectors.kernels._histograms import bin_counts

        low, high = rows.reduce(column_ends, widest, "measuring")
        bins, bin_width = self.n_bins, (high - low) / self.n_bins
        self.low_, self.bin_width_ = low, bin_width

        def count(X: np.ndarray) -> np.ndarray:
            found = np.zeros((X.shape[1], bins + 1), np.int64)
            bin_counts(X, low, bin_width, bins, found)
            return found

        counts = rows.reduce(count, np.add, "counting")
        self.surprise_ = np.zeros((rows.width, bins + 1))
        varies = bin_width > 0
        height = counts[varies, :bins] / counts[varies].max(axis=1, keepdims=True)
        self.surprise_[varies, :bins] = -np.log2(height + self.alpha)
        self.surprise_[varies, bins] = -np.log2(self.alpha)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._histograms import bin_surprise

        out = np.empty(len(X))
        threads().map(
            lambda part: bin_surprise(
                X[part], self.low_, self.bin_width_, self.n_bins, self.tol,
                self.surprise_, out[part],
            ),
            blocks(len(X), ROWS),
        )  # fmt: skip
        return out

    def _score_columns(self, columns: np.ndarray) -> np.ndarray:
        from workbench.detectors.kernels._histograms import column_surprise

        out = np.empty(columns.shape[1])
        column_surprise(
            columns, self.low_, self.bin_width_, self.n_bins, self.tol, self.surprise_, out
        )
        return out

    def _score_one(self, row: np.ndarray) -> float:
        from workbench.detectors.kernels._histograms import one_bin_surprise

        return one_bin_surprise(
            row, self.low_, self.bin_width_, self.n_bins, self.tol, self.surprise_, LARGEST
        )

    def _bins(self, values: np.ndarray, column: int) -> np.ndarray:
        """Bin numbers; ``n_bins`` stands for "outside of all bins"."""
        place = (values - self.low_[column]) * (1.0 / self.bin_width_[column])
        inside = np.clip(np.floor(place), 0, self.n_bins - 1)
        outside = (place < -self.tol) | (place > self.n_bins + self.tol)
        return np.where(outside, self.n_bins, inside).astype(np.intp)

    def _parts(self, X: np.ndarray) -> np.ndarray:
        parts = np.zeros(X.shape)
        for column in np.flatnonzero(self.bin_width_ > 0).tolist():
            parts[:, column] = self.surprise_[column, self._bins(X[:, column], column)]
        return parts

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        # The fullest bin is where a column starts: what is usual adds nothing.
        usual = self.surprise_[:, : self.n_bins].min(axis=1)
        return np.full(len(rows), usual.sum()), self._parts(X[rows]) - usual
