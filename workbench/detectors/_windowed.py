"""Any tabular detector on a series: it sees windows, its scores come back to points."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._sharpness import Sharpness
from workbench.detectors._switching import (
    alike,
    over_points,
    piece_parts,
    switched_parts,
    thinned,
    typical_stretches,
)
from workbench.detectors.base import Detector, Tags
from workbench.preparation.windows import (
    find_period,
    sliding_windows,
    spread_to_points,
)

__all__ = ["Windowed", "choose_window", "common_width", "for_series"]

#: Window where the series has no period (as in TSB-AD's fallback, rounded).
FALLBACK = 32
#: Longest window that a period may ask for.
LONGEST = 512


class Windowed(Detector):
    """Lets a tabular detector judge stretches of a series instead of single points.

    A point gets the mean score of the windows that cover it. What these windows score above
    the usual is raised by up to twofold where the point itself deviates from the median around
    it, so that of all points under the same odd windows the odd point comes first.

    Parameters
    ----------
    inner : Detector
        The tabular detector, unfitted.
    window : int or None
        Points a window; None takes the dominant period, else 32.
    """

    tags = Tags(kinds=("series",), min_rows=4)

    def __init__(self, inner: Detector, window: int | None = None) -> None:
        self.inner = inner
        self.window = window

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return {"inner": None, "window": None}

    def clone(self) -> Windowed:
        return Windowed(self.inner.clone(), self.window)

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        self._fit_tables([X], progress)

    def fit_many(self, tables: list[np.ndarray], progress: Progress | None = None) -> Windowed:
        """Learn from many series at once: no window reaches over two of them. Returns self."""
        with self._typed_errors("learn from"):
            self._fit_tables(tables, progress or Progress())
        self.n_features_ = tables[0].shape[1]
        return self

    def _fit_tables(self, tables: list[np.ndarray], progress: Progress) -> None:
        if self.window is not None and self.window < 1:
            raise ParameterError(f"window must be at least 1, found {self.window}.")
        self.width_ = common_width(self.window, tables)
        windows = np.concatenate([sliding_windows(self._padded(X), self.width_) for X in tables])
        self.inner_ = self.inner.clone().fit(windows, progress=progress)
        # Only needed where the inner detector does not explain itself.
        alone = self.inner_.contributions(windows[:1], [0]) is None
        judge = self.inner_.decision_function
        self.typical_ = typical_stretches(windows, judge) if alone else None
        self.sharpness_ = Sharpness(self.width_).fit(tables)
        self.usual_score_ = float(np.median(np.concatenate([self._spread(X) for X in tables])))

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self.sharpness_.sharpen(self._spread(X), self.usual_score_, X)

    def _spread(self, X: np.ndarray) -> np.ndarray:
        scores = self.inner_.decision_function(sliding_windows(self._padded(X), self.width_))
        return spread_to_points(scores, self.width_)[: len(X)]

    def _padded(self, X: np.ndarray) -> np.ndarray:
        """A series shorter than a window goes on with its last value."""
        return np.pad(X, ((0, max(0, self.width_ - len(X))), (0, 0)), mode="edge")

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        windows = sliding_windows(self._padded(X), self.width_)
        base, parts = np.empty(len(rows)), np.empty((len(rows), X.shape[1]))
        for place, row in enumerate(rows):
            covering = windows[self._covering(row, len(windows))]
            own = self._own_parts(covering)
            if own is not None:
                base[place] = own[0].mean()
                by_column = own[1].mean(axis=0).reshape(X.shape[1], -1)
                parts[place] = by_column.sum(axis=1)
            else:
                assert self.typical_ is not None
                base[place], parts[place] = switched_parts(
                    self.inner_.decision_function, covering, self.typical_, X.shape[1]
                )
        sharp = self.sharpness_.of(X)[rows]
        return self.sharpness_.stretch(base, parts, self.usual_score_, sharp)

    def _own_parts(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        if self.typical_ is not None:
            return None
        return self.inner_.contributions(windows, np.arange(len(windows)))

    def _covering(self, row: int, count: int) -> np.ndarray:
        """Return the windows, of ``count``, that cover a row."""
        return np.arange(max(0, row - self.width_ + 1), min(row, count - 1) + 1)

    def parts_over_time(
        self, X: np.ndarray, row: int, time: np.ndarray | None = None
    ) -> tuple[int, np.ndarray]:
        """Return the first point of the windows over a row, and weights by column and point.

        Weights (d, points) are the inner detector's own parts, or by how much the score drops
        as pieces become like those of the most similar usual window.
        """
        windows = sliding_windows(self._padded(X), self.width_)
        starts = self._covering(row, len(windows))
        own = self._own_parts(windows[starts])
        if own is not None:
            parts = own[1].reshape(len(starts), X.shape[1], -1)
        else:
            assert self.typical_ is not None
            starts = starts[thinned(len(starts))]
            usual = alike(self.typical_, windows[starts])
            judge = self.inner_.decision_function
            parts = piece_parts(judge, windows[starts], usual, X.shape[1])
        first, found = over_points(parts, starts, self.width_)
        return first, found[:, : len(X) - first]

    def remark(self, X: np.ndarray, row: int, column: int, time: np.ndarray | None = None) -> str:
        """Return what is odd where the value itself is not: the course of its window."""
        return f"its course over {self.width_} points is unusual"


def for_series(detector: Detector, window: int | None) -> Detector:
    """Return what judges a series: the detector itself, or windows for a tabular one.

    A detector that is made of others (an ensemble) has a method of this name.
    """
    own = getattr(detector, "for_series", None)
    if own is not None:
        made: Detector = own(window)
        return made
    return detector if "series" in detector.tags.kinds else Windowed(detector, window)


def choose_window(X: np.ndarray) -> int:
    """Return the median period of the columns of (n, d) values, else the fallback."""
    periods = [find_period(X[:, column], longest=LONGEST) for column in range(X.shape[1])]
    found = [period for period in periods if period]
    return int(np.median(found)) if found else FALLBACK


def common_width(window: int | None, tables: list[np.ndarray]) -> int:
    """Return a window for all of some series: as asked, or the median of what suits each.

    At most a third of the median length.
    """
    wanted = window or int(np.median([choose_window(X) for X in tables]))
    return max(1, min(wanted, int(np.median([len(X) for X in tables])) // 3))
