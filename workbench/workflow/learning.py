"""``wb.learn``: from what people said about some rows to a better detection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.display import watched
from workbench.core.errors import DataError, ParameterError
from workbench.core.progress import Progress
from workbench.core.severity import SeverityScale, learn_chances
from workbench.metrics.points import average_precision

if TYPE_CHECKING:
    from workbench.core.dataset import DatasetRecord
    from workbench.workflow.detection import Detection
    from workbench.workflow.model import Model

__all__ = ["learn"]

#: What joins a single detector, so that there is something to choose among.
OTHERS = ("sampled_knn", "iforest", "ecod", "pca")


@watched("Learning")
def learn(
    found: Detection,
    labels: Any = None,
    *,
    miss: float = 5.0,
    alarm: float = 1.0,
    progress: Progress | None = None,
) -> Detection:
    """Return a detection that has learned from labels of some rows.

    The detectors of ``found`` (joined by others where it is a single one) are stacked under a
    classifier whose say is chosen by cross-validation on the labelled rows; the threshold is
    the one that would have cost least on them, and ``probability`` is calibrated by them.
    Labels given here add to nothing else: a label column of the data is used only when it is
    handed over, as ``data.frame["label"]``.

    Parameters
    ----------
    found : Detection
        What was found so far.
    labels : mapping, Series or array-like of shape (n,), optional
        What people said: ``{row: "anomaly", other: "normal"}`` with row positions or index
        labels, or one value a row with missing ones where nobody said. Words and numbers as in
        a label column. By default the stored ones, ``found.labels``, without the unsure.
    miss, alarm : float
        Cost of a missed anomaly and of a false alarm.
    progress : Progress, optional
        Told about stages; may cancel.

    Returns
    -------
    Detection
        Of the detector ``stacked``. ``provenance["learning"]`` has the average precision on the
        labelled rows before and after, each scored by a model that did not see its label.

    Raises
    ------
    DataError
        No label, or labels of one kind only.
    ParameterError
        A row that is not there, or labels that do not fit the rows.

    Examples
    --------
    >>> import workbench as wb
    >>> found = wb.detect("sample:breast-cancer", "ecod")
    >>> known = found.dataset.frame["is_anomaly"].where(found.dataset.frame.index < 150)
    >>> learned = wb.learn(found, known)
    >>> learned.detector
    'stacked'
    """
    from workbench.thresholds import set_threshold
    from workbench.thresholds.base import ScoreContext
    from workbench.workflow.detection import Detection
    from workbench.workflow.fitting import fit_model, learn_normal

    progress = progress or Progress()
    data = found.dataset
    known = _one_a_row(found, labels)
    odd, normal = int((known > 0).sum()), int((known == 0).sum())
    if not odd or not normal:
        raise DataError(
            f"Learning needs labels of both kinds, found {odd} anomalies and {normal} normal rows. "
            "Confirm some anomalies and dismiss some, and try again."
        )
    seed = int(found.provenance.get("random_state", 0))
    params: dict[str, Any] = {"members": _members(found), "random_state": seed}
    model, rows = fit_model(data, "stacked", params, None, progress, labels=known)
    context = ScoreContext(labels=known)
    scores = _held_out(model, data, rows.scores)
    model.threshold = set_threshold("cost", scores, context, miss=miss, alarm=alarm)
    learn_normal(model, data, rows.scores, rows.scores)
    model.scale = _calibrated(model, scores, known)
    model.provenance |= {
        **found.provenance,
        "leaderboard": model.provenance.get("leaderboard"),
        "asked": "learn",
        "learning": (gain := _gain(found, scores, known)),
        "reason": (
            f"learned from labels of {odd + normal} rows, {odd} of them anomalies; average "
            f"precision on these, held out: {gain['before']:.2f} before, {gain['after']:.2f} after"
        ),
        "seconds": rows.seconds,
    }
    model.provenance.pop("calibration", None)
    progress.step(1.0, "done")
    return Detection.of(model, data, rows)


def _calibrated(model: Model, scores: np.ndarray, known: np.ndarray) -> SeverityScale:
    """Return the severity scale with the labelled rows' own curve of probabilities."""
    said = np.isfinite(known)
    distance = model.scale.distances(scores[said], model.threshold.value)
    curve = learn_chances(distance, known[said] > 0, prior=model.scale)
    return replace(model.scale, curve=curve, source=f"{int(said.sum())} labelled rows")


def _gain(found: Detection, held_out: np.ndarray, known: np.ndarray) -> dict[str, Any]:
    """Return how well the labelled rows are ranked, before and after learning from them."""
    said = np.isfinite(known)
    return {
        "labelled": int(said.sum()),
        "anomalies": int((known > 0).sum()),
        "before": average_precision(known[said], found.scores.to_numpy()[said]),
        "after": average_precision(known[said], held_out[said]),
    }


def _held_out(model: Model, data: DatasetRecord, scores: np.ndarray) -> np.ndarray:
    """Return the scores, those of labelled rows as models give them that did not see the label."""
    scores = scores.copy()
    for name, rows in model.groups(data.frame, model.positions(data.frame)).items():
        unit = model.units[name]
        held = getattr(unit.detector, "held_rows_", None)
        if held is not None and len(held):
            scores[rows[held]] = unit.adjust(unit.detector.held_scores_)  # type: ignore[attr-defined]
    return scores


def _one_a_row(found: Detection, labels: Any) -> np.ndarray:
    """Return 1, 0 or NaN for each row."""
    import pandas as pd

    from workbench.preparation.labels import as_labels
    from workbench.workflow.labelling import as_verdicts

    if labels is None:
        labels = as_verdicts(found.labels)
    index = found.dataset.frame.index
    if isinstance(labels, Mapping):
        given = pd.Series(list(labels.values()), dtype=object)
        known = np.full(len(index), np.nan)
        if len(given):
            known[[found.row_position(row) for row in labels]] = as_labels(given)
        return known
    column = labels if isinstance(labels, pd.Series) else pd.Series(np.asarray(labels))
    if len(column) != len(index):
        raise ParameterError(
            f"There are {len(column)} labels for {len(index)} rows. Give one a row, missing where "
            "nobody said, or a dictionary from rows to labels."
        )
    return as_labels(column.reset_index(drop=True))


def _members(found: Detection) -> list[Any]:
    given = found.params.get("members")
    if given:
        return list(given)
    from workbench.detectors import DETECTORS

    defaults = DETECTORS.get(found.detector).defaults()
    own: dict[str, Any] = {"detector": found.detector}
    own |= {k: v for k, v in found.params.items() if defaults.get(k, v) != v or k == "window"}
    if found.dataset.kind == "series":
        others: tuple[Any, ...] = ("discord", "seasonal_residual", "sub_pca")
    else:
        others = OTHERS
    return [own, *(name for name in others if name != found.detector)]
