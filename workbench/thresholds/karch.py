"""Mean plus one standard deviation: a wide net."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Karch"]


class Karch(Rule):
    """Flags scores beyond mean + ``factor`` standard deviations: a wide net, at any scale.

    In one dimension the Karcher mean of pythresh's KARCH is the ordinary mean. Anomalies pull
    both numbers up, so the net narrows by itself where they are extreme. Expect a tenth of the
    rows, also where nothing is odd.

    Parameters
    ----------
    factor : float
        Standard deviations above the mean.

    References
    ----------
    pythresh, KARCH; Afsari: Riemannian L^p center of mass, Proc. AMS 2011.

    Examples
    --------
    >>> Karch().value(np.array([0.0, 0.0, 2.0, 2.0]), ScoreContext())
    2.0
    """

    def __init__(self, factor: float = 1.0) -> None:
        if not factor > 0.0:
            raise ParameterError(f"factor must be positive, found {factor}.")
        self.factor = float(factor)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        # About the middle first: squares of very large scores would overflow.
        unit = float(np.abs(scores).max()) or 1.0
        scaled = scores / unit
        return unit * float(min(scaled.mean() + self.factor * scaled.std(), scaled.max()))

    def reason(self) -> str:
        return f"above the mean score by more than {self.factor:g} standard deviations"
