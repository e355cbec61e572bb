"""Metrics over single rows: ranking quality and F1 at the threshold, with intervals."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import DataError

__all__ = [
    "average_precision",
    "bootstrap_interval",
    "check_labelled",
    "f1_at",
    "precision_at_k",
    "roc_auc",
]


def check_labelled(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (bool) and scores of the rows whose label is known.

    Raises
    ------
    DataError
        Lengths differ, or one of the two classes is missing.
    """
    labels, scores = np.asarray(labels, dtype=float), np.asarray(scores, dtype=float)
    if labels.shape != scores.shape:
        raise DataError(f"Found {labels.size} labels for {scores.size} scores.")
    known = ~np.isnan(labels)
    positive = labels[known] > 0
    if positive.all() or not positive.any():
        which = "anomalous" if positive.size and positive.all() else "normal"
        raise DataError(
            f"All {positive.size} labelled rows are {which}: a metric needs both kinds."
        )
    return positive, scores[known]


def roc_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the chance that a random anomaly scores above a random normal row, in [0, 1].

    Ties count one half. Equals scikit-learn's ``roc_auc_score``.

    Examples
    --------
    >>> roc_auc(np.array([0, 0, 1]), np.array([1.0, 2.0, 3.0]))
    1.0
    """
    positive, scores = check_labelled(labels, scores)
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    first = np.searchsorted(ranked, scores, side="left")
    last = np.searchsorted(ranked, scores, side="right")
    ranks = (first + last + 1) / 2.0
    hits = int(positive.sum())
    misses = len(positive) - hits
    return float((ranks[positive].sum() - hits * (hits + 1) / 2.0) / (hits * misses))


def average_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under the precision-recall curve by steps, in [0, 1].

    Equals scikit-learn's ``average_precision_score``; a random ranking gets the anomaly rate.

    Examples
    --------
    >>> average_precision(np.array([0, 1, 0]), np.array([1.0, 3.0, 2.0]))
    1.0
    """
    positive, scores = check_labelled(labels, scores)
    order = np.argsort(-scores, kind="stable")
    ranked, hit = scores[order], positive[order]
    ends = np.append(np.flatnonzero(np.diff(ranked) != 0), len(ranked) - 1)
    found = np.cumsum(hit)[ends]
    precision = found / (ends + 1.0)
    gained = np.diff(found, prepend=0) / positive.sum()
    return float(np.sum(precision * gained))


def precision_at_k(labels: np.ndarray, scores: np.ndarray, k: int | None = None) -> float:
    """Return the share of anomalies among the k highest scores; k defaults to their number.

    Rows tied at the edge count by their share.
    """
    positive, scores = check_labelled(labels, scores)
    k = int(positive.sum()) if k is None else min(int(k), len(scores))
    if k < 1:
        raise DataError(f"k must be at least 1, found {k}.")
    edge = np.sort(scores)[::-1][k - 1]
    above, tied = scores > edge, scores == edge
    room = k - int(above.sum())
    return float((positive[above].sum() + room * positive[tied].mean()) / k)


def f1_at(labels: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float]:
    """Return precision, recall and F1 of "score above threshold", each in [0, 1]."""
    positive, scores = check_labelled(labels, scores)
    flagged = scores > threshold
    hits = float((flagged & positive).sum())
    precision = hits / flagged.sum() if flagged.any() else 0.0
    recall = hits / positive.sum()
    both = precision + recall
    f1 = 2.0 * precision * recall / both if both else 0.0
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def bootstrap_interval(
    metric: object,
    labels: np.ndarray,
    scores: np.ndarray,
    *,
    rounds: int = 200,
    level: float = 0.95,
    random_state: int = 0,
) -> tuple[float, float]:
    """Return the percentile interval of a metric over resampled rows.

    Rows are resampled within each class (stratified), so that rare anomalies never vanish.

    Parameters
    ----------
    metric : callable
        Takes labels and scores, returns a number.
    """
    if not callable(metric):
        raise DataError("metric must be callable as metric(labels, scores).")
    positive, scores = check_labelled(labels, scores)
    random = np.random.default_rng(random_state)
    ones, zeros = np.flatnonzero(positive), np.flatnonzero(~positive)
    values = []
    for _ in range(rounds):
        rows = np.concatenate([random.choice(ones, len(ones)), random.choice(zeros, len(zeros))])
        values.append(metric(positive[rows].astype(float), scores[rows]))
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(values, [tail, 100.0 - tail])
    return float(low), float(high)
