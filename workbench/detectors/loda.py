"""LODA: histograms of random sparse projections."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress
from workbench.detectors._rows import InMemory, Rows, widest
from workbench.detectors._space import Range, over
from workbench.detectors.base import Detector, Tags
from workbench.preparation.gate import LARGEST

__all__ = ["Loda"]

#: Rows that one thread takes at a time.
ROWS = 32_768
#: Share of a bin's width by which the outermost bins reach beyond the training rows.
HAIR = 1e-9


class Loda(Detector):
    """Finds rows that fall into empty bins of random projections: fast on many columns.

    PyOD's lookup takes the neighbouring bin; this one takes the right one, which lifts its
    mean ROC-AUC considerably.

    Parameters
    ----------
    n_random_cuts : int
        Projections.
    n_bins : int
        Bins a projection.
    random_state : int
        Seed of the projections.

    References
    ----------
    Pevný: LODA, Machine Learning 102, 2016.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 4))
    >>> scores = Loda().fit(X).decision_function([[0.0] * 4, [9.0] * 4])
    >>> bool(scores[1] > scores[0])
    True
    """

    tags = Tags(
        paper="Pevný 2016",
        cost="cuts · n · √d",
        good_at="many columns; streams",
        seeded=True,
        parts="exact",
    )
    space = over(n_random_cuts=Range(50, 400), n_bins=Range(5, 60, log=True))

    def __init__(self, n_random_cuts: int = 100, n_bins: int = 10, random_state: int = 0) -> None:
        self.n_random_cuts = n_random_cuts
        self.n_bins = n_bins
        self.random_state = random_state

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._learn_parts(InMemory(X, ROWS, progress))

    def _learn_parts(self, rows: Rows) -> None:
        if self.n_random_cuts < 1 or self.n_bins < 2:
            raise ParameterError(
                f"n_random_cuts must be at least 1 and n_bins at least 2, found "
                f"{self.n_random_cuts} and {self.n_bins}."
            )
        from workbench.detectors.kernels._histograms import cut_counts, cut_ends

        random = np.random.default_rng(self.random_state)
        used = max(1, int(np.sqrt(rows.width)))
        order = np.argsort(random.random((self.n_random_cuts, rows.width)), axis=1)
        columns = self.columns_ = order[:, :used]
        weights = self.weights_ = random.normal(size=columns.shape)

        def ends(X: np.ndarray) -> np.ndarray:
            found = np.empty((2, len(columns)))
            cut_ends(X, columns, weights, found[0], found[1])
            return found

        low, high = rows.reduce(ends, widest, "projecting")
        width = np.where(high > low, (high - low) / self.n_bins, 1.0)
        # A hair wider than the projections, so that rounding puts none of them outside.
        low = self.low_ = low - HAIR * width
        inverse = 1.0 / (width * (1.0 + 2.0 * HAIR))
        scale = self.scale_ = np.where(np.isfinite(inverse), inverse, 1.0)
        slots = self.n_bins + 2

        def count(X: np.ndarray) -> np.ndarray:
            found = np.zeros((len(columns), slots), np.int64)
            cut_counts(X, columns, weights, low, scale, found)
            return found

        counts = rows.reduce(count, np.add, "counting")
        # An empty bin, or a place outside of all bins, holds at most one of n + 1 rows.
        self.surprise_ = -np.log(np.maximum(counts, 1 / 2) / (rows.total + 1))

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._histograms import cut_surprise

        out = np.empty(len(X))
        threads().map(
            lambda part: cut_surprise(
                X[part], self.columns_, self.weights_, self.low_, self.scale_,
                self.surprise_, out[part],
            ),
            blocks(len(X), ROWS),
        )  # fmt: skip
        return out

    def _score_columns(self, columns: np.ndarray) -> np.ndarray:
        from workbench.detectors.kernels._histograms import cut_surprise_of_columns

        out = np.empty(columns.shape[1])
        cut_surprise_of_columns(
            columns, self.columns_, self.weights_, self.low_, self.scale_, self.surprise_, out
        )
        return out

    def _score_one(self, row: np.ndarray) -> float:
        from workbench.detectors.kernels._histograms import one_cut_surprise

        return one_cut_surprise(
            row, self.columns_, self.weights_, self.low_, self.scale_, self.surprise_, LARGEST
        )
