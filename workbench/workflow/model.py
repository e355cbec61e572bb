"""The fitted whole: preparation, detectors, threshold and severity, as one thing that scores."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.dataset import DatasetRecord
from workbench.core.detection import Threshold
from workbench.core.display import watched
from workbench.core.errors import ColumnError, DataError, suggest
from workbench.core.progress import Progress
from workbench.core.severity import SeverityScale
from workbench.detectors import Detector
from workbench.detectors._pooled import Pooled, pooled_for
from workbench.detectors._weights import on_shelf
from workbench.explainers.expectation import Expectation
from workbench.preparation.encoding import Matrix, Preparation
from workbench.preparation.kinds import as_numbers, as_text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.network import Network
    from workbench.thresholds._conformal import Calibration
    from workbench.workflow.detection import Detection

__all__ = ["Model", "ScoredRows", "Unit", "network_beside"]

#: Largest number of models that score an entity that none of them knows.
MOST_JURORS = 20


def network_beside(matrix: Matrix, network: Network | None) -> Network | None:
    """Return the edges between rows, which then know what the columns of the matrix are called."""
    if network is None:
        return None
    return network.beside([matrix.features[place] for place in matrix.owner])


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
    sample : dict of str to numpy.ndarray of shape (n,)
        Some of the rows that it learned from, by feature, numbers only: what comes later is held
        against them. Empty where none were kept.
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
    sample: dict[str, np.ndarray] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """Columns of the data that the scores depend on."""
        return self.preparation.features

    def payload(self) -> dict[str, bytes]:
        """Return the fitted detectors as files: by skops, and what networks learned beside it."""
        import skops.io

        with on_shelf({}) as weights:
            made = skops.io.dumps({name: unit.detector for name, unit in self.units.items()})
        files: dict[str, bytes] = {"detectors.skops": made}
        if weights:
            from safetensors.numpy import save

            files["weights.safetensors"] = save(weights)
        return files

    def __repr__(self) -> str:
        return (
            f"Model({self.detector!r} for {len(self.preparation.features)} columns, threshold "
            f"{self.threshold.value:.4g}, learned from {self.provenance.get('rows', 0):,} rows)"
        )

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

    def score_rows(
        self,
        frame: pd.DataFrame,
        progress: Progress | None = None,
        network: Network | None = None,
    ) -> ScoredRows:
        """Return one score for each row of ``frame``; columns are matched by name.

        ``network`` are the edges between the rows, for what was made for graphs.

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
        beside = network_beside(matrix, network)
        for number, (name, rows) in enumerate(groups.items()):
            progress.step(0.2 + 0.7 * number / len(groups), "scoring")
            time = None if positions is None else positions[rows]
            scores[rows] = self._score_group(name, matrix.values[rows], time, beside, notices)
        return ScoredRows(scores, matrix, tuple(notices), clock.perf_counter() - start)

    @watched("Scoring")
    def score(
        self,
        data: Any,
        *,
        memory: int | str | None = None,
        client: Any = None,
        out: str | Path | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> Detection:
        """Score new data with the fitted model; nothing is refitted.

        Parameters
        ----------
        data : Dataset, DataFrame, path, or anything that ``wb.load`` takes
            Columns are matched by name. Label and time columns are not needed.
        memory, client, out
            Score the data in parts, as for :func:`workbench.detect`; the result is a
            :class:`workbench.workflow.large_detection.LargeDetection` then.
        progress : Progress, optional
            Told about stages; may cancel.
        **options
            For the source, for example ``query``.

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
        from workbench.workflow.calibrating import judging
        from workbench.workflow.detection import Detection
        from workbench.workflow.large_detecting import is_large, score_large

        if is_large(data, memory, client, out):
            return score_large(  # type: ignore[return-value]  # the docstring says so
                self, data, memory=memory, client=client, out=out,
                progress=progress or Progress(), **options,
            )  # fmt: skip
        known = self._recognise(data, options)
        rows = self.score_rows(known.frame, progress, known.network)
        return Detection.of(judging(self, rows), known, rows)

    def _recognise(self, data: Any, options: dict[str, Any]) -> DatasetRecord:
        """Return new data with the roles of training, as far as their columns are there."""
        from workbench.workflow.dataset import as_dataset, rows_of

        if isinstance(data, DatasetRecord):
            return as_dataset(data)
        raw = rows_of(data, **options)
        here = {
            role: getattr(self, role)
            for role in ("time", "label", "entity")
            if getattr(self, role) in raw.frame.columns
        }
        return raw.with_roles(self.kind, self.features, **here)

    def calibration(self, judged: Matrix, scores: np.ndarray) -> Calibration | None:
        """Return the reference scores for some rows to be judged; None without ``fdr``."""
        from workbench.workflow.calibrating import calibration

        return calibration(self, judged.values, scores)

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
        self,
        name: str,
        values: np.ndarray,
        time: np.ndarray | None,
        network: Network | None,
        notices: list[str],
    ) -> np.ndarray:
        if name in self.units:
            unit = self.units[name]
            return unit.adjust(unit.detector.decision_function(values, time=time, network=network))
        shared = next(iter(self.units.values())).detector
        if isinstance(shared, Pooled):
            notices.append(f"'{name}' was not among the entities in training: by its own level.")
            return pooled_for(shared.inner, values).decision_function(values)
        jurors = list(self.units.values())[:MOST_JURORS]
        notices.append(
            f"'{name}' was not among the entities in training: its rows get the median score of "
            f"{len(jurors)} known ones."
        )
        votes = [unit.adjust(unit.detector.decision_function(values, time=time)) for unit in jurors]
        return np.asarray(np.median(votes, axis=0))
