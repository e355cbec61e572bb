"""Forecasting residual: exponential smoothing foresees the next value; surprise is the score."""

from __future__ import annotations

from itertools import product

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.detectors._residuals import ResidualDetector
from workbench.detectors._space import Range, over
from workbench.detectors.base import Tags
from workbench.preparation.windows import find_period

__all__ = ["ForecastResidual"]

#: Smoothing constants tried for level, trend (0: none) and season (0: none).
LEVELS = (0.02, 0.1, 0.3, 0.6, 0.95)
TRENDS = (0.0, 0.02, 0.1)
SEASONS = (0.05, 0.2, 0.5)
#: Points of training that choose the constants.
MOST_POINTS = 5_000


class ForecastResidual(ResidualDetector):
    """Finds values that exponential smoothing, with a season where there is one, did not foresee.

    Additive ETS models (level; damped trend; season) are linear filters of the series, so that
    errors one step ahead are computed for all points at once and new rows are scored without
    fitting again. The constants with the smallest median error in training are taken.

    Parameters
    ----------
    period : int or None
        Steps a season; None finds the dominant one. 0 means no season.
    damping : float
        Share of the trend that goes on at each step, in (0, 1).

    References
    ----------
    Hyndman, Koehler, Ord, Snyder: Forecasting with exponential smoothing, 2008.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) * 2 * np.pi / 24).reshape(-1, 1)
    >>> wave[200] += 5
    >>> int(ForecastResidual().fit(wave).decision_function(wave).argmax())
    200
    """

    tags = Tags(
        kinds=("series",),
        paper="Hyndman et al. 2008",
        cost="d · n · period (about 30 filters at fit)",
        good_at="spikes and jumps in series whose level, trend or season moves",
        min_rows=8,
    )
    space = over(damping=Range(0.5, 0.99))

    def __init__(self, period: int | None = None, damping: float = 0.9) -> None:
        self.period = period
        self.damping = damping

    def _fit(self, X: np.ndarray, time: np.ndarray | None, progress: Progress) -> None:
        if self.period is not None and self.period < 0:
            raise ParameterError(f"period must not be negative, found {self.period}.")
        if not 0.0 < self.damping < 1.0:
            raise ParameterError(f"damping must lie in (0, 1), found {self.damping}.")
        self.plans_: list[dict[str, float]] = []
        for column in range(X.shape[1]):
            progress.step(column / X.shape[1], "choosing the smoothing")
            self.plans_.append(self._choose(X[:, column]))
        self._calibrate(X)

    def _choose(self, values: np.ndarray) -> dict[str, float]:
        period = find_period(values) if self.period is None else self.period
        if not 2 <= period <= len(values) // 3:
            period = 0
        values = values[-max(MOST_POINTS, 8 * period) :]
        best: tuple[float, dict[str, float]] | None = None
        seasons = (0.0, *SEASONS) if period else (0.0,)
        for level, trend, season in product(LEVELS, TRENDS, seasons):
            if season > 1.0 - level:  # beyond, forecasts overshoot (Hyndman et al., chapter 10)
                continue
            plan = {"level": level, "trend": trend, "season": season, "period": period}
            error = np.abs(self._surprise(values, plan))
            # The median ignores anomalies; a share of the mean breaks ties of exact repetition.
            size = float(np.median(error)) + 1e-3 * float(error.mean())
            if np.isfinite(size) and (best is None or size < best[0]):
                best = (size, plan)
        assert best is not None  # one constant alone is always stable
        return best[1]

    def _surprise(self, values: np.ndarray, plan: dict[str, float]) -> np.ndarray:
        """Return the errors one step ahead, (n,)."""
        from scipy.signal import lfilter

        moving, fixed = self._polynomials(plan)
        before = self._run_in(values, plan)
        whole = np.concatenate([before, values]) - np.median(values)
        return np.asarray(lfilter(fixed, moving, whole))[len(before) :]

    def _run_in(self, values: np.ndarray, plan: dict[str, float]) -> np.ndarray:
        """Return what the model forgets before the first value: its beginning, repeated.

        The first season where there is one, else the first points mirrored.
        """
        season = int(plan["period"]) if plan["season"] else 0
        turns = -(-3 // plan["season"]) if season else 3 / plan["level"]
        head = values[:season] if season else values[: min(50, len(values))][::-1]
        size = max(1, int(turns)) * (len(head) if season else 1)
        return np.asarray(np.resize(head, -(-size // len(head)) * len(head)))

    def _polynomials(self, plan: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """Return (θ, φ) with θ(L)·error = φ(L)·value for the additive ETS model of a plan.

        From the innovation form: value = error + the states' responses to past errors, that is
        αL/(1−L) for the level, φβL/((1−L)(1−φL)) for the damped trend, γLᵐ/(1−Lᵐ) for the
        season, over the common denominator.
        """
        above, fixed = np.array([0.0, plan["level"]]), np.array([1.0, -1.0])
        damped = np.array([1.0, -self.damping])
        if plan["trend"]:
            slope = self.damping * plan["level"] * plan["trend"]
            above = np.convolve(above, damped) + np.array([0.0, slope, 0.0])
            fixed = np.convolve(fixed, damped)
        if plan["season"]:
            period = int(plan["period"])
            # 1 − Lᵐ = (1 − L)(1 + L + … + Lᵐ⁻¹): the level's pole is already there.
            above = np.convolve(above, np.ones(period))
            fixed = np.convolve(fixed, np.ones(period))
            lagged = np.zeros(period + 1)
            lagged[period] = plan["season"]
            other = np.convolve(lagged, damped) if plan["trend"] else lagged
            above = above + np.pad(other, (0, len(above) - len(other)))
        moving = fixed.copy()
        moving[: len(above)] += above
        return moving, fixed

    def _foresee(self, X: np.ndarray) -> np.ndarray:
        errors = [self._surprise(X[:, column], plan) for column, plan in enumerate(self.plans_)]
        return X - np.column_stack(errors)
