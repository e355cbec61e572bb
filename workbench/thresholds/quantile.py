"""Flag what lies above a quantile of the scores."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Quantile"]


class Quantile(Rule):
    """Flags scores above a quantile of the fitted rows (linear interpolation).

    Parameters
    ----------
    q : float
        In (0, 1).
    """

    def __init__(self, q: float = 0.99) -> None:
        if not 0.0 < q < 1.0:
            raise ParameterError(f"q must lie in (0, 1), found {q}.")
        self.q = float(q)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        return float(np.quantile(scores, self.q))

    def reason(self) -> str:
        return f"above the {self.q:g} quantile of the scores"
