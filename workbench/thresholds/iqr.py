"""Tukey's fence: beyond the upper quartile by a multiple of the quartiles' distance."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Iqr"]


class Iqr(Rule):
    """Flags what a box plot would draw as single points: familiar, and hardly moved by anomalies.

    Parameters
    ----------
    factor : float
        Interquartile ranges beyond the upper quartile; 1.5 is Tukey's fence, 3 his outer one.

    References
    ----------
    Tukey: Exploratory data analysis, 1977.

    Examples
    --------
    >>> Iqr().value(np.arange(101.0), ScoreContext())
    150.0
    """

    def __init__(self, factor: float = 1.5) -> None:
        if not factor > 0.0:
            raise ParameterError(f"factor must be positive, found {factor}.")
        self.factor = float(factor)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        lower, upper = np.quantile(scores, [0.25, 0.75])
        return float(upper + self.factor * (upper - lower))

    def reason(self) -> str:
        return f"more than {self.factor:g} interquartile ranges above the upper quartile"
