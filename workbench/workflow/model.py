"""The fitted whole: preparation, detectors, threshold and severity, as one thing that scores."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.dataset import DatasetRecord
from workbench.core.detection import SeverityScale, Threshold
from workbench.core.errors import ColumnError, DataError, suggest
from workbench.core.progress import Progress
from workbench.detectors import DETECTORS, Detector
from workbench.explainers.expectation import Expectation, learn_expectations
from workbench.preparation.encoding import Matrix, Preparation
from workbench.preparation.kinds import as_numbers, as_text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.detection import Detection

__all__ = ["Model", "ScoredRows", "Unit", "fit_model"]

#: Training scores kept for p-values; more are thinned to this many quantiles.
KEPT_SCORES = 10_000
#: Largest number of models that score an entity that none of them knows.
MOST_JURORS = 20


@dataclass
class Unit:
    """One fitted detector, and how its scores compare with those of its siblings.

    With one detector an entity, scores are centred and scaled by the training scores of the
    entity, so that one threshold fits all. A single detector keeps its scores as they are.
    """

    detector: Detector
    centre: float = 0.0
    spread: float = 1.0

    def adjust(self, scores: np.ndarray) -> np.ndarray:
        """Return scores on the common scale."""
        return (scores - self.centre) / self.spread


@dataclass(frozen=True)
class ScoredRows:
    """Scores in the order of the data, with what they were computed from."""

    scores: np.ndarray
    matrix: Matrix
    notices: tuple[str, ...]
    seconds: float


@dataclass
class Model:
    """Scores new rows the way it scored the rows it learned from.

    Attributes
    ----------
    detector : str
        Name in the catalog.
    params : dict
        Every parameter of the detector.
    kind, time, label, entity : str
        As in the dataset it was fitted on.
    preparation : Preparation
        From columns to numbers.
    units : dict of str to Unit
        Fitted detectors: one under "" or, for series with entities, one an entity.
    origin, step : float
        First time and usual step of training: the axis of the season.
    threshold : Threshold
    scale : SeverityScale
    training_scores : numpy.ndarray
        Sorted scores (or quantiles of them), for p-values.
    expectations : dict of str to Expectation
        What normal rows let expect of each feature.
    provenance : dict
        Versions, seed, time, data fingerprint, and why this detector.
    """

    detector: str
    params: dict[str, Any]
    kind: str
    preparation: Preparation
    time: str | None = None
    label: str | None = None
    entity: str | None = None
    origin: float = 0.0
    step: float = 1.0
    units: dict[str, Unit] = field(default_factory=dict)
    threshold: Threshold = field(default_factory=lambda: Threshold(np.inf, "manual", {}, ""))
    scale: SeverityScale = field(default_factory=lambda: SeverityScale(0.0))
    training_scores: np.ndarray = field(default_factory=lambda: np.empty(0))
    expectations: dict[str, Expectation] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """Columns of the data that the scores depend on."""
        return self.preparation.features

    def positions(self, frame: pd.DataFrame) -> np.ndarray | None:
        """Return the time of each row in usual steps since training began, or None."""
        if self.kind != "series" or self.time is None or self.time not in frame.columns:
            return None
        from workbench.preparation.times import as_times

        numbers = as_numbers(as_times(frame[self.time])).to_numpy()
        missing = np.flatnonzero(np.isnan(numbers))
        if missing.size:
            raise DataError(
                f"Column '{self.time}' has {missing.size} missing times (first: row "
                f"{missing[0]}). Remove or fill those rows."
            )
        return np.asarray((numbers - self.origin) / self.step)

    def groups(self, frame: pd.DataFrame, positions: np.ndarray | None) -> dict[str, np.ndarray]:
        """Return row positions that belong together, in the order of time."""
        order = np.arange(len(frame))
        if positions is not None:
            order = np.argsort(positions, kind="stable")
        if self.kind != "series" or self.entity is None:
            return {"": order}
        if self.entity not in frame.columns:
            known = [str(name) for name in frame.columns]
            raise ColumnError(
                f"Column '{self.entity}' says which series a row belongs to and is not in the "
                f"data.{suggest(self.entity, known)}"
            )
        names = as_text(frame[self.entity]).fillna("").to_numpy(dtype=object)
        ordered = names[order]
        return {str(name): order[ordered == name] for name in sorted(set(ordered))}

    def score_rows(self, frame: pd.DataFrame, progress: Progress | None = None) -> ScoredRows:
        """Return one score for each row of ``frame``; columns are matched by name.

        Raises
        ------
        ColumnError
            A column that the model needs is missing.
        DataError
            The rows cannot be scored.
        """
        progress = progress or Progress()
        start = clock.perf_counter()
        progress.step(0.1, "preparing")
        matrix = self.preparation.transform(frame)
        notices = [*matrix.notices, *self._ignored(frame)]
        positions = self.positions(frame)
        scores = np.empty(len(frame))
        groups = self.groups(frame, positions) if len(frame) else {}
        for number, (name, rows) in enumerate(groups.items()):
            progress.step(0.2 + 0.7 * number / len(groups), "scoring")
            time = None if positions is None else positions[rows]
            scores[rows] = self._score_group(name, matrix.values[rows], time, notices)
        return ScoredRows(scores, matrix, tuple(notices), clock.perf_counter() - start)

    def score(self, data: Any, *, progress: Progress | None = None) -> Detection:
        """Score new data with the fitted model; nothing is refitted.

        Parameters
        ----------
        data : Dataset, DataFrame, path, or anything that ``wb.load`` takes
            Columns are matched by name. Label and time columns are not needed.

        Raises
        ------
        ColumnError
            A column that the model needs is missing.
        DataError
            The rows cannot be scored.

        Examples
        --------
        >>> import workbench as wb
        >>> model = wb.detect("sample:breast-cancer").model
        >>> len(model.score("sample:breast-cancer")) == len(wb.load("sample:breast-cancer"))
        True
        """
        from workbench.workflow.detection import Detection

        known = self._recognise(data)
        return Detection.of(self, known, self.score_rows(known.frame, progress))

    def _recognise(self, data: Any) -> DatasetRecord:
        """Return new data with the roles of training, as far as their columns are there."""
        from workbench.workflow.dataset import as_dataset, rows_of

        if isinstance(data, DatasetRecord):
            return as_dataset(data)
        raw = rows_of(data)
        here = {
            role: getattr(self, role)
            for role in ("time", "label", "entity")
            if getattr(self, role) in raw.frame.columns
        }
        return raw.with_roles(self.kind, self.features, **here)

    def p_values(self, scores: np.ndarray) -> np.ndarray:
        """Return the share of training rows that score at least as high, in (0, 1]."""
        known = self.training_scores
        reached = len(known) - np.searchsorted(known, scores, side="left")
        return np.asarray((reached + 1.0) / (len(known) + 1.0)).clip(max=1.0)

    def _ignored(self, frame: pd.DataFrame) -> list[str]:
        roles = {self.time, self.label, self.entity}
        learned = set(self.provenance.get("columns", []))
        extra = [
            name for name in self.preparation.extra_columns(frame) if name not in roles | learned
        ]
        if not extra:
            return []
        shown = ", ".join(extra[:5]) + (" …" if len(extra) > 5 else "")
        return [f"{len(extra)} columns were not there in training and are ignored: {shown}."]

    def _score_group(
        self, name: str, values: np.ndarray, time: np.ndarray | None, notices: list[str]
    ) -> np.ndarray:
        if name in self.units:
            unit = self.units[name]
            return unit.adjust(unit.detector.decision_function(values, time=time))
        jurors = list(self.units.values())[:MOST_JURORS]
        notices.append(
            f"'{name}' was not among the entities in training: its rows get the median score of "
            f"{len(jurors)} known ones."
        )
        votes = [unit.adjust(unit.detector.decision_function(values, time=time)) for unit in jurors]
        return np.asarray(np.median(votes, axis=0))


def fit_model(
    data: DatasetRecord,
    detector: str,
    params: dict[str, Any],
    reference: np.ndarray | None,
    progress: Progress,
) -> tuple[Model, ScoredRows]:
    """Fit a detector on a dataset and score all its rows; the threshold is set afterwards.

    Parameters
    ----------
    reference : numpy.ndarray of bool, shape (n,), or None
        Rows to learn from; None for all.
    """
    start = clock.perf_counter()
    progress.step(0.02, "preparing")
    known = data.frame if reference is None else data.frame[reference]
    preparation = Preparation().fit(known, data.features)
    matrix = preparation.transform(data.frame)
    kind = DETECTORS.get(detector)
    model = Model(detector, {}, data.kind, preparation, data.time, data.label, data.entity)
    _learn_axis(model, known)
    positions = model.positions(data.frame)
    scores = np.empty(len(data.frame))
    groups = model.groups(data.frame, positions)
    window = params.pop("window", None) if "window" not in kind.defaults() else None
    for number, (name, rows) in enumerate(groups.items()):
        part = progress.part(
            0.1 + 0.8 * number / len(groups), 0.1 + 0.8 * (number + 1) / len(groups)
        )
        part.step(0.0, f"fitting {detector}" + (f" for {name}" if name else ""))
        made = _create(kind, params, data.kind, window)
        time = None if positions is None else positions[rows]
        learn = None if reference is None else reference[rows]
        fitted = _fit_group(made, matrix.values[rows], time, learn, name, part)
        unit = Unit(made)
        if len(groups) > 1:
            unit.centre, unit.spread = _location(fitted if learn is None else fitted[learn])
        model.units[name] = unit
        scores[rows] = unit.adjust(fitted)
    model.params = _shown_params(made)
    progress.step(0.95, "finishing")
    seconds = clock.perf_counter() - start
    notices = [*matrix.notices]
    notices += [f"'{name}' is left out: it {why}." for name, why in preparation.left_out.items()]
    return model, ScoredRows(scores, matrix, tuple(notices), seconds)


def learn_normal(model: Model, data: DatasetRecord, scores: np.ndarray, fitted: np.ndarray) -> None:
    """Let a model know its training scores, and what its normal rows look like."""
    kept = np.sort(fitted)
    if len(kept) > KEPT_SCORES:
        kept = np.quantile(kept, np.linspace(0.0, 1.0, KEPT_SCORES))
    model.training_scores = kept
    model.scale = SeverityScale(float(np.median(fitted)))
    normal = data.frame[scores <= model.threshold.value]
    model.expectations = learn_expectations(
        normal if len(normal) else data.frame, model.preparation.features
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
    if data_kind == "series" and "series" not in kind.tags.kinds:
        from workbench.detectors._windowed import Windowed

        return Windowed(made, window)
    return made


def _shown_params(made: Detector) -> dict[str, Any]:
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
) -> np.ndarray:
    if learn is None:
        return made.fit_score(values, time=time, progress=progress)
    if not learn.any():
        raise DataError(f"The reference holds no row of '{name}'. Widen it, or leave it out.")
    made.fit(values[learn], time=None if time is None else time[learn], progress=progress)
    progress.step(0.8, "scoring")
    return made.decision_function(values, time=time)


def _location(scores: np.ndarray) -> tuple[float, float]:
    centre = float(np.median(scores))
    spread = 1.4826 * float(np.median(np.abs(scores - centre)))
    if spread <= 0.0:
        spread = float(np.abs(scores - centre).mean())
    return centre, spread if spread > 0.0 else 1.0
