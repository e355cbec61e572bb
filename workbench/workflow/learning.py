"""``wb.learn``: from what people said about some rows to a better detection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import DataError, ParameterError
from workbench.core.progress import Progress

if TYPE_CHECKING:
    from workbench.core.dataset import DatasetRecord
    from workbench.workflow.detection import Detection
    from workbench.workflow.model import Model

__all__ = ["learn"]

#: What joins a single detector, so that there is something to choose among.
OTHERS = ("sampled_knn", "iforest", "ecod", "pca")


def learn(
    found: Detection,
    labels: Any,
    *,
    miss: float = 5.0,
    alarm: float = 1.0,
    progress: Progress | None = None,
) -> Detection:
    """Return a detection that has learned from labels of some rows.

    The detectors of ``found`` (joined by others where it is a single one) are stacked under a
    classifier whose say is chosen by cross-validation on the labelled rows; the threshold is
    the one that would have cost least on them. Labels given here add to nothing else: a label
    column of the data is used only when it is handed over, as ``data.frame["label"]``.

    Parameters
    ----------
    found : Detection
        What was found so far.
    labels : mapping, Series or array-like of shape (n,)
        What people said: ``{row: "anomaly", other: "normal"}`` with row positions or index
        labels, or one value a row with missing ones where nobody said. Words and numbers as in
        a label column.
    miss, alarm : float
        Cost of a missed anomaly and of a false alarm.
    progress : Progress, optional
        Told about stages; may cancel.

    Returns
    -------
    Detection
        Of the detector ``stacked``.

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
    model.provenance |= {
        **found.provenance,
        "leaderboard": model.provenance.get("leaderboard"),
        "asked": "learn",
        "reason": f"learned from labels of {odd + normal} rows, {odd} of them anomalies",
        "seconds": rows.seconds,
    }
    model.provenance.pop("calibration", None)
    progress.step(1.0, "done")
    return Detection.of(model, data, rows)


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
