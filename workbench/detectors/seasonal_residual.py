"""Seasonal residual: what is left when the usual day (or week) and level are taken away."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._additive import shared_by_square
from workbench.detectors._space import over
from workbench.detectors.base import Detector, Tags
from workbench.preparation.windows import find_period, rolling_median

__all__ = ["SeasonalResidual"]

#: Makes the median absolute deviation estimate a normal standard deviation.
MAD_TO_SIGMA = 1.4826


class SeasonalResidual(Detector):
    """Finds spikes, shifts, drifts, stuck sensors and broken rhythms in seasonal series.

    Each column is decomposed robustly into a seasonal profile, a level and a rest. Three
    robust z-scores are taken: of the rest (spikes), of the level against the training level
    (shifts and drifts), and of the local movement against the usual one (stuck or suddenly
    restless sensors). The row's score is the largest of them over the columns.

    Parameters
    ----------
    period : int or None
        Steps a season; None finds the dominant one, and with ``second`` a longer one in what
        it leaves. 0 means no season.
    second : bool
        Whether to look for a second, longer season (a week beside a day), as MSTL does.
    method : {"median", "stl"}
        How the seasonal profile is found: medians over equal phases, or the seasonal part of
        statsmodels' robust STL (slower).
    level : int or None
        Points over which the level is the median; None takes a quarter of the period, at
        least 5.

    References
    ----------
    Cleveland et al.: STL, Journal of Official Statistics 1990; Bandara, Hyndman, Bergmeir:
    MSTL, 2021; Hochenbaum et al.: Automatic anomaly detection in the cloud via statistical
    learning (S-H-ESD), 2017.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200] += 5
    >>> int(SeasonalResidual().fit(wave).decision_function(wave).argmax())
    200
    """

    tags = Tags(
        kinds=("series",),
        paper="Cleveland et al. 1990; Bandara et al. 2021",
        cost="d · n log n",
        good_at="spikes, level shifts, drift, stuck sensors; daily or weekly rhythm",
        min_rows=8,
    )
    space = over(second=(True, False))

    def __init__(
        self,
        period: int | None = None,
        second: bool = True,
        method: str = "median",
        level: int | None = None,
    ) -> None:
        self.period = period
        self.second = second
        self.method = method
        self.level = level

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.method not in ("median", "stl"):
            raise ParameterError(f"method must be 'median' or 'stl', found {self.method!r}.")
        whole = isinstance(self.period, (int, np.integer)) and not isinstance(self.period, bool)
        if self.period is not None and not whole:
            raise ParameterError(
                f"period is a whole number of rows (a day of hourly rows has 24), found "
                f"{self.period!r}."
            )
        if self.period is not None and self.period < 0:
            raise ParameterError(f"period must not be negative, found {self.period}.")
        steps = _steps(time, len(X))
        self.columns_: list[dict[str, Any]] = []
        for column in range(X.shape[1]):
            progress.step(column / X.shape[1], "finding the season")
            self.columns_.append(self._fit_column(X[:, column], steps))

    def _fit_column(self, values: np.ndarray, steps: np.ndarray) -> dict[str, Any]:
        seasons: list[np.ndarray] = []
        rest = values - np.median(values)
        for period in self._periods(rest):
            profile = self._profile(rest, steps, period)
            left = rest - profile[steps % period]
            # A second season that explains next to nothing is chance.
            if seasons and _sigma(left) > 0.9 * _sigma(rest):
                continue
            seasons.append(profile)
            rest = left
        window = self.level or max(5, (len(seasons[0]) if seasons else 20) // 4) | 1
        kept: dict[str, Any] = {"seasons": seasons, "window": window}
        kept["centre"] = float(np.median(values))
        spike, level, movement = _parts(rest, window)
        # The level's own noise: differences of levels one window apart, half is one level's.
        kept["level"] = float(np.median(level))
        kept["sigma"] = _sigma(spike)
        apart = level[window:] - level[:-window] if len(level) > 2 * window else level
        kept["level_sigma"] = max(_sigma(level - kept["level"]), _sigma(apart), 0.5 * kept["sigma"])
        kept["movement"] = float(np.median(movement))
        kept["movement_sigma"] = max(_sigma(movement - kept["movement"]), 0.1)
        return kept

    def _periods(self, rest: np.ndarray) -> list[int]:
        if self.period is not None:
            return [self.period] if 2 <= self.period <= len(rest) // 2 else []
        first = find_period(rest)
        if not first:
            return []
        if not self.second:
            return [first]
        # A week of days: look for a longer rhythm in the daily means, 2 to 60 days.
        days = len(rest) // first
        if days < 21:
            return [first]
        daily = rest[: days * first].reshape(days, first).mean(axis=1)
        cycle = find_period(daily, longest=60)
        return [first, first * cycle] if cycle and first * cycle <= len(rest) // 3 else [first]

    def _profile(self, rest: np.ndarray, steps: np.ndarray, period: int) -> np.ndarray:
        phases = steps % period
        if self.method == "stl":
            from statsmodels.tsa.seasonal import STL

            rest = np.asarray(STL(rest, period=period, robust=True).fit().seasonal)
        else:
            rest = rest - rolling_median(rest, period | 1)
        profile = np.zeros(period)
        order = np.argsort(phases, kind="stable")
        phase, start = np.unique(phases[order], return_index=True)
        for number, piece in zip(phase, np.split(rest[order], start[1:]), strict=True):
            profile[number] = np.median(piece)
        return profile

    def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        return self._columns(X, time).max(axis=1)

    def _columns(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
        parts = [
            np.max(self._z(X[:, column], kept, time), axis=0)
            for column, kept in enumerate(self.columns_)
        ]
        return np.column_stack(parts)

    def _z(self, values: np.ndarray, kept: dict[str, Any], time: np.ndarray | None) -> np.ndarray:
        """Robust z-scores of rest, level and movement, (3, n)."""
        _, spike, level, movement = self._decompose(values, kept, time)
        return np.stack(
            [
                np.abs(spike) / kept["sigma"],
                np.abs(level - kept["level"]) / kept["level_sigma"],
                np.abs(movement - kept["movement"]) / kept["movement_sigma"],
            ]
        )

    def _decompose(
        self, values: np.ndarray, kept: dict[str, Any], time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        centred = values - kept["centre"]
        steps = _steps(time, len(values))
        if time is None and kept["seasons"]:
            # A longer season is a multiple of the shorter one, so that one shift fits both.
            whole = np.arange(max(len(profile) for profile in kept["seasons"]))
            joint = sum(profile[whole % len(profile)] for profile in kept["seasons"])
            steps = steps + _best_shift(centred, np.asarray(joint))
        expected = np.zeros(len(values))
        for profile in kept["seasons"]:
            expected += profile[steps % len(profile)]
        spike, level, movement = _parts(centred - expected, kept["window"])
        return expected + kept["centre"], spike, level, movement

    def expected(
        self, X: np.ndarray, time: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the expected value and half the width of its band (3 sigma), (n, d) each.

        Where the jump against the neighbouring rows is what stands out, the value is expected
        near them; elsewhere it is expected near the training level. Both follow the season.
        """
        middle, half = np.empty(X.shape), np.empty(X.shape)
        for column, kept in enumerate(self.columns_):
            season, _, level, _ = self._decompose(X[:, column], kept, time)
            jump, shift, _ = self._z(X[:, column], kept, time)
            near = jump >= shift
            middle[:, column] = season + np.where(near, level, kept["level"])
            half[:, column] = 3.0 * np.where(near, kept["sigma"], kept["level_sigma"])
        return middle, half

    def remark(self, X: np.ndarray, row: int, column: int, time: np.ndarray | None = None) -> str:
        """Return what is odd about one value, in words: a jump, its level, or its movement."""
        kept = self.columns_[column]
        z = self._z(X[:, column], kept, time)[:, row]
        if z.argmax() == 0:
            return "a jump against its neighbours"
        _, _, level, movement = self._decompose(X[:, column], kept, time)
        if z.argmax() == 1:
            side = "above" if level[row] > kept["level"] else "below"
            return f"its level is {side} the usual one"
        factor = float(np.exp(movement[row] - kept["movement"]))
        if factor < 0.2:
            return "it hardly moves"
        return f"it moves {factor:.1f} times as much as usual"

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, time: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        return shared_by_square(self._columns(X, time)[rows])


def _parts(rest: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split what the season leaves into rest, level and log movement, (n,) each."""
    level = rolling_median(rest, window)
    spike = rest - level
    step = np.abs(np.diff(rest, prepend=rest[:1]))
    if len(step) > 1:
        step[0] = step[1]
    moved = rolling_median(step, window)
    usual = max(float(np.median(step)), 1e-9 * (1.0 + float(np.abs(rest).max())))
    return spike, level, np.log(moved + 0.02 * usual) - np.log(usual)


def _sigma(values: np.ndarray) -> float:
    """Robust standard deviation; never zero, so that exact repetition stays finite."""
    deviation = np.abs(values - np.median(values))
    sigma = MAD_TO_SIGMA * float(np.median(deviation))
    if sigma <= 0.0:
        sigma = float(deviation.mean())
    return max(sigma, 1e-6 * (1.0 + float(np.abs(values).max())))


def _steps(time: np.ndarray | None, rows: int) -> np.ndarray:
    if time is None:
        return np.arange(rows)
    return np.round(time).astype(np.int64)


def _best_shift(values: np.ndarray, profile: np.ndarray) -> int:
    """Return the phase at which the profile fits best, for data that carry no time."""
    period = len(profile)
    wave = profile[np.arange(len(values)) % period]
    flat = values - np.median(values)
    if period < 2 or not np.any(wave):
        return 0
    sums = np.bincount(np.arange(len(flat)) % period, weights=flat, minlength=period)
    match = np.fft.irfft(np.conj(np.fft.rfft(sums)) * np.fft.rfft(profile), period)
    best = int(np.argmax(match))
    # Staying at the start is preferred unless another phase fits clearly better.
    return best if match[best] > match[0] * 1.02 + 1e-12 else 0
