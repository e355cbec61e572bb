"""Empirical tails of each column, frozen at fit: the shared ground of ECOD and COPOD."""

from __future__ import annotations

import numpy as np

from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress
from workbench.detectors._additive import AdditiveDetector
from workbench.detectors._rows import Rows
from workbench.detectors._sketched_tails import SketchedTails
from workbench.preparation.gate import LARGEST

__all__ = ["TailDetector", "Tails"]

#: Rows that one thread looks up at a time.
ROWS = 8_192
#: From this many rows on, memory decides how many columns are sorted at once: a column needs
#: four times its own size, so one in four keeps the peak below twice the table.
LONG, COLUMNS_EACH = 65_536, 4


class Tails:
    """Knows for each column how rare a value this low or this high is.

    PyOD's ECOD and COPOD rank new rows together with the training rows, so that a row scores
    differently alone than in a batch. Here the ranks are those of the training rows, and a
    value beyond all of them goes on growing with the logarithm of its distance.

    Attributes
    ----------
    known_ : numpy.ndarray of shape (d, n)
        The training values of each column in their order.
    varies_, skew_ : numpy.ndarray of shape (d,)
        Whether a column has two different values; the sign of its skewness.
    """

    def fit(self, X: np.ndarray, progress: Progress) -> Tails:
        """Sort each column of ``X`` (n, d) once; returns self."""
        self._empty(X)

        def learn(column: int) -> None:
            self.known_[column] = X[:, column]
            self.known_[column].sort()
            self._describe(column)

        threads().map(learn, range(X.shape[1]), progress=progress, stage="sorting columns")
        return self

    def fit_score(self, X: np.ndarray, copod: bool, progress: Progress) -> np.ndarray:
        """Learn and score the same rows (n,), with one sort a column."""
        self._empty(X)
        return self._by_sorting(X, copod, learn=True, progress=progress)

    def score(self, X: np.ndarray, copod: bool) -> np.ndarray:
        """Return the scores (n,) of any rows."""
        # Sorting pays where the rows are not few beside the known ones.
        if len(X) > 1_024 and len(X) > self.known_.shape[1] // 32:
            return self._by_sorting(X, copod, learn=False, progress=Progress())
        # In the order of the columns, as everywhere: the sum must not depend on the way.
        total = np.zeros(len(X))
        for part in self.parts(X, copod).T:
            total += part
        return total

    def score_one(self, row: np.ndarray, copod: bool) -> float:
        """Return the score of one row, NaN where a value cannot be used."""
        from workbench.detectors.kernels._ranks import one_surprise

        return one_surprise(row, self.known_, self.varies_, self.skew_, copod, LARGEST)

    def parts(self, X: np.ndarray, copod: bool) -> np.ndarray:
        """Return what each value adds to its row's score, (n, d)."""
        from workbench.detectors.kernels._ranks import row_surprises

        parts = np.empty(X.shape)
        threads().map(
            lambda rows: row_surprises(
                X[rows], self.known_, self.varies_, self.skew_, copod, parts[rows]
            ),
            blocks(len(X), ROWS),
        )
        return parts

    def _empty(self, X: np.ndarray) -> None:
        self.known_ = np.empty((X.shape[1], len(X)))
        self.varies_ = np.zeros(X.shape[1], dtype=bool)
        self.skew_ = np.zeros(X.shape[1])

    def _describe(self, column: int) -> None:
        from workbench.detectors.kernels._ranks import sign_of_skew

        known = self.known_[column]
        self.varies_[column] = known[-1] > known[0]
        self.skew_[column] = sign_of_skew(known)

    def _by_sorting(
        self, X: np.ndarray, copod: bool, *, learn: bool, progress: Progress
    ) -> np.ndarray:
        from workbench.detectors.kernels._ranks import log_table, pack, sorted_surprises, unpack

        rows, width = X.shape
        bits = max(1, (rows - 1).bit_length())
        table = log_table(self.known_.shape[1])

        def column_parts(column: int) -> np.ndarray | None:
            values, words = np.empty(rows), np.empty(rows, np.uint64)
            words = pack(X, column, values, words, bits)
            ordered = self.known_[column] if learn else np.empty(rows)
            unpack(words, values, bits, ordered)
            if learn:
                self._describe(column)
            if not self.varies_[column]:
                return None
            known, skew = self.known_[column], self.skew_[column]
            sorted_surprises(words, ordered, bits, known, learn, skew, copod, table, values)
            return values

        # As many columns at a time as there are threads, added up in their order: sums do not
        # depend on the threads, and no matrix of parts is made.
        run = threads()
        at_once = run.workers if rows < LONG else min(run.workers, max(1, width // COLUMNS_EACH))
        total = np.zeros(rows)
        for some in blocks(width, at_once):
            progress.step(some.start / width, "ranking columns")
            _add(total, run.map(column_parts, range(some.start, some.stop)))
        return total


def _add(total: np.ndarray, parts: list[np.ndarray | None]) -> None:
    """Add in the order of the columns; a function of its own, so that the parts are freed."""
    for part in parts:
        if part is not None:
            total += part


class TailDetector(AdditiveDetector):
    """What ECOD and COPOD share; they differ in how the two tails of a value are joined."""

    _copod: bool
    tails_: Tails | SketchedTails

    def _learn_parts(self, rows: Rows) -> None:
        self.tails_ = SketchedTails().learn(rows, self._copod)

    @property
    def rank_error_(self) -> float:
        """How far a rank may be off, as a share of all rows: 0 where every value was kept."""
        return getattr(self.tails_, "rank_error_", 0.0)

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self.tails_ = Tails().fit(X, progress)

    def _fit_score(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> np.ndarray:
        tails = self.tails_ = Tails()
        return tails.fit_score(X, self._copod, progress)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self.tails_.score(X, self._copod)

    def _score_columns(self, columns: np.ndarray) -> np.ndarray:
        if isinstance(self.tails_, SketchedTails):
            return self.tails_.score_columns(columns)
        return super()._score_columns(columns)

    def _score_one(self, row: np.ndarray) -> float:
        return self.tails_.score_one(row, self._copod)

    def _parts(self, X: np.ndarray) -> np.ndarray:
        return self.tails_.parts(X, self._copod)
