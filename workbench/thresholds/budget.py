"""Flag as many rows as people can look at."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext, cut_above

__all__ = ["Budget"]


class Budget(Rule):
    """Flags the n highest scores a day, or n in all where the data have no time.

    Parameters
    ----------
    n : float
        Rows a day that somebody will look at.
    """

    def __init__(self, n: float = 10) -> None:
        if not n > 0 or not np.isfinite(n):
            raise ParameterError(f"n must be a positive number of rows a day, found {n}.")
        self.n = n

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        days = 1.0 if context.days is None else max(context.days, 1e-9)
        return cut_above(scores, min(len(scores), max(1, round(self.n * days))))

    def reason(self) -> str:
        what = "highest score" if self.n == 1 else f"{self.n:g} highest scores"
        return f"the {what} a day (in all, where the data have no time)"
