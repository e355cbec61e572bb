"""Why one row got its score: contributions, expectations, similar normal rows, a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.core.explanation import Contribution, Explanation
from workbench.explainers.expectation import Expectation, learn_expectations
from workbench.explainers.sentence import show_value, write_sentence
from workbench.explainers.shapley import shapley_parts

if TYPE_CHECKING:
    from workbench.workflow.detection import Detection
    from workbench.workflow.model import Unit

__all__ = ["explain_row", "feature_parts", "parts_of_rows"]

#: Similar normal rows that an explanation shows.
SHOWN_NEIGHBOURS = 3
#: Similar normal rows that say what would be usual for such a row.
COMPARED_NEIGHBOURS = 30


def explain_row(found: Detection, row: int) -> Explanation:
    """Return the explanation of the row at a position; see :meth:`Detection.explain`."""
    near = _nearest_normal(found, row)
    base, parts, method, caveat = feature_parts(found, row, near)
    contributions = _contributions(found, row, parts)
    score = float(found.scores.iloc[row])
    similar = _similar_words(found, near, contributions)
    return Explanation(
        row=row,
        score=score,
        base=base,
        threshold=found.threshold.value,
        severity=float(found.severity.iloc[row]),
        contributions=contributions,
        nearest_normal=found.dataset.frame.iloc[near[:SHOWN_NEIGHBOURS]],
        sentence=write_sentence(
            _subject(found, row), score > found.threshold.value, contributions, similar
        ),
        method=method,
        caveat=caveat,
    )


def feature_parts(
    found: Detection, row: int, near: np.ndarray | None = None
) -> tuple[float, np.ndarray, str, str]:
    """Return base, one part a feature, and how they were computed, for one row.

    The base and the parts sum to the row's score.
    """
    _, unit, rows, place = _unit_of(found, row)
    matrix = found.matrix
    time = None if found.positions is None else found.positions[rows]
    own = unit.detector.contributions(matrix.values[rows], [place], time=time)
    if own is not None:
        base, parts = float(own[0][0]), own[1][0]
        method, caveat = _own_words(found)
        sums = np.bincount(matrix.owner, weights=parts, minlength=len(matrix.features))
    else:
        base, sums = _shapley(found, unit, row, near)
        method = "Sampled Shapley values of the fitted model against the most similar normal row."
        caveat = "Features that always move together share their part arbitrarily."
    return (base - unit.centre) / unit.spread, sums / unit.spread, method, caveat


def parts_of_rows(found: Detection, rows: np.ndarray) -> np.ndarray:
    """Return the feature parts of many rows, (k, features): each group is looked at once."""
    matrix = found.matrix
    parts = np.zeros((len(rows), len(matrix.features)))
    for name, members in found.groups.items():
        asked = np.flatnonzero(np.isin(rows, members))
        if asked.size == 0:
            continue
        place = np.empty(len(found), dtype=int)
        place[members] = np.arange(len(members))
        unit = found.model.units.get(name) or next(iter(found.model.units.values()))
        time = None if found.positions is None else found.positions[members]
        own = unit.detector.contributions(matrix.values[members], place[rows[asked]], time=time)
        if own is None:
            parts[asked] = [feature_parts(found, int(row))[1] for row in rows[asked]]
            continue
        for column, feature in enumerate(matrix.owner):
            parts[asked, feature] += own[1][:, column] / unit.spread
    return parts


def _unit_of(found: Detection, row: int) -> tuple[str, Unit, np.ndarray, int]:
    for name, rows in found.groups.items():
        place = np.flatnonzero(rows == row)
        if place.size:
            units = found.model.units
            unit = units[name] if name in units else next(iter(units.values()))
            return name, unit, rows, int(place[0])
    raise AssertionError(f"row {row} belongs to no group")


def _own_words(found: Detection) -> tuple[str, str]:
    from workbench.detectors import DETECTORS

    tags = DETECTORS.get(found.detector).tags
    on_windows = found.dataset.kind == "series" and "series" not in tags.kinds
    if on_windows:
        return (
            f"Parts of the windows around the row, averaged as '{found.detector}' scores them.",
            "A window's part may come from a neighbouring row.",
        )
    if tags.exact:
        return f"Exact: the score of '{found.detector}' is the sum of these parts.", ""
    words = {
        "iforest": "Splits on the row's paths through the trees, scaled to the score.",
        "knn": "Share of each feature in the squared distances to the neighbours.",
        "lof": "Share of each feature in the squared distances to the neighbours.",
    }
    default = "Each feature is scored alone; parts grow with the square of its score."
    return (
        words.get(found.detector, default),
        "Parts describe this model; they are not causes.",
    )


def _shapley(
    found: Detection, unit: Unit, row: int, near: np.ndarray | None
) -> tuple[float, np.ndarray]:
    near = _nearest_normal(found, row) if near is None else near
    values = found.matrix.values
    usual = values[near[0]] if len(near) else np.median(values, axis=0)
    return shapley_parts(unit.detector.decision_function, values[row], usual, found.matrix.owner)


def _nearest_normal(found: Detection, row: int) -> np.ndarray:
    """Positions of the most similar rows that are no anomalies, nearest first."""
    values = found.matrix.values
    normal = np.flatnonzero(~found.is_anomaly.to_numpy())
    normal = normal[normal != row]
    if normal.size == 0:
        return normal
    if normal.size > 50_000:  # evenly thinned: enough to find something alike
        normal = normal[np.linspace(0, normal.size - 1, 50_000).astype(int)]
    apart = ((values[normal] - values[row]) ** 2).sum(axis=1)
    count = min(COMPARED_NEIGHBOURS, normal.size)
    nearest = np.argpartition(apart, count - 1)[:count]
    return normal[nearest[np.argsort(apart[nearest], kind="stable")]]


def _contributions(found: Detection, row: int, parts: np.ndarray) -> tuple[Contribution, ...]:
    frame = found.dataset.frame
    positive = float(np.clip(parts, 0.0, None).sum())
    made = []
    for place in np.argsort(-parts, kind="stable"):
        name = found.matrix.features[place]
        value = frame[name].iloc[row]
        expected = _expectation(found, row, name, int(place))
        unusual = not expected.fits(value)
        made.append(
            Contribution(
                feature=name,
                value=value.item() if hasattr(value, "item") else value,
                contribution=float(parts[place]),
                share=max(float(parts[place]), 0.0) / positive if positive > 0 else 0.0,
                expected_low=expected.low,
                expected_high=expected.high,
                expected=expected.words(),
                unusual=unusual,
                remark=_remark(found, row, int(place), unusual),
            )
        )
    return tuple(made)


def _expectation(found: Detection, row: int, name: str, place: int) -> Expectation:
    """What is expected at this row: by the season where the detector knows it."""
    usual = found.model.expectations[name]
    _, unit, rows, at = _unit_of(found, row)
    expected = getattr(unit.detector, "expected", None)
    plan = next(plan for plan in found.model.preparation.plans if plan.name == name)
    if expected is None or plan.kind != "numeric":
        return usual
    column = int(np.flatnonzero(found.matrix.owner == place)[0])
    time = None if found.positions is None else found.positions[rows]
    middle, half = expected(found.matrix.values[rows], time)
    centre = plan.centre + plan.scale * float(middle[at, column])
    reach = plan.scale * float(half[at, column])
    return Expectation("numeric", centre - reach, centre + reach)


def _remark(found: Detection, row: int, place: int, unusual: bool) -> str:
    _, unit, rows, at = _unit_of(found, row)
    remark = getattr(unit.detector, "remark", None)
    # A detector without expectations of its own has nothing to add to an unusual value.
    if remark is None or (unusual and not hasattr(unit.detector, "expected")):
        return ""
    column = int(np.flatnonzero(found.matrix.owner == place)[0])
    time = None if found.positions is None else found.positions[rows]
    return str(remark(found.matrix.values[rows], at, column, time))


def _similar_words(
    found: Detection, near: np.ndarray, contributions: tuple[Contribution, ...]
) -> str:
    if len(near) < 5 or not contributions:
        return ""
    name = contributions[0].feature
    alike = found.dataset.frame.iloc[near]
    return learn_expectations(alike, (name,))[name].words()


def _subject(found: Detection, row: int) -> str:
    data = found.dataset
    about: list[str] = []
    if data.entity is not None:
        about.append(show_value(data.frame[data.entity].iloc[row]))
    if data.time is not None:
        about.append(_time_words(data.frame[data.time].iloc[row]))
    return f"Row {row}" + (f" ({', '.join(about)})" if about else "")


def _time_words(value: Any) -> str:
    return str(value) if not isinstance(value, pd.Timestamp) else show_value(value)
