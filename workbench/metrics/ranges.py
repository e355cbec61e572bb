"""Metrics for series that forgive a few steps of delay, and nothing more."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import DataError
from workbench.metrics.points import check_labelled

__all__ = ["affiliation", "events", "vus_pr"]

#: Thresholds on the curve, as in the reference implementation of VUS.
THRESHOLDS = 250


def events(labels: np.ndarray) -> list[tuple[int, int]]:
    """Return the stretches [start, end) in which ``labels`` (n,) are positive.

    Examples
    --------
    >>> events(np.array([0, 1, 1, 0, 1]))
    [(1, 3), (4, 5)]
    """
    edges = np.diff(np.concatenate([[0], (np.asarray(labels) > 0).astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def vus_pr(labels: np.ndarray, scores: np.ndarray, window: int) -> float:
    """Return the volume under the range precision-recall surface, in [0, 1].

    Labels get soft shoulders of every width from 0 to ``window``; the area under the
    precision-recall curve is averaged over the widths.

    Parameters
    ----------
    labels, scores : numpy.ndarray of shape (n,)
        In the order of time, without gaps in the labels.
    window : int
        Widest shoulder in steps; TSB-AD takes the period of the series.

    Raises
    ------
    DataError
        Labels are missing, or all of one kind.

    References
    ----------
    Paparrizos et al.: Volume under the surface, VLDB 2022.
    """
    labels = np.asarray(labels, dtype=float)
    if np.isnan(labels).any():
        raise DataError("Range metrics need a label for every row.")
    positive, scores = check_labelled(labels, scores)
    spans = events(positive)
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    cuts = ranked[np.linspace(0, len(ranked) - 1, THRESHOLDS).astype(int)]
    # Rows at or above each cut, ties included.
    flagged = np.searchsorted(-ranked, -cuts, side="right")
    areas = [
        _area(_shoulders(positive, spans, width), int(positive.sum()), scores, order, flagged, cuts)
        for width in range(int(window) + 1)
    ]
    return float(np.mean(areas))


def _shoulders(positive: np.ndarray, spans: list[tuple[int, int]], width: int) -> np.ndarray:
    soft = positive.astype(float)
    half = width // 2
    for start, end in spans:
        last = end - 1
        after = np.arange(last + 1, min(last + half, len(soft)))
        before = np.arange(max(start - half, 0), start)
        soft[after] += np.sqrt(1.0 - (after - last) / max(width, 1))
        soft[before] += np.sqrt(1.0 - (start - before) / max(width, 1))
    return np.minimum(soft, 1.0)


def _area(
    soft: np.ndarray,
    hits: int,
    scores: np.ndarray,
    order: np.ndarray,
    flagged: np.ndarray,
    cuts: np.ndarray,
) -> float:
    gained = np.cumsum(soft[order])[flagged - 1]
    recall = np.minimum(gained / ((hits + soft.sum()) / 2.0), 1.0)
    peaks = np.sort([scores[start:end].max() for start, end in events(soft)])
    existence = (len(peaks) - np.searchsorted(peaks, cuts, side="left")) / len(peaks)
    true_rate = np.concatenate([[0.0], recall * existence])
    precision = np.concatenate([[1.0], gained / flagged])
    return float(np.sum(np.diff(true_rate) * (precision[1:] + precision[:-1]) / 2.0))


def affiliation(labels: np.ndarray, flags: np.ndarray) -> dict[str, float]:
    """Return affiliation precision, recall and F1: how near alarms are to true events.

    Each step belongs to its nearest true event. Precision asks how much nearer the alarms are
    to the event than a random step of its zone; recall asks the same of the event's steps and
    the alarms. Both average over events; an event without alarms has recall 0. Counted over
    steps, where the paper integrates over time.

    Parameters
    ----------
    labels, flags : numpy.ndarray of shape (n,)
        True events and alarms, in the order of time.

    References
    ----------
    Huet, Navarro, Rossi: Local evaluation of time series anomaly detection algorithms,
    KDD 2022.

    Examples
    --------
    >>> affiliation(np.array([0, 0, 1, 0]), np.array([0, 0, 1, 0]))["f1"]
    1.0
    """
    spans = events(labels)
    flags = np.asarray(flags) > 0
    if not spans:
        raise DataError("No labelled event: affiliation needs at least one.")
    borders = [(a[1] - 1 + b[0]) // 2 + 1 for a, b in zip(spans[:-1], spans[1:], strict=True)]
    zones = list(zip([0, *borders], [*borders, len(flags)], strict=True))
    precisions: list[float] = []
    recalls: list[float] = []
    for span, zone in zip(spans, zones, strict=True):
        alarms = np.flatnonzero(flags[slice(*zone)]) + zone[0]
        if alarms.size:
            precisions.append(_zone_precision(span, zone, alarms))
        recalls.append(_zone_recall(span, zone, alarms) if alarms.size else 0.0)
    precision = float(np.mean(precisions)) if precisions else 0.0
    recall = float(np.mean(recalls))
    both = precision + recall
    f1 = 2.0 * precision * recall / both if both else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def _distance(steps: np.ndarray, span: tuple[int, int]) -> np.ndarray:
    return np.maximum(np.maximum(span[0] - steps, steps - (span[1] - 1)), 0)


def _zone_precision(span: tuple[int, int], zone: tuple[int, int], alarms: np.ndarray) -> float:
    random = np.sort(_distance(np.arange(*zone), span))
    at_least = len(random) - np.searchsorted(random, _distance(alarms, span), side="left")
    return float(np.mean(at_least / len(random)))


def _zone_recall(span: tuple[int, int], zone: tuple[int, int], alarms: np.ndarray) -> float:
    steps = np.arange(*span)
    place = np.searchsorted(alarms, steps)
    left = np.abs(steps - alarms[np.maximum(place - 1, 0)])
    right = np.abs(alarms[np.minimum(place, len(alarms) - 1)] - steps)
    near = np.minimum(left, right)
    # Steps of the zone that are at least as far from each true step as the nearest alarm is.
    farther_left = np.maximum(steps - near - zone[0] + 1, 0)
    farther_right = np.maximum(zone[1] - (steps + near), 0)
    farther = farther_left + farther_right - (near == 0)
    return float(np.mean(farther / (zone[1] - zone[0])))
