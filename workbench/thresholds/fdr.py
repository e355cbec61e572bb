"""A bound on false alarms: at most so many of the flagged rows are expected to be normal."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.thresholds._conformal import benjamini_hochberg, conformal_p_values
from workbench.thresholds.base import Rule, ScoreContext

__all__ = ["Fdr"]


class Fdr(Rule):
    """Says how many of the flagged rows may be false, and keeps to it on a clean reference.

    Each row gets a conformal p-value against reference rows that the model did not learn from;
    Benjamini and Hochberg's procedure flags as many rows as the rate allows. The promise needs a
    reference that is clean and exchangeable with the normal rows judged; where a check speaks
    against that, the reason says that nothing is promised, and why.

    Parameters
    ----------
    rate : float
        Expected share of false ones among the flagged rows, in (0, 0.5].

    References
    ----------
    Benjamini, Hochberg: Controlling the false discovery rate, JRSS B 1995; Bates et al.: Testing
    for outliers with conformal p-values, Annals of Statistics 2023.
    """

    def __init__(self, rate: float = 0.1) -> None:
        if not 0.0 < rate <= 0.5:
            raise ParameterError(f"rate must lie in (0, 0.5], found {rate}.")
        self.rate = float(rate)

    def value(self, scores: np.ndarray, context: ScoreContext) -> float:
        calibration = context.calibration
        if calibration is None:
            raise ParameterError(
                "The rule 'fdr' needs scores of clean rows that the detector did not learn from. "
                "Detect with fdr=… and, best, reference=…: wb.detect(data, fdr=0.1, "
                "reference=slice('2026-01', '2026-03'))."
            )
        p_values = conformal_p_values(scores, calibration)
        cut = benjamini_hochberg(p_values, self.rate)
        if cut <= 0.0:
            return float(max(scores.max(), calibration.scores.max()))
        # Midway between the last flagged row and the next: rounding moves no row across.
        last = float(scores[p_values <= cut].min())
        below = scores[p_values > cut]
        return (
            last - (last - float(below.max())) / 2.0 if below.size else np.nextafter(last, -np.inf)
        )

    def reason(self) -> str:
        return f"Benjamini-Hochberg at {100 * self.rate:g} % on conformal p-values"

    def caveat(self, context: ScoreContext) -> str:
        """Return the promise with its assumption, or why nothing is promised."""
        calibration = context.calibration
        found = calibration.doubts if calibration is not None else ("there is no reference",)
        if found:
            return f"how many of the flagged rows are false is not promised: {'; '.join(found)}"
        about = "about " if calibration is not None and calibration.weights is not None else ""
        return (
            f"at most {about}{100 * self.rate:g} % of the flagged rows outside the reference are "
            "expected to be false, on average over many such data, assuming that the reference is "
            "clean and exchangeable with the normal rows judged"
        )
