"""How scores are judged: the same figures in every comparison and benchmark."""

from __future__ import annotations

import numpy as np

from workbench.metrics.points import average_precision, roc_auc
from workbench.metrics.ranges import vus_pr

__all__ = ["METRICS", "judge", "leading_metric", "protocol_window"]

#: Figures of a comparison over several sets, with their meaning; higher is better in all.
METRICS = {
    "roc_auc": "ROC-AUC: chance that an anomaly outranks a normal row",
    "average_precision": "average precision: area under precision-recall",
    "vus_pr": "VUS-PR: area under precision-recall that forgives a delay up to one period",
}
#: Values that the period is read off, and its bounds, as in TSB-AD.
_MOST_POINTS, _LAGS, _SHORTEST, _LONGEST, _FALLBACK = 20_000, 400, 3, 300, 125


def protocol_window(values: np.ndarray) -> int:
    """Return TSB-AD's window for VUS: the highest local peak of the autocorrelation, else 125.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
        The first column of the series, finite.

    References
    ----------
    Liu, Paparrizos: The elephant in the room (TSB-AD), NeurIPS 2024; its ``find_length_rank``.

    Examples
    --------
    >>> protocol_window(np.sin(np.arange(1000) * 2 * np.pi / 50))
    50
    """
    from scipy.signal import argrelextrema
    from statsmodels.tsa.stattools import acf

    values = np.asarray(values, dtype=np.float64)[:_MOST_POINTS]
    if len(values) <= _SHORTEST or not np.ptp(values) > 0.0:
        return _FALLBACK
    correlation = acf(values, nlags=min(_LAGS, len(values) - 1), fft=True)[_SHORTEST:]
    peaks = argrelextrema(correlation, np.greater)[0]
    if peaks.size == 0:
        return _FALLBACK
    best = int(peaks[np.argmax(correlation[peaks])])
    return best + _SHORTEST if _SHORTEST <= best <= _LONGEST else _FALLBACK


def judge(labels: np.ndarray, scores: np.ndarray, first: np.ndarray | None) -> dict[str, float]:
    """Return all figures of :data:`METRICS` that apply.

    Parameters
    ----------
    labels, scores : numpy.ndarray of shape (n,)
        1 anomaly, 0 normal, NaN unknown; higher scores are more anomalous.
    first : numpy.ndarray of shape (n,) or None
        First column of a series in the order of time; None for a table.

    Examples
    --------
    >>> judge(np.array([0, 0, 1]), np.array([1.0, 2.0, 3.0]), None)
    {'roc_auc': 1.0, 'average_precision': 1.0}
    """
    found = {
        "roc_auc": roc_auc(labels, scores),
        "average_precision": average_precision(labels, scores),
    }
    if first is not None and not np.isnan(labels).any():
        found["vus_pr"] = vus_pr(labels, scores, protocol_window(np.nan_to_num(first)))
    return found


def leading_metric(known: list[str]) -> str:
    """Return the figure that decides: VUS-PR where all sets are series, else ROC-AUC."""
    return "vus_pr" if "vus_pr" in known else "roc_auc"
