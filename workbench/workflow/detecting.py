"""``wb.detect``: from data to a detection, in one call that says what it chose and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import DataError, ParameterError
from workbench.core.progress import Progress
from workbench.workflow.dataset import Dataset, as_dataset

if TYPE_CHECKING:
    from workbench.thresholds import Rule
    from workbench.workflow.detection import Detection

__all__ = ["DEFAULT_RULE", "detect"]

#: Threshold when nobody says how many rows are odd.
DEFAULT_RULE = "mad"


def detect(
    data: Any,
    detector: str = "auto",
    *,
    contamination: float | None = None,
    threshold: float | str | Rule | None = None,
    reference: Any = None,
    random_state: int = 0,
    progress: Progress | None = None,
    **params: Any,
) -> Detection:
    """Find what is odd in data.

    Parameters
    ----------
    data : Dataset, DataFrame, path, or anything that ``wb.load`` takes
        What to look at.
    detector : str
        A name of ``wb.catalog()``, or "auto" to let kind and size of the data decide.
    contamination : float, optional
        Expected share of anomalies in (0, 0.5]; sets the threshold.
    threshold : float, str or Rule, optional
        The threshold itself, a rule ("mad", "budget:5") or a rule object. By default robust
        standard deviations above the median score, at most 10 % of the rows.
    reference : slice, mask or row positions, optional
        Clean rows to learn from: ``slice("2026-01", "2026-03")``.
    random_state : int
        Seed; the same seed gives the same scores.
    progress : Progress, optional
        Told about stages; may cancel.
    **params
        Parameters of the detector, for example ``n_neighbors=20``; ``window`` for a tabular
        detector on a series.

    Returns
    -------
    Detection

    Raises
    ------
    WorkbenchError
        The data or a parameter cannot work; the message says which and what to do.

    Examples
    --------
    >>> import workbench as wb
    >>> found = wb.detect("sample:pump", contamination=0.03)
    >>> found.detector
    'pca'
    """
    from workbench.workflow.detection import Detection
    from workbench.workflow.fitting import fit_model, learn_normal

    progress = progress or Progress()
    progress.step(0.0, "loading")
    data = as_dataset(data)
    rule = _rule(contamination, threshold)
    learn = _reference(data, reference)
    name, params, reason = _choose(data, detector, learn, dict(params), random_state)
    model, rows = fit_model(data, name, params, learn, progress)
    fitted = rows.scores if learn is None else rows.scores[learn]
    model.threshold = _threshold(data, rule, fitted)
    learn_normal(model, data, rows.scores, fitted)
    model.provenance = _provenance(data, detector, reason, random_state, reference, rows.seconds)
    progress.step(1.0, "done")
    return Detection.of(model, data, rows)


def _reference(data: Dataset, reference: Any) -> np.ndarray | None:
    from workbench.workflow.reference import reference_rows

    return reference_rows(data, reference)


def _rule(contamination: float | None, threshold: Any) -> Any:
    from workbench.thresholds.base import parse_rule
    from workbench.thresholds.contamination import Contamination

    if contamination is not None and threshold is not None:
        raise ParameterError("Give contamination or threshold, not both.")
    if contamination is not None:
        return Contamination(contamination)
    if isinstance(threshold, str):
        return parse_rule(threshold)
    return DEFAULT_RULE if threshold is None else threshold


def _threshold(data: Dataset, rule: Any, scores: np.ndarray) -> Any:
    from workbench.thresholds import set_threshold
    from workbench.workflow.detection import score_context

    return set_threshold(rule, scores, score_context(data))


def _choose(
    data: Dataset, detector: str, learn: np.ndarray | None, params: dict[str, Any], seed: int
) -> tuple[str, dict[str, Any], str]:
    from workbench.detectors import DETECTORS
    from workbench.preparation.kinds import kind_of
    from workbench.tuning.auto import choose_detector

    reason = "asked for by name"
    if detector == "auto":
        rows = len(data) if learn is None else int(learn.sum())
        kinds = [kind_of(data.frame[name]) for name in data.features]
        share = kinds.count("category") / len(kinds) if kinds else 0.0
        choice = choose_detector(data.kind, rows, len(kinds), categorical=share)
        detector, reason = choice.detector, choice.reason
        params = {**choice.params, **params}
    kind = DETECTORS.get(detector)
    if data.kind not in ("series",) and kind.tags.kinds == ("series",):
        raise DataError(
            f"'{detector}' is for series, and the data are {data.kind}. Name the time column with "
            "time='…' (regular steps), pass kind='series' to wb.load, or take a tabular detector."
        )
    if "random_state" in kind.defaults():
        params.setdefault("random_state", seed)
    return detector, params, reason


def _provenance(
    data: Dataset, asked: str, reason: str, seed: int, reference: Any, seconds: float
) -> dict[str, Any]:
    from importlib import metadata
    from platform import python_version

    from workbench.workflow.reference import show_reference

    packages = ("anomaly-workbench", "numpy", "pandas", "scikit-learn", "pyod")
    shown = None
    if reference is not None:
        shown = show_reference(reference) if isinstance(reference, slice) else "rows"
    return {
        "asked": asked,
        "reason": reason,
        "random_state": seed,
        "reference": shown,
        "rows": len(data),
        "columns": [str(name) for name in data.frame.columns],
        "data": data.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
        "python": python_version(),
        "versions": {name: metadata.version(name) for name in packages},
    }
