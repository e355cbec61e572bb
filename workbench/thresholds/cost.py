"""The threshold that would have cost least, by the labels that people gave."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Cost"]


class Cost(Rule):
    """Cuts where missed anomalies and false alarms would have cost least, by the labels.

    Rows without a label are left aside. Among thresholds of equal cost the one in the middle of
    the widest gap is taken, so that small changes of the scores change nothing.

    Parameters
    ----------
    miss : float
        Cost of an anomaly that is not flagged.
    alarm : float
        Cost of a normal row that is flagged.

    Examples
    --------
    >>> context = ScoreContext(labels=np.array([0.0, 0.0, 1.0, np.nan]))
    >>> Cost(miss=5).value(np.array([0.1, 0.2, 0.8, 0.5]), context)
    0.5
    """

    def __init__(self, miss: float = 5.0, alarm: float = 1.0) -> None:
        if not (miss > 0.0 and alarm > 0.0):
            raise ParameterError(f"Costs must be positive, found miss={miss}, alarm={alarm}.")
        self.miss = float(miss)
        self.alarm = float(alarm)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        labels = context.labels
        known = np.zeros(len(scores), bool) if labels is None else np.isfinite(labels)
        if labels is None or not known.any():
            raise ParameterError(
                "The rule 'cost' needs labels: name the column with label='…' in wb.load, or give "
                "labels to wb.learn."
            )
        order = np.argsort(-scores[known], kind="stable")
        ranked, odd = scores[known][order], labels[known][order] > 0
        # Flag the first k: what is flagged and normal is an alarm, what is left and odd a miss.
        alarms = np.concatenate([[0], np.cumsum(~odd)])
        misses = odd.sum() - np.concatenate([[0], np.cumsum(odd)])
        cost = self.alarm * alarms + self.miss * misses
        edges = np.concatenate([[ranked[0]], ranked, [ranked[-1]]])
        gaps = edges[:-1] - edges[1:]
        possible = gaps > 0.0
        possible[[0, -1]] = True
        least = cost[possible].min()
        best = np.flatnonzero(possible & (cost <= least))
        widest = int(best[gaps[best].argmax()])
        if widest == 0:
            return float(ranked[0])
        if widest == len(ranked):
            return float(np.nextafter(ranked[-1], -np.inf))
        return float(ranked[widest] + (ranked[widest - 1] - ranked[widest]) / 2.0)

    def reason(self) -> str:
        return (
            f"the least cost on the labelled rows, at {self.miss:g} for a missed anomaly and "
            f"{self.alarm:g} for a false alarm"
        )
