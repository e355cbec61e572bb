"""Extreme value theory: the score that normal rows exceed only once in so many."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Pot"]

#: Fewer excesses do not carry a fit of two parameters.
FEWEST_EXCESSES = 10


class Pot(Rule):
    """Sets a false-alarm rate far smaller than one over the rows seen, by the tail's own shape.

    Peaks over threshold: scores beyond the ``level`` quantile follow a generalised Pareto
    distribution; its quantile at ``risk`` is the threshold. Anomalies among the scores make the
    tail heavier and the threshold higher, so learn on a clean reference where there is one.

    Parameters
    ----------
    risk : float
        Chance that a normal row exceeds the threshold, in (0, 0.1].
    level : float
        Quantile where the tail begins, in [0.5, 1).

    References
    ----------
    Siffer et al.: Anomaly detection in streams with extreme value theory, KDD 2017; moments of
    Hosking and Wallis, Technometrics 1987.

    Examples
    --------
    >>> scores = np.random.default_rng(0).exponential(size=100_000)
    >>> rule = Pot(risk=1e-4)
    >>> bool(abs(rule.value(scores, ScoreContext()) - np.log(1e4)) < 0.7)
    True
    """

    def __init__(self, risk: float = 1e-3, level: float = 0.98) -> None:
        if not 0.0 < risk <= 0.1:
            raise ParameterError(f"risk must lie in (0, 0.1], found {risk}.")
        if not 0.5 <= level < 1.0:
            raise ParameterError(f"level must lie in [0.5, 1), found {level}.")
        self.risk = float(risk)
        self.level = float(level)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        # With few rows the tail begins earlier, so that there is something to fit.
        share = max(1.0 - self.level, min(0.5, FEWEST_EXCESSES / len(scores)))
        start = float(np.quantile(scores, 1.0 - share))
        excess = scores[scores > start] - start
        if self.risk >= share or excess.size < 3:
            return float(np.quantile(scores, 1.0 - self.risk))
        shape, width = _pareto(np.sort(excess))
        rarer = self.risk * len(scores) / excess.size
        if abs(shape) < 1e-9:
            return start - width * float(np.log(rarer))
        return start + width / shape * float(np.expm1(-shape * np.log(rarer)))

    def reason(self) -> str:
        return (
            f"the score that one normal row in {1.0 / self.risk:,.0f} exceeds, by a generalised "
            f"Pareto tail from the {self.level:g} quantile on"
        )


def _pareto(excess: np.ndarray) -> tuple[float, float]:
    """Return shape and scale of the generalised Pareto distribution of sorted excesses.

    Probability-weighted moments: in closed form, and steadier than maximum likelihood in the
    small samples that a tail is made of.
    """
    count = len(excess)
    mean = float(excess.mean())
    below = (np.arange(1, count + 1) - 0.35) / count
    weighted = float((excess * (1.0 - below)).mean())
    gap = mean - 2.0 * weighted
    if gap <= 1e-12 * mean:
        return 0.0, mean
    # Beyond 0.9 the estimate means "no finite mean": keep the answer finite.
    shape = min(2.0 - mean / gap, 0.9)
    return shape, max(2.0 * mean * weighted / gap, 1e-12 * mean)
