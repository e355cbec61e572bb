"""Fitting a model: one detector for all rows, one an entity, or one pooled over entities."""

from __future__ import annotations

import time as clock
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.dataset import DatasetRecord
from workbench.core.errors import DataError, ParameterError
from workbench.core.network import Network
from workbench.core.progress import Progress
from workbench.core.severity import PUBLIC_SERIES, PUBLIC_TABLES, SeverityScale
from workbench.core.wording import plural
from workbench.detectors import DETECTORS, Detector
from workbench.detectors._calibrated import Calibrated
from workbench.detectors._pooled import can_pool, fit_pooled
from workbench.detectors._windowed import for_series
from workbench.explainers.expectation import learn_expectations
from workbench.preparation.encoding import Preparation
from workbench.preparation.sample import keep_sample
from workbench.workflow.model import Model, ScoredRows, Unit, network_beside

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.calibrating import Calibrating

__all__ = ["fit_model", "learn_normal"]

#: Training scores kept for p-values; more are thinned to this many quantiles.
KEPT_SCORES = 10_000
#: The same for conformal p-values, which can be no smaller than one over their number.
KEPT_REFERENCE = 100_000
#: From this many entities of at most this many rows (median), one model is pooled over all.
MANY_ENTITIES, FEW_ROWS = 20, 100
#: Fewer rows of reference than these tell little of what is usual, as the profile says too.
FEWEST_ROWS = 30


def fit_model(
    data: DatasetRecord,
    detector: str,
    params: dict[str, Any],
    reference: np.ndarray | None,
    progress: Progress,
    calibrate: Calibrating | None = None,
    labels: np.ndarray | None = None,
) -> tuple[Model, ScoredRows]:
    """Fit a detector on a dataset and score all its rows; the threshold is set afterwards.

    Parameters
    ----------
    params : dict
        Parameters of the detector; ``window`` for a tabular detector on a series; ``pooled``
        for one model over all entities of a series dataset (None: when they are many and short).
    reference : numpy.ndarray of bool, shape (n,), or None
        Rows to learn from; None for all.
    calibrate : Calibrating, optional
        How to keep scores of reference rows that the models did not see.
    labels : numpy.ndarray of shape (n,), optional
        1 anomaly, 0 normal, NaN unknown; for detectors that learn from labels.
    """
    start = clock.perf_counter()
    progress.step(0.02, "preparing")
    known = data.frame if reference is None else data.frame[reference]
    preparation = Preparation().fit(known, data.features, texts=data.kind == "text")
    matrix = preparation.transform(data.frame)
    kind = DETECTORS.get(detector)
    model = Model(kind.name(), {}, data.kind, preparation, data.time, data.label, data.entity)
    model.sample = keep_sample(known, preparation)
    _learn_axis(model, known)
    positions = model.positions(data.frame)
    scores = np.empty(len(data.frame))
    groups = model.groups(data.frame, positions)
    pooled = params.pop("pooled", None)
    window = params.pop("window", None) if "window" not in kind.defaults() else None
    made = _create(kind, params, data.kind, window)
    network = network_beside(matrix, data.network)
    if calibrate is not None:
        _refuse_calibrating(kind, network)
        made = calibrate.wrap(made)
    learned = {
        name: rows if reference is None else rows[reference[rows]] for name, rows in groups.items()
    }
    pool = _pools(model, made, learned, pooled)
    if pool:
        last = _fit_together(
            model, made, groups, learned, matrix.values, positions, scores, progress
        )
    else:
        last = _fit_each(
            model, made, groups, learned, matrix.values, positions, scores, progress, labels,
            network,
        )  # fmt: skip
    leaderboard = getattr(last, "leaderboard", None)
    if leaderboard is not None:
        model.provenance["leaderboard"] = leaderboard
    model.params = _shown_params(last) | ({"pooled": True} if pool else {})
    progress.step(0.95, "finishing")
    seconds = clock.perf_counter() - start
    notices = [*matrix.notices, *_too_few(kind, params, learned, reference)]
    notices += [f"'{name}' is left out: it {why}." for name, why in preparation.left_out.items()]
    if pool and pooled is None:
        notices.append(
            f"{len(groups)} short series: one model is pooled over all of them, each by its own "
            "level and spread (pooled=False fits one each)."
        )
    return model, ScoredRows(scores, matrix, tuple(notices), seconds)


def _too_few(
    kind: type[Detector],
    params: dict[str, Any],
    learned: dict[str, np.ndarray],
    reference: np.ndarray | None,
) -> list[str]:
    """Return what to say where a detector had fewer rows to learn from than it asks for."""
    told = []
    if reference is not None and (rows := int(reference.sum())) < FEWEST_ROWS:
        told.append(
            f"The reference holds {plural(rows, 'row')}: too few to learn what is usual (at least "
            f"{FEWEST_ROWS}). Take a longer one."
        )
    wanted = (kind.defaults() | params).get("n_neighbors")
    least = min((len(rows) for rows in learned.values()), default=0)
    if isinstance(wanted, int | np.integer) and wanted > least - 1:
        told.append(
            f"n_neighbors={wanted} is more than a row has neighbours: {plural(least, 'row')} to "
            f"learn from give each {max(least - 1, 0)}, and no more were used."
        )
    return told


def learn_normal(model: Model, data: DatasetRecord, scores: np.ndarray, fitted: np.ndarray) -> None:
    """Let a model know its training scores, and what its normal rows look like."""
    kept = np.sort(fitted)
    most = KEPT_REFERENCE if "calibration" in model.provenance else KEPT_SCORES
    if len(kept) > most:
        kept = np.quantile(kept, np.linspace(0.0, 1.0, most))
    model.training_scores = kept
    curve = PUBLIC_SERIES if model.kind == "series" else PUBLIC_TABLES
    model.scale = SeverityScale(float(np.median(fitted)), curve)
    normal = data.frame[scores <= model.threshold.value]
    model.expectations = learn_expectations(
        normal if len(normal) else data.frame,
        model.preparation.features,
        model.preparation.texts,
    )


def _refuse_calibrating(kind: type[Detector], network: Network | None) -> None:
    """Hold nothing out of a graph: what is left of it is another graph."""
    if network is not None and "graph" in kind.tags.kinds:
        raise ParameterError(
            f"fdr holds rows out, and in a graph a node's score by '{kind.name()}' hangs on its "
            "neighbours. Set the threshold in another way (contamination=0.02, threshold='mad'), "
            "or take a detector for tables, which scores the nodes' columns."
        )


def _learn_axis(model: Model, known: pd.DataFrame) -> None:
    if model.kind != "series" or model.time is None:
        return
    model.origin, model.step = 0.0, 1.0
    numbers = model.positions(known)
    if numbers is None:
        return
    steps = np.concatenate(
        [np.diff(numbers[rows]) for rows in model.groups(known, numbers).values()]
    )
    steps = steps[steps > 0]
    model.origin = float(numbers.min())
    model.step = float(np.median(steps)) if steps.size else 1.0


def _create(kind: type[Detector], params: dict[str, Any], data_kind: str, window: Any) -> Detector:
    made = kind.create(**params)
    return for_series(made, window) if data_kind == "series" else made


def _pools(
    model: Model, made: Detector, learned: dict[str, np.ndarray], asked: bool | None
) -> bool:
    """Tell whether one model serves all entities."""
    if asked and (model.kind != "series" or model.entity is None):
        raise ParameterError("pooled needs series with an entity column: entity='…' in wb.load.")
    if asked and not can_pool(made):
        raise ParameterError(
            f"'{model.detector}' does not work on windows, so that it cannot be pooled. Take a "
            "tabular detector, sub_pca, sub_knn, sub_lof or kmeans_ad."
        )
    if asked is not None:
        return asked
    many = model.entity is not None and len(learned) >= MANY_ENTITIES and can_pool(made)
    return many and float(np.median([len(rows) for rows in learned.values()])) <= FEW_ROWS


def _fit_together(
    model: Model,
    made: Detector,
    groups: dict[str, np.ndarray],
    learned: dict[str, np.ndarray],
    values: np.ndarray,
    positions: np.ndarray | None,
    scores: np.ndarray,
    progress: Progress,
) -> Detector:
    """Fit one detector on the windows of all entities; fills units and scores."""
    for name in groups:
        _refuse_empty(learned[name], name)
    views = fit_pooled(made, {name: values[rows] for name, rows in learned.items()}, progress)
    progress.step(0.8, "scoring")
    for name, rows in groups.items():
        model.units[name] = Unit(views[name])
        scores[rows] = views[name].decision_function(values[rows])
    return made


def _fit_each(
    model: Model,
    made: Detector,
    groups: dict[str, np.ndarray],
    learned: dict[str, np.ndarray],
    values: np.ndarray,
    positions: np.ndarray | None,
    scores: np.ndarray,
    progress: Progress,
    labels: np.ndarray | None = None,
    network: Network | None = None,
) -> Detector:
    """Fit a detector for each entity; fills units and scores, and returns one of them."""
    for number, (name, rows) in enumerate(groups.items()):
        part = progress.part(
            0.1 + 0.8 * number / len(groups), 0.1 + 0.8 * (number + 1) / len(groups)
        )
        part.step(0.0, f"fitting {model.detector}" + (f" for {name}" if name else ""))
        made = made if number == 0 else made.clone()
        time = None if positions is None else positions[rows]
        own = np.isin(rows, learned[name])
        learn = None if own.all() else own
        known = None if labels is None else labels[rows]
        fitted = _fit_group(made, values[rows], time, learn, name, part, known, network)
        unit = Unit(made)
        if len(groups) > 1:
            unit.centre, unit.spread = _location(fitted if learn is None else fitted[learn])
        model.units[name] = unit
        scores[rows] = unit.adjust(fitted)
    return made


def _refuse_empty(learn: np.ndarray, name: str) -> None:
    if not learn.size:
        raise DataError(f"The reference holds no row of '{name}'. Widen it, or leave it out.")


def _shown_params(made: Detector) -> dict[str, Any]:
    if isinstance(made, Calibrated):
        return _shown_params(made.models_[0])
    inner = getattr(made, "inner", None)
    if inner is None:
        return made.get_params()
    return {**inner.get_params(), "window": getattr(made, "width_", None)}


def _fit_group(
    made: Detector,
    values: np.ndarray,
    time: np.ndarray | None,
    learn: np.ndarray | None,
    name: str,
    progress: Progress,
    labels: np.ndarray | None,
    network: Network | None,
) -> np.ndarray:
    if labels is not None:
        made.fit(values, labels, time=time, network=network, progress=progress)
        return made.decision_function(values, time=time, network=network)
    if learn is None:
        return made.fit_score(values, time=time, network=network, progress=progress)
    _refuse_empty(np.flatnonzero(learn), name)
    made.fit(
        values[learn],
        time=None if time is None else time[learn],
        network=None if network is None else network.among(learn),
        progress=progress,
    )
    progress.step(0.8, "scoring")
    return made.decision_function(values, time=time, network=network)


def _location(scores: np.ndarray) -> tuple[float, float]:
    centre = float(np.median(scores))
    spread = 1.4826 * float(np.median(np.abs(scores - centre)))
    if spread <= 0.0:
        spread = float(np.abs(scores - centre).mean())
    return centre, spread if spread > 0.0 else 1.0
