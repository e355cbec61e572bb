"""Severity lanes: where on the time axis something is odd, overall and part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.workflow.explaining import parts_of_rows

if TYPE_CHECKING:
    from workbench.workflow.detection import Detection

__all__ = ["Lanes", "lanes"]

#: Lanes below the overall one; more do not fit on a screen.
MOST_LANES = 20
#: Anomalies whose features are told apart; the rest show in the overall lane.
MOST_EXPLAINED = 200


@dataclass(frozen=True)
class Lanes:
    """Severities in the order of :attr:`DetectionRecord.order`.

    Attributes
    ----------
    names : tuple of str
        "overall", then entities or features, the oddest first.
    matrix : numpy.ndarray of shape (lanes, n), float32
        Severity 0-100.
    by : {"entity", "feature"}
        What the lanes below the first stand for.
    """

    names: tuple[str, ...]
    matrix: np.ndarray
    by: str


def lanes(found: Detection) -> Lanes:
    """Return the lanes of a detection.

    With an entity, each lane shows its rows. Otherwise each lane shows how much of the
    severity of an anomaly its feature carries, by the explanation of the anomaly's peak.
    """
    order = found.order
    severity = found.severity.to_numpy(dtype=np.float32)[order]
    if found.dataset.entity is not None:
        return _by_entity(found, order, severity)
    return _by_feature(found, order, severity)


def _by_entity(found: Detection, order: np.ndarray, severity: np.ndarray) -> Lanes:
    from workbench.preparation.kinds import as_text

    column = as_text(found.dataset.frame[found.dataset.entity])
    entity = column.fillna("missing").to_numpy(dtype=object)[order]
    names, codes = np.unique(entity, return_inverse=True)
    worst = np.array([severity[codes == code].max() for code in range(len(names))])
    shown = np.argsort(-worst, kind="stable")[:MOST_LANES]
    rows = [np.where(codes == code, severity, np.float32(0)) for code in shown]
    picked = tuple(str(names[code]) for code in shown)
    return Lanes(("overall", *picked), np.vstack([severity, *rows]).astype(np.float32), "entity")


def _by_feature(found: Detection, order: np.ndarray, severity: np.ndarray) -> Lanes:
    names = found.matrix.features
    matrix = np.zeros((len(names), len(order)), dtype=np.float32)
    told = found.records[:MOST_EXPLAINED]
    peaks = np.array([item.peak for item in told], dtype=int)
    for item, parts in zip(told, parts_of_rows(found, peaks), strict=True):
        weight = np.clip(parts, 0.0, None)
        top = float(weight.max())
        if top > 0.0:
            share = (weight / top).astype(np.float32)
            matrix[:, item.start : item.end] = share[:, None] * severity[item.start : item.end]
    shown = np.argsort(-matrix.sum(axis=1), kind="stable")[:MOST_LANES]
    rows = np.vstack([severity, matrix[shown]]).astype(np.float32)
    return Lanes(("overall", *(names[place] for place in shown)), rows, "feature")
