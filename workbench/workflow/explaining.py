"""Why one row got its score: contributions, expectations, similar normal rows, a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.core.explanation import Contribution, Explanation
from workbench.detectors import Detector, GraphDetector
from workbench.explainers.expectation import Expectation, learn_expectations
from workbench.explainers.sentence import show_value, write_sentence
from workbench.explainers.shapley import MOST_ROWS, ShapleyParts, shapley_parts
from workbench.explainers.terms import term_parts
from workbench.preparation.encoding import squeezed
from workbench.preparation.texts import AFTER
from workbench.workflow._methods import method_words, sampled_words

if TYPE_CHECKING:
    from workbench.preparation.texts import TextPlan
    from workbench.workflow.detection import Detection
    from workbench.workflow.model import Unit

__all__ = [
    "Parts",
    "explain_row",
    "feature_parts",
    "hangs_together",
    "nearest_normal",
    "parts_of_rows",
    "samples_parts",
    "unit_of",
]

#: Similar normal rows that an explanation shows.
SHOWN_NEIGHBOURS = 3
#: Similar normal rows that say what would be usual for such a row.
COMPARED_NEIGHBOURS = 30
#: Terms of a text that an explanation names.
SHOWN_TERMS = 8
#: Whole series that are scored to explain one row where the detector has no parts of its own.
IN_PLACE = 300
#: Rows explained at once whose parts are remembered.
KEPT = 250


class Parts(NamedTuple):
    """How the features add up to one row's score: ``base + values.sum()``."""

    base: float
    values: np.ndarray
    method: str
    caveat: str
    standard_error: float


def explain_row(found: Detection, row: int) -> Explanation:
    """Return the explanation of the row at a position; see :meth:`Detection.explain`."""
    from workbench.workflow._details import DetailsOf

    near = nearest_normal(found, row)
    parts = feature_parts(found, row, near)
    contributions = _contributions(found, row, parts.values)
    score = float(found.scores.iloc[row])
    similar = _similar_words(found, near, contributions)
    return Explanation(
        row=row,
        score=score,
        base=parts.base,
        threshold=found.threshold.value,
        severity=float(found.severity.iloc[row]),
        contributions=contributions,
        nearest_normal=found.dataset.frame.iloc[near[:SHOWN_NEIGHBOURS]],
        sentence=write_sentence(
            _subject(found, row), score > found.threshold.value, contributions, similar
        ),
        method=parts.method,
        caveat=parts.caveat,
        standard_error=parts.standard_error,
        probability=float(found.probability.iloc[row]),
        calibrated_on=found.scale.source,
        details=DetailsOf(found, row, parts.values, near),
    )


def feature_parts(
    found: Detection, row: int, near: np.ndarray | None = None, most_rows: int = MOST_ROWS
) -> Parts:
    """Return base, one part a feature, and how they were computed, for one row.

    The base and the parts sum to the row's score. ``most_rows`` bounds the sampling where the
    detector has no contributions of its own.
    """
    _, unit, rows, place = unit_of(found, row)
    matrix = found.matrix
    kept = _kept(found).get(row)
    if kept is not None:
        method, caveat = method_words(unit.detector, found.detector)
        return Parts(float(found.scores.iloc[row]) - float(kept.sum()), kept, method, caveat, 0.0)
    stand = _stand(found, rows)
    own = unit.detector.contributions(matrix.values[rows], [place], **stand)
    if own is not None:
        method, caveat = method_words(unit.detector, found.detector)
        sums = np.bincount(matrix.owner, weights=own[1][0], minlength=len(matrix.features))
        base = (float(own[0][0]) - unit.centre) / unit.spread
        return Parts(base, sums / unit.spread, method, caveat, 0.0)
    told = _shapley(found, unit, row, place, near, most_rows)
    base, values = (told.base - unit.centre) / unit.spread, told.parts / unit.spread
    error = float(told.errors.max()) / unit.spread
    method, caveat = sampled_words(told, values, error)
    return Parts(base, values, method, caveat, error)


def parts_of_rows(found: Detection, rows: np.ndarray, most_rows: int = 2_000) -> np.ndarray:
    """Return the feature parts of many rows, (k, features): each group is looked at once.

    Where parts are sampled, ``most_rows`` bounds what is scored for each row.
    """
    matrix = found.matrix
    parts = np.zeros((len(rows), len(matrix.features)))
    for name, members in found.groups.items():
        asked = np.flatnonzero(np.isin(rows, members))
        if asked.size == 0:
            continue
        place = np.empty(len(found), dtype=int)
        place[members] = np.arange(len(members))
        unit = found.model.units.get(name) or next(iter(found.model.units.values()))
        stand = _stand(found, members)
        own = unit.detector.contributions(matrix.values[members], place[rows[asked]], **stand)
        if own is None:
            told = (feature_parts(found, int(row), None, most_rows) for row in rows[asked])
            parts[asked] = [each.values for each in told]
            continue
        for column, feature in enumerate(matrix.owner):
            parts[asked, feature] += own[1][:, column] / unit.spread
        if len(rows) <= KEPT:
            _kept(found).update(zip(rows[asked].tolist(), parts[asked], strict=True))
    return parts


def samples_parts(found: Detection) -> bool:
    """Tell whether parts are sampled, for the detector has none of its own."""
    name, rows = next(iter(found.groups.items()))
    unit = found.model.units.get(name) or next(iter(found.model.units.values()))
    stand = _stand(found, rows)
    return unit.detector.contributions(found.matrix.values[rows], [0], **stand) is None


def _stand(found: Detection, rows: np.ndarray) -> dict[str, Any]:
    """Return how the rows of a group stand to each other: in time, or by edges."""
    time = None if found.positions is None else found.positions[rows]
    return {"time": time, "network": found.network}


def _kept(found: Detection) -> dict[int, np.ndarray]:
    """Parts that detectors gave of themselves: some look at a whole series to explain a row."""
    kept: dict[int, np.ndarray] = found.__dict__.setdefault("_kept_parts", {})
    return kept


def unit_of(found: Detection, row: int) -> tuple[str, Unit, np.ndarray, int]:
    """Return the group of a row, who judges it, the group's rows, and the row's place in them."""
    for name, rows in found.groups.items():
        place = np.flatnonzero(rows == row)
        if place.size:
            units = found.model.units
            unit = units[name] if name in units else next(iter(units.values()))
            return name, unit, rows, int(place[0])
    raise AssertionError(f"row {row} belongs to no group")


def _shapley(
    found: Detection, unit: Unit, row: int, place: int, near: np.ndarray | None, most_rows: int
) -> ShapleyParts:
    near = nearest_normal(found, row) if near is None else near
    values = found.matrix.values
    usual = values[near[0]] if len(near) else np.median(values, axis=0)
    judge: Callable[[np.ndarray], np.ndarray] = unit.detector.decision_function
    if found.dataset.kind == "series" or hangs_together(unit.detector):
        judge, most_rows = _in_place(found, unit, row, place), min(most_rows, IN_PLACE)
    return shapley_parts(judge, values[row], usual, found.matrix.owner, most_rows=most_rows)


def _in_place(
    found: Detection, unit: Unit, row: int, place: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what scores other values of a row of a series, or of a node, where it stands."""
    rows = unit_of(found, row)[2]
    whole = found.matrix.values[rows]
    stand = _stand(found, rows)

    def judge(values: np.ndarray) -> np.ndarray:
        scores = np.empty(len(values))
        for number, each in enumerate(values):
            changed = whole.copy()
            changed[place] = each
            scores[number] = unit.detector.decision_function(changed, **stand)[place]
        return scores

    return judge


def hangs_together(detector: Detector) -> bool:
    """Tell whether the score of a row depends on its neighbours in a graph."""
    members = getattr(detector, "fitted_", [])
    return isinstance(detector, GraphDetector) or any(hangs_together(one) for one in members)


def nearest_normal(found: Detection, row: int) -> np.ndarray:
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
    texts = {plan.name: plan.text for plan in found.model.preparation.plans}
    made = []
    for place in np.argsort(-parts, kind="stable"):
        name = found.matrix.features[place]
        value = frame[name].iloc[row]
        expected = _expectation(found, row, name, int(place))
        unusual = not expected.fits(value)
        text = texts.get(name)
        terms = () if text is None else _terms(found, row, int(place), text)
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
                remark=_remark(found, row, int(place), unusual) or _terms_words(text, terms),
                terms=terms,
            )
        )
    return tuple(made)


def _terms(found: Detection, row: int, place: int, text: TextPlan) -> tuple[tuple[str, float], ...]:
    """Return the terms of a text without which its row would score less, the most telling first."""
    _, unit, _, _ = unit_of(found, row)
    name = found.matrix.features[place]
    columns = np.flatnonzero(found.matrix.owner == place)[: text.width()]

    def score(counted: list[Mapping[str, int]]) -> np.ndarray:
        values = np.repeat(found.matrix.values[[row]], len(counted), axis=0)
        values[:, columns] = squeezed(text.encode(counted))
        return unit.adjust(unit.detector.decision_function(values))

    cell = found.dataset.frame[name].iloc[row]
    counts = {} if pd.isna(cell) else text.count(str(cell))
    return tuple(part for part in term_parts(score, counts)[:SHOWN_TERMS] if part[1] > 0.0)


def _terms_words(text: TextPlan | None, terms: tuple[tuple[str, float], ...]) -> str:
    if text is None or not terms:
        return ""
    said = [
        f"“{_shortened(term)}”" + ("" if text.knows(term) else " (new)") for term, _ in terms[:3]
    ]
    return f"most by {', '.join(said)}"


def _shortened(term: str) -> str:
    """Return a term as a sentence holds it: of a step, enough of what came before and after."""
    known = [part if len(part) <= 40 else f"{part[:39]}…" for part in term.split(f" {AFTER} ")]
    return f" {AFTER} ".join(part or "a line like no other" for part in known)


def _expectation(found: Detection, row: int, name: str, place: int) -> Expectation:
    """What is expected at this row: by the season where the detector knows it."""
    usual = found.model.expectations[name]
    group, unit, rows, at = unit_of(found, row)
    plan = next(plan for plan in found.model.preparation.plans if plan.name == name)
    if not hasattr(unit.detector, "expected") or plan.kind != "numeric":
        return usual
    column = int(np.flatnonzero(found.matrix.owner == place)[0])
    middle, half = _expected_of(found, group, unit, rows)
    centre = plan.centre + plan.scale * float(middle[at, column])
    reach = plan.scale * float(half[at, column])
    return Expectation("numeric", centre - reach, centre + reach)


def _expected_of(
    found: Detection, group: str, unit: Unit, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the detector expects in a whole group; remembered, for it looks at all of it."""
    kept = found.__dict__.setdefault("_kept_expected", {})
    if group not in kept:
        time = None if found.positions is None else found.positions[rows]
        detector: Any = unit.detector
        kept[group] = detector.expected(found.matrix.values[rows], time)
    middle, half = kept[group]
    return middle, half


def _remark(found: Detection, row: int, place: int, unusual: bool) -> str:
    _, unit, rows, at = unit_of(found, row)
    remark = getattr(unit.detector, "remark", None)
    # A detector without expectations of its own has nothing to add to an unusual value.
    own = hasattr(unit.detector, "expected") or isinstance(unit.detector, GraphDetector)
    if remark is None or (unusual and not own):
        return ""
    column = int(np.flatnonzero(found.matrix.owner == place)[0])
    time = None if found.positions is None else found.positions[rows]
    stand = time if found.network is None else found.network
    return str(remark(found.matrix.values[rows], at, column, stand))


def _similar_words(
    found: Detection, near: np.ndarray, contributions: tuple[Contribution, ...]
) -> str:
    if len(near) < 5 or not contributions:
        return ""
    name = contributions[0].feature
    alike = found.dataset.frame.iloc[near]
    return learn_expectations(alike, (name,), found.model.preparation.texts)[name].words()


def _subject(found: Detection, row: int) -> str:
    data = found.dataset
    about: list[str] = []
    if data.network is not None and data.frame.columns[0] not in data.features:
        about.append(show_value(data.frame.iloc[row, 0]))  # what the node is called
    if data.entity is not None:
        about.append(show_value(data.frame[data.entity].iloc[row]))
    if data.time is not None:
        about.append(_time_words(data.frame[data.time].iloc[row]))
    return f"Row {row}" + (f" ({', '.join(about)})" if about else "")


def _time_words(value: Any) -> str:
    return str(value) if not isinstance(value, pd.Timestamp) else show_value(value)
