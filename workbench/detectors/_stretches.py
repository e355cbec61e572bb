"""Detectors that judge stretches of a series; a point gets the mean of those that cover it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._switching import (
    alike,
    over_points,
    piece_parts,
    switched_parts,
    thinned,
    typical_stretches,
)
from workbench.detectors._windowed import common_width
from workbench.detectors.base import Detector
from workbench.preparation.windows import sliding_windows, spread_to_points

__all__ = ["StretchDetector"]

#: Cells of stretches held at once while scoring (64 MiB of float64), and learned from.
BLOCK_CELLS, LEARNED_CELLS = 2**23, 2**22


class StretchDetector(Detector):
    """Learns what stretches of a series look like; a subclass says how a stretch is judged.

    A subclass stores ``window`` (points a stretch, None for the dominant period, else 32),
    ``normalise`` (whether each stretch is brought to mean 0 and spread 1 in each column, so that
    shape alone counts) and ``max_windows`` (most stretches to learn from, evenly spaced).
    """

    window: int | None
    normalise: bool
    max_windows: int

    explained = (
        "What the score of the stretches over the row loses as one column after the other becomes "
        "like that of the most similar usual stretch."
    )

    # Fitted state.
    width_: int

    @abstractmethod
    def _learn(self, stretches: np.ndarray, progress: Progress) -> None:
        """Learn from stretches, (m, pieces·d)."""

    @abstractmethod
    def _judge(self, stretches: np.ndarray) -> np.ndarray:
        """Return one score a stretch, (m,)."""

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._fit_tables([X], progress)

    def fit_many(self, tables: list[np.ndarray], progress: Progress | None = None) -> Self:
        """Learn from many series at once: no stretch reaches over two of them. Returns self."""
        with self._typed_errors("learn from"):
            self._fit_tables(tables, progress or Progress())
        self.n_features_ = tables[0].shape[1]
        return self

    def _fit_tables(self, tables: list[np.ndarray], progress: Progress) -> None:
        if self.window is not None and self.window < 2:
            raise ParameterError(f"window must be at least 2, found {self.window}.")
        if self.max_windows < 10:
            raise ParameterError(f"max_windows must be at least 10, found {self.max_windows}.")
        self.width_ = common_width(self.window, tables)
        # A stretch that hardly moves against the whole column is noise blown up by its scaling.
        whole = np.concatenate(tables)
        self.least_ = np.maximum(
            1e-3 * whole.std(axis=0), 1e-12 * (1.0 + np.abs(whole).max(axis=0))
        )
        progress.step(0.1, "cutting stretches")
        known = self._known([self._padded(X) for X in tables])
        progress.step(0.3, "learning stretches")
        self._learn(known, progress.part(0.3, 0.9))
        self.typical_ = typical_stretches(known, self._judge)

    def _known(self, tables: list[np.ndarray]) -> np.ndarray:
        """Cut at most ``max_windows`` stretches, evenly spaced, so that memory stays bounded."""
        counts = np.array([len(X) - self.width_ + 1 for X in tables])
        total = int(counts.sum())
        cells = min(self.width_, 32) * tables[0].shape[1]
        most = min(self.max_windows, max(1_000, LEARNED_CELLS // cells))
        if total <= most:
            return np.concatenate([self._cut(X) for X in tables])
        wanted = np.linspace(0, total - 1, most).astype(int)
        ends = np.cumsum(counts)
        owner = np.searchsorted(ends, wanted, side="right")
        starts = wanted - (ends - counts)[owner]
        pieces = [
            self._cut(tables[number][at : at + self.width_])
            for number, at in zip(owner, starts, strict=True)
        ]
        return np.concatenate(pieces)

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        X = self._padded(X)
        count = len(X) - self.width_ + 1
        block = max(1, BLOCK_CELLS // (min(self.width_, 32) * X.shape[1]))
        scores = np.concatenate(
            [
                self._judge(self._cut(X[start : min(start + block, count) + self.width_ - 1]))
                for start in range(0, count, block)
            ]
        )
        return spread_to_points(scores, self.width_)

    def _cut(self, X: np.ndarray) -> np.ndarray:
        stretches = sliding_windows(X, self.width_)
        if not self.normalise:
            return stretches
        shaped = stretches.reshape(len(stretches), X.shape[1], -1)
        centred = shaped - shaped.mean(axis=2, keepdims=True)
        spread = shaped.std(axis=2, keepdims=True)
        usable = spread > self.least_[None, :, None]
        return np.where(usable, centred / np.where(usable, spread, 1.0), 0.0).reshape(
            len(stretches), -1
        )

    def _padded(self, X: np.ndarray) -> np.ndarray:
        """A series shorter than a stretch goes on with its last value."""
        return np.pad(X, ((0, max(0, self.width_ - len(X))), (0, 0)), mode="edge")

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        padded = self._padded(X)
        last = len(padded) - self.width_
        base, parts = np.empty(len(rows)), np.empty((len(rows), X.shape[1]))
        for place, row in enumerate(rows):
            first = max(0, row - self.width_ + 1)
            covering = self._cut(padded[first : min(row, last) + self.width_])
            base[place], parts[place] = switched_parts(
                self._judge, covering, self.typical_, X.shape[1]
            )
        return base, parts

    def parts_over_time(
        self, X: np.ndarray, row: int, time: np.ndarray | None = None
    ) -> tuple[int, np.ndarray]:
        """Return the first point of the stretches over a row, and weights by column and point.

        Weights (d, points) tell by how much the score drops as pieces of a stretch become like
        those of the most similar usual one.
        """
        padded = self._padded(X)
        first = max(0, row - self.width_ + 1)
        covering = self._cut(padded[first : min(row, len(padded) - self.width_) + self.width_])
        few = thinned(len(covering))
        usual = alike(self.typical_, covering[few])
        parts = piece_parts(self._judge, covering[few], usual, X.shape[1])
        start, found = over_points(parts, first + few, self.width_)
        return start, found[:, : len(X) - start]

    def remark(self, X: np.ndarray, row: int, column: int, time: np.ndarray | None = None) -> str:
        """Return what is odd where the value itself is not: the course of its stretch."""
        return f"its course over {self.width_} points is unusual"
