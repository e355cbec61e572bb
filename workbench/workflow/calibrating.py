"""False discovery rates in a model: what its reference scored, and what a batch may be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.detectors import Detector
from workbench.detectors._calibrated import Calibrated
from workbench.preparation.encoding import Matrix
from workbench.thresholds._conformal import Calibration, doubts, shift_weights
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
        return Calibrated(detector, self.method, random_state=self.seed, keep_rows=self.shift)


def calibrate_model(model: Model, rows: ScoredRows, learn: np.ndarray | None) -> Calibration:
    """Note in a freshly fitted model what its reference scored, and whether it can be trusted."""
    scores = _reference_scores(model)
    found = list(doubts(scores))
    if learn is None:
        found.insert(0, "no reference was named: the rows judged are those learned from")
    first = next(iter(model.units.values())).detector
    assert isinstance(first, Calibrated)
    model.provenance["calibration"] = {
        "method": first.method,
        "rows": len(scores),
        "doubts": found,
        "shift": first.keep_rows,
    }
    judged = np.ones(len(rows.scores), bool) if learn is None or learn.all() else ~learn
    weights, own = _weights(model, rows.matrix.values[judged])
    return Calibration(scores, weights, own, tuple(found))


def calibration(model: Model, judged: Matrix) -> Calibration | None:
    """Return what rows are judged by; None for a model without reference scores."""
    noted = model.provenance.get("calibration")
    if noted is None:
        return None
    weights, own = _weights(model, judged.values)
    scores = model.training_scores if weights is None else _reference_scores(model)
    return Calibration(scores, weights, own, tuple(noted["doubts"]))


def judging(model: Model, rows: ScoredRows) -> Model:
    """Return the model with the threshold for some new rows.

    Which rows may be called discoveries depends on all rows that are judged together.
    """
    from workbench.thresholds import set_threshold

    if model.threshold.rule != "fdr" or len(rows.scores) == 0:
        return model
    context = ScoreContext(calibration=calibration(model, rows.matrix))
    threshold = set_threshold("fdr", rows.scores, context, **model.threshold.params)
    return replace(model, threshold=threshold)


def _reference_scores(model: Model) -> np.ndarray:
    pieces = []
    for unit in model.units.values():
        held = unit.detector
        assert isinstance(held, Calibrated)
        pieces.append(unit.adjust(held.calibration_[held.held_]))
    return np.concatenate(pieces)


def _weights(model: Model, judged: np.ndarray) -> tuple[np.ndarray | None, float]:
    kept = [getattr(unit.detector, "reference_", None) for unit in model.units.values()]
    known = [rows for rows in kept if rows is not None]
    if not known or len(judged) == 0:
        return None, 1.0
    return shift_weights(np.concatenate(known), judged)
