"""Robust exponential smoothing: how far a value is from its moving level and season."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.detectors._additive import shared_by_square
from workbench.detectors._online import OnlineDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags

__all__ = ["Ewma"]

#: Rows that the first level and spread are taken from, at least.
START = 20
#: A season longer than this is no season that a stream is kept for.
LONGEST = 1_000_000


class Ewma(OnlineDetector):
    """Finds spikes and shifts in a stream at once, and says in which range it expects the next row.

    Each column has a level and a spread that forget exponentially, and, with ``season``, a usual
    deviation for each place in the season. A column's score is its distance from where it is
    expected, in spreads; the row's is the largest. A value beyond ``threshold`` spreads counts
    as if it were just there: a few anomalies move the level hardly and widen the spread little,
    while a level that stays becomes the usual one after a few half-lives. ``warm_up`` is 20 rows,
    or two seasons. Batches without times go on one step after the last row.

    Parameters
    ----------
    half_life : float
        Rows after which what was learned counts half.
    season : int or None
        Rows a season (24 for hourly rows with a daily rhythm), or steps of ``time`` where it is
        given; None for no season.
    threshold : float
        Spreads up to which a value is usual: the edge of the expected range.

    References
    ----------
    Gelper, Fried, Croux: Robust forecasting with exponential and Holt-Winters smoothing, Journal
    of Forecasting 29, 2010. The spread, a mean absolute deviation, is ours.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> detector = Ewma(season=24).fit_partial(wave)
    >>> low, high = detector.expected_next()
    >>> bool(low[0] <= np.sin(300 * 2 * np.pi / 24) <= high[0])
    True
    """

    tags = Tags(
        kinds=("series",),
        paper="Gelper, Fried, Croux 2010",
        cost="n · d",
        good_at="streams with spikes and shifts; daily rhythm; expected ranges",
        min_rows=2,
        online=True,
    )
    space = over(half_life=Range(10.0, 1000.0, log=True), threshold=Range(2.0, 6.0))

    def __init__(
        self, half_life: float = 300.0, season: int | None = None, threshold: float = 3.0
    ) -> None:
        self.half_life = half_life
        self.season = season
        self.threshold = threshold

    @property
    def warm_up(self) -> int:
        """Rows after which scores mean something: 20, or two seasons."""
        return max(START, 2 * (self.season or 0))

    def _begin(self, columns: int) -> None:
        season = 1 if self.season is None else self.season
        whole = isinstance(season, (int, np.integer)) and not isinstance(season, bool)
        if not whole or not 1 <= season <= LONGEST:
            raise ParameterError(
                f"season is a whole number of rows (a day of hourly rows has 24), found {season!r}."
            )
        for name in ("half_life", "threshold"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise ParameterError(f"{name} must be above 0, found {getattr(self, name)}.")
        self.level_, self.spread_ = np.zeros(columns), np.zeros(columns)
        self.profile_ = np.zeros((season, columns))
        self.visits_ = np.zeros(season, np.int64)
        self.first_ = np.zeros((max(START, season), columns))
        self.phases_ = np.zeros(len(self.first_), np.int64)
        #: Rows seen.
        self.counts_ = np.zeros(1, np.int64)
        #: Where the next row is when nobody says.
        self.clock_ = np.zeros(1)

    def _times(self, rows: int, time: np.ndarray | None) -> np.ndarray:
        return self.clock_[0] + np.arange(rows) if time is None else time

    def _run(self, X: np.ndarray, time: np.ndarray | None, scores: np.ndarray | None) -> None:
        from workbench.detectors.kernels._smoothing import smooth_run

        scored = scores is not None
        times = self._times(len(X), time)
        smooth_run(
            X, times, 1.0 - 0.5 ** (1.0 / self.half_life), self.threshold, self.first_,
            self.phases_, self.level_, self.spread_, self.profile_, self.visits_, self.counts_,
            scored, scores if scored else np.empty(0),
        )  # fmt: skip
        if len(times):
            self.clock_[0] = times[-1] + 1.0

    @property
    def _started(self) -> bool:
        return bool(self.counts_[0] >= len(self.first_))

    def _away(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        from workbench.detectors.kernels._smoothing import smooth_score

        out = np.empty(X.shape)
        smooth_score(
            X, self._times(len(X), time), self.level_, self.spread_, self.profile_,
            self._started, out,
        )  # fmt: skip
        return out

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return np.asarray(self._away(X, time).max(axis=1))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return shared_by_square(self._away(X, time)[rows])

    def expected_next(self, *, time: float | None = None) -> tuple[np.ndarray, np.ndarray] | None:
        """Return level and season, ``threshold`` spreads to either side."""
        from workbench.detectors.kernels._smoothing import LEAST

        if not hasattr(self, "n_features_") or not self._started:
            return None
        place = int(np.floor(self.clock_[0] if time is None else time)) % len(self.profile_)
        middle = self.level_ + self.profile_[place]
        reach = self.threshold * np.maximum(self.spread_, LEAST * (LEAST + np.abs(middle)))
        return middle - reach, middle + reach

    def _restored(self) -> None:
        if not ((self.phases_ >= 0) & (self.phases_ < len(self.profile_))).all():
            raise ParameterError("A row has a place outside of the season.")
        if self.counts_[0] < 0:
            raise ParameterError("It has seen fewer rows than none.")
