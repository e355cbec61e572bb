"""Flag an expected share of the rows."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext, cut_above

__all__ = ["Contamination"]


class Contamination(Rule):
    """Flags the given share of the fitted rows: take it when you know how many are odd.

    Parameters
    ----------
    contamination : float
        Expected share of anomalies, in (0, 0.5].
    """

    def __init__(self, contamination: float = 0.05) -> None:
        if not 0.0 < contamination <= 0.5:
            raise ParameterError(f"contamination must lie in (0, 0.5], found {contamination}.")
        self.contamination = float(contamination)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        return cut_above(scores, max(1, round(self.contamination * len(scores))))

    def reason(self) -> str:
        return f"the highest {100 * self.contamination:g} % of the scores"
