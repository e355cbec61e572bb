"""Scores of different detectors on one scale, frozen at fit so that a row's score stays its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.core.errors import ParameterError

__all__ = ["SCALES", "Calibration"]

#: Knots of the frozen curve from scores to the common scale.
KNOTS = 1024

#: Scores nearer than this are one score: a slope over less would leave the range of floats.
NO_STEP = 1e-150


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Share of the training rows below, ties in the middle; in (0, 1)."""
    ordered = np.sort(scores)
    below = np.searchsorted(ordered, scores, side="left")
    up_to = np.searchsorted(ordered, scores, side="right")
    return np.asarray((below + up_to) / (2.0 * len(scores)))


def _surprise(scores: np.ndarray) -> np.ndarray:
    """−ln of the share of training rows that score higher: 3 is one row in twenty."""
    return np.asarray(-np.log1p(-np.minimum(_ranks(scores), 1.0 - 0.5 / len(scores))))


def _z_scores(scores: np.ndarray) -> np.ndarray:
    """Robust standard deviations above the median."""
    middle = np.median(scores)
    spread = 1.4826 * np.median(np.abs(scores - middle)) or np.abs(scores - middle).mean()
    return np.asarray((scores - middle) / (spread or 1.0))


def _probability(scores: np.ndarray) -> np.ndarray:
    """−ln of the upper tail of a normal distribution with the scores' mean and deviation."""
    from scipy.stats import norm

    return np.asarray(-norm.logsf((scores - scores.mean()) / (scores.std() or 1.0)))


#: Common scales: from the training scores of one detector to comparable numbers.
SCALES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "probability": _probability,
    "rank": _ranks,
    "surprise": _surprise,
    "zscore": _z_scores,
}


class Calibration:
    """Brings scores of one detector to a common scale: a monotone curve, frozen at fit.

    Beyond the training scores the curve goes on with the slope of its last stretch, so that a
    row odder than all seen before still scores higher.

    Parameters
    ----------
    scale : {"probability", "rank", "surprise", "zscore"}
        Kriegel et al. (SDM 2011) call the first "Gaussian scaling".

    Raises
    ------
    ParameterError
        There is no such scale.

    Examples
    --------
    >>> Calibration("rank").fit(np.arange(4.0)).apply(np.array([0.0, 3.0])).tolist()
    [0.125, 0.875]
    """

    def __init__(self, scale: str) -> None:
        if scale not in SCALES:
            raise ParameterError(f"scale must be one of {', '.join(SCALES)}, found {scale!r}.")
        self.scale = scale

    def fit(self, scores: np.ndarray) -> Calibration:
        """Learn the curve from training scores (n,); returns self."""
        known = np.sort(scores)  # several times faster than sorting positions
        values = SCALES[self.scale](known)
        firsts = np.flatnonzero(np.concatenate([[True], np.diff(known) > NO_STEP]))
        known, values = known[firsts], values[firsts]
        if len(known) > KNOTS:
            # Half of the knots over all scores, half in the upper tail, where ranking matters.
            body = np.linspace(0, len(known) - 1, KNOTS // 2)
            tail = len(known) - np.geomspace(1, len(known), KNOTS // 2)
            kept = np.unique(np.concatenate([body, tail]).astype(int))
            known, values = known[kept], values[kept]
        self.known_, self.values_ = known, values
        self.low_slope_, self.high_slope_ = _slopes(known, values)
        return self

    def apply(self, scores: np.ndarray) -> np.ndarray:
        """Return scores (n,) on the common scale."""
        inside = np.interp(scores, self.known_, self.values_)
        above = np.maximum(scores - self.known_[-1], 0.0) * self.high_slope_
        below = np.minimum(scores - self.known_[0], 0.0) * self.low_slope_
        return np.asarray(inside + above + below)


def _slopes(known: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Slopes below and above the curve, each over a tenth of its range of scores."""
    if len(known) < 2:
        return 1.0, 1.0
    reach = (known[-1] - known[0]) / 10.0
    first, last = np.interp([known[0] + reach, known[-1] - reach], known, values)
    rise = max(float(values[-1] - values[0]) / 10.0, 1e-12)
    low, high = float(first - values[0]), float(values[-1] - last)
    return max(low, 0.01 * rise) / reach, max(high, 0.01 * rise) / reach
