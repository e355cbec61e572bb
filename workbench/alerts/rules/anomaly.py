"""Fires where the monitor's threshold, or its control of false alarms, says "anomalous"."""

from __future__ import annotations

import numpy as np

from workbench.alerts.rules._runs import Runs
from workbench.core.points import Points

__all__ = ["Anomaly"]


class Anomaly(Runs):
    """Tells of points that the threshold, or the control of false alarms, calls anomalous.

    Parameters
    ----------
    least_severity, absolute, relative, at_least, of_last, per_entity
        As :class:`workbench.alerts.rules._runs.Runs` has them: severity, floors on the deviation
        from the expected range, and duration.

    Examples
    --------
    >>> rule = Anomaly("m", at_least=3, of_last=5, relative=0.1)
    >>> rule.kind
    'anomaly'
    """

    def flags(self, points: Points) -> np.ndarray:
        """Return what the monitor calls anomalous."""
        return points.anomalous
