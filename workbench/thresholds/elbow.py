"""The bend of the descending scores: where "few and high" turns into "many and alike"."""

from __future__ import annotations

import numpy as np

from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Elbow"]


class Elbow(Rule):
    """Cuts at the bend of the sorted scores: take it when anomalies may be many.

    The descending scores are drawn into the unit square; the bend is the point nearest to the
    corner of "no rows, lowest score". It always flags some rows, also where nothing is odd.

    References
    ----------
    Satopaa et al.: Finding a "kneedle" in a haystack, ICDCS workshops 2011.

    Examples
    --------
    >>> scores = np.concatenate([np.linspace(0.0, 1.0, 95), [7.0, 8.0, 9.0, 9.0, 9.0]])
    >>> bool(0.9 < Elbow().value(scores, ScoreContext()) < 7.0)
    True
    """

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        descending = np.sort(scores)[::-1]
        height = descending / 2.0 - descending[-1] / 2.0  # halves: no overflow
        if not height[0] > 0.0:
            return float(descending[0])
        share = np.arange(len(descending)) / len(descending)
        bend = int((share + height / height[0]).argmin())
        return float(descending[bend])

    def reason(self) -> str:
        return "the bend of the sorted scores, where few high ones turn into many alike"
