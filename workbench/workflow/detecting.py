"""``wb.detect``: from data to a detection, in one call that says what it chose and why."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.display import watched
from workbench.core.errors import DataError, ParameterError
from workbench.core.network import STRUCTURE
from workbench.core.progress import Progress
from workbench.workflow.dataset import Dataset, as_dataset

if TYPE_CHECKING:
    from workbench.thresholds import Rule
    from workbench.tuning.auto import Choice
    from workbench.workflow.detection import Detection

__all__ = [
    "DEFAULT_RULE",
    "check_params",
    "choose",
    "detect",
    "provenance_of",
    "what_auto_asks",
]

#: Threshold when nobody says how many rows are odd.
DEFAULT_RULE = "mad"
#: Parameters that fitting takes for itself, whatever the detector.
_FITTING = ("window", "pooled")


@watched("Detecting")
def detect(
    data: Any,
    detector: str = "auto",
    *,
    contamination: float | None = None,
    threshold: float | str | Rule | None = None,
    reference: Any = None,
    fdr: float | None = None,
    calibration: str = "cross",
    shift: bool = False,
    seconds: float | None = None,
    random_state: int = 0,
    memory: int | str | None = None,
    client: Any = None,
    out: str | Path | None = None,
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
    fdr : float, optional
        Expected share of false ones among the flagged rows, in (0, 0.5]: sets the threshold by
        conformal p-values. Needs a clean reference; without one, or where a check speaks against
        it, the threshold's reason says that nothing is promised.
    calibration : {"cross", "split", "jackknife+"}
        How reference rows are scored by models that did not see them; only with ``fdr``.
    shift : bool
        Whether the rows judged may be distributed unlike the reference (weights the reference
        rows by the ratio of their densities); only with ``fdr``.
    seconds : float, optional
        Time that "auto" may take, about (60 by default); the notices say what it skips.
    random_state : int
        Seed; the same seed gives the same scores.
    memory : int or str, optional
        Work on the data in parts, and take no more memory than this: "2GB". Files that do not
        fit into what is free are worked on in parts anyway.
    client : distributed.Client, address or "local", optional
        Work on this cluster of Dask's.
    out : path, optional
        Write all scores to this Parquet file; for data that are worked on in parts.
    progress : Progress, optional
        Told about stages; may cancel.
    **params
        Parameters of the detector, for example ``n_neighbors=20``; ``window`` for a tabular
        detector on a series.

    Returns
    -------
    Detection, or LargeDetection for data that were worked on in parts
        The latter also for a data frame of Dask's, and for what ``wb.scan`` returned.

    Raises
    ------
    WorkbenchError
        The data or a parameter cannot work; the message says which and what to do.

    Examples
    --------
    >>> import workbench as wb
    >>> found = wb.detect("sample:pump", contamination=0.03)
    >>> found.detector
    'discord'
    """
    from workbench.thresholds import set_threshold
    from workbench.thresholds.fdr import Fdr
    from workbench.workflow.calibrating import Calibrating, calibrate_model
    from workbench.workflow.detection import Detection, score_context
    from workbench.workflow.fitting import fit_model, learn_normal
    from workbench.workflow.large_detecting import detect_large, is_large

    progress = progress or Progress()
    progress.step(0.0, "loading")
    if is_large(data, memory, client, out):
        refused = {"reference": reference is not None, "fdr": fdr is not None, "shift": shift}
        return detect_large(  # type: ignore[return-value]  # the docstring says so
            data, detector, rule=_rule(contamination, threshold, None), refused=refused,
            seconds=seconds, random_state=random_state, memory=memory, client=client, out=out,
            progress=progress, params=params,
        )  # fmt: skip
    data = as_dataset(data)
    rule = _rule(contamination, threshold, fdr)
    learn = _reference(data, reference)
    choice = choose(data, detector, learn, dict(params), random_state, seconds)
    calibrate = Calibrating(calibration, shift, random_state) if isinstance(rule, Fdr) else None
    model, rows = fit_model(data, choice.detector, choice.params, learn, progress, calibrate)
    fitted = rows.scores if learn is None else rows.scores[learn]
    known = None
    if calibrate is not None:
        known = calibrate_model(model, calibrate, rows, learn)
        fitted = rows.scores if learn is None or learn.all() else rows.scores[~learn]
    model.threshold = set_threshold(rule, fitted, score_context(data, known))
    learn_normal(model, data, rows.scores, fitted if known is None else known.scores)
    model.provenance |= provenance_of(
        data, detector, choice.reason, random_state, reference, rows.seconds
    )
    rows = replace(rows, notices=(*rows.notices, *choice.skipped))
    progress.step(1.0, "done")
    return Detection.of(model, data, rows)


def _reference(data: Dataset, reference: Any) -> np.ndarray | None:
    from workbench.workflow.reference import reference_rows

    return reference_rows(data, reference)


def _rule(contamination: float | None, threshold: Any, fdr: float | None) -> Any:
    from workbench.thresholds.base import parse_rule
    from workbench.thresholds.contamination import Contamination
    from workbench.thresholds.fdr import Fdr

    if sum(way is not None for way in (contamination, threshold, fdr)) > 1:
        raise ParameterError("Give one of contamination, threshold and fdr.")
    if contamination is not None:
        return Contamination(contamination)
    if fdr is not None:
        return Fdr(fdr)
    if isinstance(threshold, str):
        return parse_rule(threshold)
    return DEFAULT_RULE if threshold is None else threshold


def what_auto_asks(data: Dataset, rows: int | None = None) -> dict[str, Any]:
    """Return what the choice of detectors depends on: kind, size and types of the data."""
    from workbench.preparation.kinds import holds_texts, kind_of

    columns = [data.frame[name] for name in data.features]
    if data.kind == "text":
        columns = [column for column in columns if not holds_texts(column, repeated=True)]
    kinds = [kind_of(column) for column in columns]
    edges = data.network is not None
    return {
        "kind": data.kind if edges or data.kind != "graph" else "tabular",
        "rows": len(data) if rows is None else rows,
        "columns": len(data.features),
        "categorical": kinds.count("category") / len(data.features) if kinds else 0.0,
        "attributes": len(set(data.features) - set(STRUCTURE)) if edges else 0,
    }


def check_params(detector: str, params: Mapping[str, Any]) -> None:
    """Refuse what is no parameter of a detector, where parameters come from elsewhere as data.

    "auto" hands on whatever it is given. What are words of :func:`detect` itself, such as where
    scores are written, must not slip in among them.

    Raises
    ------
    UnknownName, ParameterError
        There is no such detector, or it has no such parameter, or a value cannot work.
    """
    from workbench.detectors import DETECTORS

    if detector != "auto":
        own = {name: value for name, value in params.items() if name not in _FITTING}
        DETECTORS.get(detector).create(**own)
        return
    for name in params:
        if name in inspect.signature(detect).parameters:
            raise ParameterError(f"'{name}' is no parameter of a detector.")


def choose(
    data: Dataset,
    detector: str,
    learn: np.ndarray | None,
    params: dict[str, Any],
    seed: int,
    seconds: float | None,
    rows: int | None = None,
) -> Choice:
    """Return detector and parameters as asked for, or as "auto" has them for so many rows."""
    from workbench.detectors import DETECTORS
    from workbench.tuning.auto import Choice, choose_detector

    choice = Choice(detector, "asked for by name")
    if detector == "auto":
        asked = what_auto_asks(data, rows if learn is None else int(learn.sum()))
        choice = choose_detector(**asked, seconds=seconds)
    kind = DETECTORS.get(choice.detector)
    if data.kind not in ("series",) and kind.tags.kinds == ("series",):
        raise DataError(
            f"'{detector}' is for series, and the data are {data.kind}. Name the time column with "
            "time='…' (regular steps), pass kind='series' to wb.load, or take a tabular detector."
        )
    if kind.tags.kinds == ("graph",) and data.network is None:
        raise DataError(
            f"'{detector}' looks at the edges of a graph, and '{data.name}' has none. Load the "
            "graph itself: a networkx graph, a .graphml file, or a table of edges with "
            "format='graph'."
        )
    params = {**choice.params, **params}
    if "random_state" in kind.defaults():
        params.setdefault("random_state", seed)
    return replace(choice, params=params)


def provenance_of(
    data: Dataset, asked: str, reason: str, seed: int, reference: Any, seconds: float
) -> dict[str, Any]:
    """Return where a model comes from: data, seed, versions, and why this detector."""
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
