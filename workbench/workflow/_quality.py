"""How good detectors' rankings are by the labels: what a comparison's table says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from workbench.workflow.dataset import Dataset
    from workbench.workflow.detection import Detection

__all__ = ["known_labels", "quality"]

#: Rounds of the bootstrap; from this many rows fewer, for the interval is narrow and dear.
ROUNDS, FEWER_ROUNDS, MANY_ROWS = 200, 40, 50_000


def known_labels(data: Dataset | Any) -> np.ndarray | None:
    """Return the labels of a dataset, or None where they cannot judge a ranking."""
    import numpy as np

    from workbench.preparation.labels import as_labels

    if data.label is None:
        return None
    labels = as_labels(data.frame[data.label])
    return labels if len(np.unique(labels[~np.isnan(labels)])) == 2 else None


def quality(found: Detection, labels: np.ndarray) -> dict[str, float]:
    """Return the metrics of a ranking, each with its interval (``_low``, ``_high``)."""
    from workbench.metrics.points import average_precision, bootstrap_interval, roc_auc

    scores = found.scores.to_numpy()
    rounds = ROUNDS if len(scores) <= MANY_ROWS else FEWER_ROUNDS
    line: dict[str, float] = {}
    for name, metric in (("roc_auc", roc_auc), ("average_precision", average_precision)):
        low, high = bootstrap_interval(metric, labels, scores, rounds=rounds)
        line |= {name: metric(labels, scores), f"{name}_low": low, f"{name}_high": high}
    if found.dataset.kind == "series":
        line |= _range_metric(found, labels)
    return line


def _range_metric(found: Detection, labels: np.ndarray) -> dict[str, float]:
    """VUS-PR by TSB-AD's window, averaged over the entities that have events."""
    import numpy as np

    from workbench.bench._protocol import protocol_window
    from workbench.metrics.ranges import vus_pr

    values = []
    for rows in found.groups.values():
        marks = labels[rows]
        if np.isnan(marks).any() or not marks.any() or marks.all():
            continue
        first = np.nan_to_num(found.matrix.values[rows, 0])
        values.append(vus_pr(marks, found.scores.to_numpy()[rows], protocol_window(first)))
    return {"vus_pr": float(np.mean(values))} if values else {}
