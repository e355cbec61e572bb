"""Flag scores far above the bulk, measured robustly."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext, cut_above

__all__ = ["Mad"]


class Mad(Rule):
    """Flags scores that stand clear of the bulk: take it when you do not know how many are odd.

    The threshold is median + factor · 1.4826 · (spread above the median). Scores are skewed,
    so the spread is the median absolute deviation of the upper half. At most ``most`` of the
    rows are flagged.

    Parameters
    ----------
    factor : float
        3.5 is the choice of Iglewicz and Hoaglin (1993) for outliers.
    most : float
        Largest share to flag, in (0, 0.5].
    """

    def __init__(self, factor: float = 3.5, most: float = 0.1) -> None:
        if not factor > 0:
            raise ParameterError(f"factor must be positive, found {factor}.")
        if not 0.0 < most <= 0.5:
            raise ParameterError(f"most must lie in (0, 0.5], found {most}.")
        self.factor = float(factor)
        self.most = float(most)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        middle = float(np.median(scores))
        above = scores[scores >= middle] - middle
        spread = 1.4826 * float(np.median(above))
        if spread <= 0.0:  # more than three quarters of the scores are equal
            spread = 1.2533 * float(above.mean())
        wanted = middle + self.factor * spread
        allowed = max(1, round(self.most * len(scores)))
        if int((scores > wanted).sum()) <= allowed:
            return wanted
        return max(wanted, cut_above(scores, allowed))

    def reason(self) -> str:
        return (
            f"more than {self.factor:g} robust standard deviations above the median score, "
            f"at most {100 * self.most:g} % of the rows"
        )
