"""Fires where a normal record would hardly score as high."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.alerts.rules._runs import Runs
from workbench.alerts.rules.base import bounded
from workbench.core.points import Points

__all__ = ["PValue"]


class PValue(Runs):
    """Tells of points whose p-value is at most a number.

    Each normal record has this chance to be told, so of a million a day and 0.001 come a thousand
    false alarms: the control of false alarms of the monitor, with the rule ``anomaly``, bounds
    their share instead.

    Parameters
    ----------
    below : float
        The greatest p-value, in (0, 1).
    **limits
        least_severity, absolute, relative, at_least, of_last, per_entity: as for ``anomaly``.

    Examples
    --------
    >>> PValue("m", below=0.001).below
    0.001
    """

    def __init__(self, monitor: str, called: str = "", *, below: float, **limits: Any) -> None:
        super().__init__(monitor, called, **limits)
        self.below = bounded("below", below, 1e-12, 1.0)

    def flags(self, points: Points) -> np.ndarray:
        """Return which p-values are small enough; NaN is not."""
        return points.p_value <= self.below
