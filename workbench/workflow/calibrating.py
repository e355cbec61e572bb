"""False discovery rates in a model: what its reference scored, and what a batch may be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.detectors import Detector
from workbench.detectors._calibrated import Calibrated
from workbench.thresholds._conformal import Calibration, doubts, moved, shift_weights
from workbench.thresholds.base import ScoreContext

if TYPE_CHECKING:
    from workbench.workflow.model import Model, ScoredRows

__all__ = ["Calibrating", "calibrate_model", "calibration", "judging"]


@dataclass(frozen=True)
class Calibrating:
    """How reference rows get scores from models that did not see them.

    Attributes
    ----------
    method : str
        "cross", "split" or "jackknife+".
    shift : bool
        Whether reference rows are weighted by covariate shift.
    seed : int
    """

    method: str
    shift: bool
    seed: int

    def wrap(self, detector: Detector) -> Detector:
        """Return a detector that keeps out-of-sample scores of what it learns from."""
        return Calibrated(detector, self.method, random_state=self.seed)


def calibrate_model(
    model: Model, how: Calibrating, rows: ScoredRows, learn: np.ndarray | None
) -> Calibration:
    """Note in a freshly fitted model what its reference scored, and whether it can be trusted."""
    scores, kept, _ = _reference(model)
    found = list(doubts(scores, kept))
    if learn is None:
        found.insert(0, "no reference was named: the rows judged are those learned from")
    model.provenance["calibration"] = {
        "method": how.method,
        "rows": len(scores),
        "doubts": found,
        "shift": how.shift,
    }
    everything = learn is None or bool(learn.all())
    judged = np.ones(len(rows.scores), bool) if learn is None or everything else ~learn
    return _against(model, rows.matrix.values[judged], rows.scores[judged], same=everything)


def calibration(model: Model, judged: np.ndarray, scores: np.ndarray) -> Calibration | None:
    """Return what some rows are judged by; None for a model without reference scores.

    Parameters
    ----------
    judged : numpy.ndarray of shape (n, d)
        Prepared rows.
    scores : numpy.ndarray of shape (n,)
        Their scores.
    """
    if "calibration" not in model.provenance:
        return None
    return _against(model, judged, scores)


def judging(model: Model, rows: ScoredRows) -> Model:
    """Return the model with the threshold for some new rows.

    Which rows may be called discoveries depends on all rows that are judged together.
    """
    from workbench.thresholds import set_threshold

    if model.threshold.rule != "fdr" or len(rows.scores) == 0:
        return model
    context = ScoreContext(calibration=calibration(model, rows.matrix.values, rows.scores))
    threshold = set_threshold("fdr", rows.scores, context, **model.threshold.params)
    return replace(model, threshold=threshold)


def _against(
    model: Model, judged: np.ndarray, judged_scores: np.ndarray, *, same: bool = False
) -> Calibration:
    """Return the reference for some rows; ``same`` when these are the reference itself."""
    noted = model.provenance["calibration"]
    found = tuple(noted["doubts"])
    scores, kept, kept_scores = _reference(model)
    if same:
        return Calibration(scores, doubts=found)
    if noted["shift"]:
        weights, own = shift_weights(kept, kept_scores, judged, judged_scores)
        return Calibration(kept_scores, weights, own, found)
    shifted = moved(kept, kept_scores, judged, judged_scores)
    return Calibration(scores, doubts=(*found, shifted) if shifted else found)


def _reference(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all reference scores, the rows that were kept, and the scores of these."""
    scores, kept, kept_scores = [], [], []
    for unit in model.units.values():
        held = unit.detector
        assert isinstance(held, Calibrated)
        scores.append(unit.adjust(held.calibration_[held.held_]))
        kept.append(held.reference_)
        kept_scores.append(unit.adjust(held.calibration_[held.kept_]))
    return np.concatenate(scores), np.concatenate(kept), np.concatenate(kept_scores)
