"""How good a ranking is: metrics where labels are, honest substitutes where they are not."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.core.errors import DataError, WorkbenchError
from workbench.metrics.agreement import overlap_at_k, rank_correlation
from workbench.metrics.points import (
    average_precision,
    bootstrap_interval,
    f1_at,
    precision_at_k,
    roc_auc,
)
from workbench.metrics.ranges import affiliation, vus_pr

if TYPE_CHECKING:
    from workbench.workflow.detection import Detection

__all__ = ["Evaluation", "Metric", "evaluate"]

#: Rows up to which bootstrap intervals and stability are computed without thinning rounds.
_ROUNDS = 100
#: Detectors whose agreement is asked for, quick and unlike each other.
_JURY = {
    "series": ("seasonal_residual", "spectral_residual", "iforest"),
    "tabular": ("iforest", "ecod", "pca", "knn"),
}
#: Rows beyond which KNN is left out of the jury.
_MOST_ROWS_JURY = 20_000


@dataclass(frozen=True)
class Metric:
    """One number with its 95 % bootstrap interval where there is one."""

    name: str
    value: float
    low: float | None
    high: float | None
    meaning: str


@dataclass(frozen=True)
class Evaluation:
    """What can honestly be said about a detection.

    Attributes
    ----------
    labelled : bool
        Whether labels were there; without them no accuracy is claimed.
    statement : str
        The plain statement that belongs beside the numbers.
    metrics : tuple of Metric
    """

    labelled: bool
    statement: str
    metrics: tuple[Metric, ...]

    def __getitem__(self, name: str) -> float:
        for metric in self.metrics:
            if metric.name == name:
                return metric.value
        raise DataError(
            f"There is no metric '{name}'. Computed: {', '.join(m.name for m in self.metrics)}."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one line a metric."""
        return pd.DataFrame([vars(metric) for metric in self.metrics])

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        return {
            "labelled": self.labelled,
            "statement": self.statement,
            "metrics": [vars(metric) for metric in self.metrics],
        }

    def __str__(self) -> str:
        lines = [self.statement]
        for item in self.metrics:
            span = "" if item.low is None else f"  [{item.low:.3f}, {item.high:.3f}]"
            lines.append(f"  {item.name:<24} {item.value:6.3f}{span}  {item.meaning}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(index=False, float_format="{:.3f}".format, na_rep="")
        return f"<p>{escape(self.statement)}</p>{table}"


def evaluate(found: Detection) -> Evaluation:
    """Return metrics by the label column, or agreement and stability without one.

    Raises
    ------
    DataError
        The label does not say which rows are anomalies, or all are of one kind.
    """
    if found.dataset.label is None:
        return _without_labels(found)
    return _with_labels(found)


def _with_labels(found: Detection) -> Evaluation:
    from workbench.preparation.labels import as_labels

    labels = as_labels(found.dataset.frame[found.dataset.label])
    scores = found.scores.to_numpy()
    metrics = [
        _metric("roc_auc", roc_auc, labels, scores, "chance that an anomaly outranks a normal row"),
        _metric(
            "average_precision",
            average_precision,
            labels,
            scores,
            "area under precision-recall; a random ranking gets the anomaly rate",
        ),
        _metric(
            "precision_at_k",
            precision_at_k,
            labels,
            scores,
            "share of true anomalies among the k highest scores, k their number",
        ),
    ]
    at = found.threshold.value
    for name in ("precision", "recall", "f1"):
        metrics.append(
            _metric(
                name,
                lambda y, s, part=name: f1_at(y, s, at)[part],
                labels,
                scores,
                f"{name} at the threshold, row by row",
            )
        )
    if found.dataset.kind == "series":
        metrics += _range_metrics(found, labels)
    rate = float(np.nanmean(labels))
    known = int((~np.isnan(labels)).sum())
    statement = (
        f"Measured on {known:,} labelled rows, {100 * rate:.2f} % of them anomalous; intervals "
        "are 95 % bootstrap over rows."
    )
    if found.dataset.kind == "series":
        statement += " Neighbouring rows of a series are alike, so its intervals are too narrow."
    return Evaluation(True, statement, tuple(metrics))


def _metric(name: str, metric: Any, labels: np.ndarray, scores: np.ndarray, meaning: str) -> Metric:
    value = float(metric(labels, scores))
    low, high = bootstrap_interval(metric, labels, scores, rounds=_ROUNDS)
    return Metric(name, value, low, high, meaning)


def _range_metrics(found: Detection, labels: np.ndarray) -> list[Metric]:
    """VUS-PR and affiliation over each series, averaged over the entities that have events."""
    from workbench.detectors._windowed import choose_window

    values: dict[str, list[float]] = {}
    for rows in found.groups.values():
        marks = labels[rows]
        if np.isnan(marks).any() or not marks.any() or marks.all():
            continue
        width = min(choose_window(found.matrix.values[rows]), len(rows) // 10)
        scores, flags = found.scores.to_numpy()[rows], found.is_anomaly.to_numpy()[rows]
        near = affiliation(marks, flags)
        values.setdefault("vus_pr", []).append(vus_pr(marks, scores, width))
        values.setdefault("affiliation_precision", []).append(near["precision"])
        values.setdefault("affiliation_recall", []).append(near["recall"])
    meaning = {
        "vus_pr": "area under precision-recall that forgives a delay up to one period",
        "affiliation_precision": "how near alarms are to true events (0.5 is random)",
        "affiliation_recall": "how near true events are to alarms (0.5 is random)",
    }
    return [
        Metric(name, float(np.mean(each)), None, None, meaning[name])
        for name, each in values.items()
    ]


def _without_labels(found: Detection) -> Evaluation:
    scores = found.scores.to_numpy()
    k = max(1, int(found.is_anomaly.sum()))
    metrics: list[Metric] = []
    for name, other in _other_opinions(found).items():
        metrics.append(
            Metric(
                f"agreement with {name}",
                rank_correlation(scores, other),
                None,
                None,
                f"rank correlation; {100 * overlap_at_k(scores, other, k):.0f} % of "
                f"the top {k} shared",
            )
        )
    stability = _stability(found, scores, k)
    if stability is not None:
        metrics.append(stability)
    statement = (
        "No labels, so no accuracy can be claimed. Agreement and stability say whether the "
        "ranking depends on the method or on chance, not whether it is right."
    )
    return Evaluation(False, statement, tuple(metrics))


def _other_opinions(found: Detection) -> dict[str, np.ndarray]:
    from workbench.workflow.detecting import detect

    opinions: dict[str, np.ndarray] = {}
    jury = _JURY["series" if found.dataset.kind == "series" else "tabular"]
    for name in jury:
        if name == found.detector or (name == "knn" and len(found) > _MOST_ROWS_JURY):
            continue
        try:
            opinions[name] = detect(found.dataset, name).scores.to_numpy()
        except WorkbenchError:  # too few rows for it: one opinion fewer
            continue
    return opinions


def _stability(found: Detection, scores: np.ndarray, k: int) -> Metric | None:
    """Refit on three random halves and compare the top k; series are cut, not sampled."""
    from workbench.workflow.detecting import detect

    if len(found) < 40:
        return None
    overlaps = []
    for seed in range(3):
        rows = _half(found, seed)
        try:
            again = detect(found.dataset, found.detector, reference=rows, **_fixed(found))
        except WorkbenchError:
            return None
        overlaps.append(overlap_at_k(scores, again.scores.to_numpy(), k))
    return Metric(
        "stability",
        float(np.mean(overlaps)),
        float(np.min(overlaps)),
        float(np.max(overlaps)),
        f"share of the top {k} that stays when learning from half of the rows (3 times)",
    )


def _half(found: Detection, seed: int) -> np.ndarray:
    rows = len(found)
    mask = np.zeros(rows, dtype=bool)
    if found.dataset.kind == "series":
        for group in found.groups.values():
            start = seed * (len(group) // 4)
            mask[group[start : start + len(group) // 2]] = True
        return mask
    mask[np.random.default_rng(seed).permutation(rows)[: rows // 2]] = True
    return mask


def _fixed(found: Detection) -> dict[str, Any]:
    return {name: value for name, value in found.params.items() if value is not None}
