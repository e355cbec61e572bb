"""How good a detector with parameters is on data: by labels on held-out rows, or by stability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.errors import DataError, ParameterError, suggest

if TYPE_CHECKING:
    from workbench.workflow.dataset import Dataset

__all__ = ["OBJECTIVES", "Judge", "judge_for"]

#: What can be asked for, with its meaning.
OBJECTIVES = {
    "average_precision": "area under precision-recall on held-out rows",
    "vus_pr": "VUS-PR on held-out stretches of time, which forgives a delay up to one period",
    "stability": "how alike the rankings are that two halves of the data teach",
}
#: Held-out parts; fewer where there are fewer anomalies than that.
PARTS = 3
#: Pairs of halves, where there are no labels.
ROUNDS = 2

#: Fits on the rows of a mask, and returns the scores of all rows.
Fit = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Judge:
    """A measure, and the parts of the data on which it is taken.

    Attributes
    ----------
    measure : str
        One of :data:`OBJECTIVES`.
    source : str
        Where the labels come from, in words; "" without.
    parts : tuple of callable
        Each takes :data:`Fit` and returns a value in [0, 1].
    """

    measure: str
    source: str
    parts: tuple[Callable[[Fit], float], ...]

    @property
    def surrogate(self) -> bool:
        """Whether it measures something else than accuracy."""
        return not self.source

    @property
    def words(self) -> str:
        """What the values are, and what they are not."""
        told = f"{self.measure}: {OBJECTIVES[self.measure]}"
        if self.surrogate:
            return (
                f"{told}. No labels were used: this is a surrogate, and internal measures are "
                "known to mislead. A detector can be stable and wrong."
            )
        return (
            f"{told}, mean of {len(self.parts)} parts that the detector did not learn from "
            f"({self.source}). The best of many looks better than it is: it was picked by this "
            "value."
        )


def judge_for(data: Dataset, objective: str, seed: int) -> Judge:
    """Return what judges trials on these data.

    Parameters
    ----------
    data : Dataset
    objective : str
        One of :data:`OBJECTIVES`, or "auto": by labels where there are some of both kinds.

    Raises
    ------
    ParameterError
        There is no such objective.
    DataError
        It takes labels, and these do not do.
    """
    if objective not in ("auto", *OBJECTIVES):
        raise ParameterError(
            f"objective must be one of auto, {', '.join(OBJECTIVES)}; found {objective!r}."
            f"{suggest(objective, OBJECTIVES)}"
        )
    labels, source = _labels(data)
    if objective == "stability" or (objective == "auto" and labels is None):
        return Judge("stability", "", _halves(data, seed))
    if labels is None:
        raise DataError(
            f"'{objective}' needs at least two labelled anomalies and two normal rows. Name the "
            "label column (label='…' in wb.load), label some rows, or take 'stability'."
        )
    ranges = data.kind == "series" and not np.isnan(labels).any()
    measure = objective
    if objective == "auto":
        measure = "vus_pr" if ranges else "average_precision"
    elif objective == "vus_pr" and not ranges:
        raise DataError("'vus_pr' needs a series with a label for every row.")
    held = _blocks(data, labels) if data.kind == "series" else _dealt(labels, seed)
    groups = _groups(data) if measure == "vus_pr" else [np.arange(len(data))]
    # Stretches are judged entity by entity: one of them must have both kinds by itself.
    usable = [
        rows for rows in held if any(_both(labels[own[np.isin(own, rows)]]) for own in groups)
    ]
    if not usable:
        raise DataError("No held-out part has labels of both kinds: label more rows.")
    return Judge(
        measure, source, tuple(_part(measure, rows, labels, groups, data) for rows in usable)
    )


def _labels(data: Dataset) -> tuple[np.ndarray | None, str]:
    from workbench.preparation.labels import as_labels
    from workbench.workflow.labelling import labels_table

    labels: np.ndarray = np.full(len(data), np.nan)
    if data.label is not None:
        labels, source = as_labels(data.frame[data.label]), f"labels of column '{data.label}'"
    else:
        said = labels_table(data)
        for row, verdict in zip(said["row"], said["verdict"], strict=True):
            if verdict != "unsure":
                labels[row] = float(verdict == "anomaly")
        source = "labels that people stored"
    enough = (labels > 0).sum() >= 2 and (labels == 0).sum() >= 2
    return (labels, source) if enough else (None, "")


def _groups(data: Dataset) -> list[np.ndarray]:
    """Return the rows of each entity, in the order of time."""
    rows = np.arange(len(data))
    if data.time is not None:
        times = data.frame[data.time].reset_index(drop=True)
        rows = times.sort_values(kind="stable").index.to_numpy()
    if data.entity is None:
        return [rows]
    codes = data.frame[data.entity].astype("string").fillna("").to_numpy()[rows]
    return [rows[codes == name] for name in dict.fromkeys(codes.tolist())]


def _dealt(labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return held-out rows of a table: anomalies are dealt out evenly, and the others."""
    random = np.random.default_rng(seed)
    count = max(2, min(PARTS, int((labels > 0).sum()), int((labels == 0).sum())))
    place = np.empty(len(labels), dtype=int)
    for kind in (labels > 0, labels == 0, np.isnan(labels)):
        rows = random.permutation(np.flatnonzero(kind))
        place[rows] = np.arange(len(rows)) % count
    return [np.flatnonzero(place == part) for part in range(count)]


def _blocks(data: Dataset, labels: np.ndarray) -> list[np.ndarray]:
    """Return held-out stretches of time, cut between events: what is near in time is alike."""
    from workbench.metrics.ranges import events

    parts: list[list[np.ndarray]] = [[] for _ in range(PARTS)]
    for rows in _groups(data):
        spans = events(np.nan_to_num(labels[rows]))
        cuts = [round(len(rows) * part / PARTS) for part in range(1, PARTS)]
        if len(spans) >= PARTS:
            last = [each[-1] for each in np.array_split(np.arange(len(spans)), PARTS)][:-1]
            cuts = [(spans[one][1] + spans[one + 1][0] + 1) // 2 for one in last]
        for part, stretch in enumerate(np.split(rows, cuts)):
            parts[part].append(stretch)
    return [np.concatenate(stretches) for stretches in parts]


def _both(labels: np.ndarray) -> bool:
    return bool((labels > 0).any() and (labels == 0).any())


def _part(
    measure: str, held: np.ndarray, labels: np.ndarray, groups: list[np.ndarray], data: Dataset
) -> Callable[[Fit], float]:
    learn = np.ones(len(labels), dtype=bool)
    learn[held] = False

    def value(fit: Fit) -> float:
        from workbench.metrics.points import average_precision

        scores = fit(learn)
        if measure == "average_precision":
            return average_precision(labels[held], scores[held])
        return _range_value(held, labels, scores, groups, data)

    return value


def _range_value(
    held: np.ndarray,
    labels: np.ndarray,
    scores: np.ndarray,
    groups: list[np.ndarray],
    data: Dataset,
) -> float:
    """Return VUS-PR of held-out stretches, the mean over the entities that have events there."""
    from workbench.metrics.ranges import vus_pr

    values = []
    for rows in groups:
        own = rows[np.isin(rows, held)]
        if _both(labels[own]):
            values.append(vus_pr(labels[own], scores[own], _window(data, rows)))
    return float(np.mean(values))


def _window(data: Dataset, rows: np.ndarray) -> int:
    from workbench.bench._protocol import protocol_window
    from workbench.preparation.kinds import as_numbers

    first = as_numbers(data.frame[data.features[0]].iloc[rows]).to_numpy(dtype=float)
    return int(protocol_window(np.nan_to_num(first)))


def _halves(data: Dataset, seed: int) -> tuple[Callable[[Fit], float], ...]:
    """Return parts that hold two halves against each other; halves of time for series."""
    random = np.random.default_rng(seed)

    def part(number: int) -> Callable[[Fit], float]:
        first = np.zeros(len(data), dtype=bool)
        if data.kind == "series":
            # First against second half, then first and third quarter against the others.
            for rows in _groups(data):
                for piece in np.array_split(rows, 2 * (number + 1))[::2]:
                    first[piece] = True
        else:
            first[random.permutation(len(data))[: len(data) // 2]] = True

        def value(fit: Fit) -> float:
            from workbench.tuning.surrogates import stability

            return stability(fit(first), fit(~first), seed)

        return value

    return tuple(part(number) for number in range(ROUNDS))
