"""Fires where the score reaches a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.alerts.rules._runs import Runs
from workbench.alerts.rules.base import bounded
from workbench.core.points import Points

__all__ = ["Score"]


class Score(Runs):
    """Tells of points whose score is at least a number, whatever the monitor's threshold is.

    Parameters
    ----------
    above : float
        The least score.
    **limits
        least_severity, absolute, relative, at_least, of_last, per_entity: as for ``anomaly``.

    Examples
    --------
    >>> Score("m", above=4.5).above
    4.5
    """

    def __init__(self, monitor: str, called: str = "", *, above: float, **limits: Any) -> None:
        super().__init__(monitor, called, **limits)
        self.above = bounded("above", above, -1e300)

    def flags(self, points: Points) -> np.ndarray:
        """Return which scores reach it; NaN does not."""
        return points.score >= self.above
