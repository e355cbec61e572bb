"""A threshold that a person chose."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Manual"]


class Manual(Rule):
    """Uses the threshold that you give.

    Parameters
    ----------
    threshold : float
        Rows with a higher score are anomalies.
    """

    def __init__(self, threshold: float) -> None:
        if not np.isfinite(threshold):
            raise ParameterError(f"A threshold must be a finite number, found {threshold}.")
        self.threshold = float(threshold)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        return self.threshold

    def reason(self) -> str:
        return "set by hand"
