"""What an explanation finds out once it is asked: counterfactual, similar anomalies, time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.core.reasons import Change, Counterfactual, OverTime, SimilarAnomaly
from workbench.explainers.counterfactual import Choice, find_change, learn_choice, tell_change
from workbench.explainers.counterfactual_series import expected_courses, find_replacement
from workbench.explainers.expectation import show_number
from workbench.explainers.sentence import show_value
from workbench.explainers.similar import likeness

if TYPE_CHECKING:
    from workbench.core.anomaly import Anomaly
    from workbench.workflow.detection import Detection

__all__ = ["DetailsOf", "peak_parts"]

#: Anomalies that are compared, and shown; and how alike they must be.
COMPARED, SHOWN, ALIKE = 200, 5, 0.7
#: Normal rows whose values are tried, and rows judged at once.
NORMAL_ROWS = 5_000
#: Columns of a matrix over time.
TIMES = 48
#: Rows that are scored for each anomaly where parts are sampled.
SAMPLED_ROWS = 600


@dataclass(frozen=True)
class DetailsOf:
    """The details of one row of a detection; nothing is computed before it is asked for."""

    found: Detection
    row: int
    parts: np.ndarray
    near: np.ndarray

    def counterfactual(self) -> Counterfactual | None:
        """Return what would have to change; None for a row that is no anomaly, or all texts."""
        if self.found.scores.iloc[self.row] <= self.found.threshold.value:
            return None
        if self.found.dataset.kind == "series":
            return self._replaced()
        return self._of_a_node() or self._changed()

    def _of_a_node(self) -> Counterfactual | None:
        """Say that nothing is searched where the edges count too; None for a row of a table."""
        from workbench.workflow.explaining import hangs_together

        if not hangs_together(_unit(self.found, self.row)[1].detector):
            return None
        words = (
            "Nothing was searched: the score also hangs on the edges, and another value here "
            "would change the scores of the neighbours."
        )
        return Counterfactual((), (self.row,), None, words, 0)

    def similar(self) -> tuple[SimilarAnomaly, ...]:
        """Return anomalies for the same reasons, most alike first."""
        others = [item for item in self.found.records[:COMPARED] if self.row not in item.rows]
        if not others:
            return ()
        known = peak_parts(self.found)
        alike = likeness(self.parts, np.array([known[item.peak] for item in others]))
        severity = float(self.found.severity.iloc[self.row])
        # Of those that are alike to two digits, first the one of like severity.
        order = sorted(
            range(len(others)),
            key=lambda i: (-round(float(alike[i]), 2), abs(others[i].severity - severity)),
        )
        return tuple(
            SimilarAnomaly(
                others[i].id, others[i].peak, float(alike[i]), others[i].severity, others[i].band
            )
            for i in order[:SHOWN]
            if alike[i] >= ALIKE
        )

    def over_time(self) -> OverTime | None:
        """Return parts by feature and time; None where there is no time."""
        if self.found.dataset.kind != "series":
            return None
        from workbench.workflow.explaining import unit_of

        _, unit, rows, place = unit_of(self.found, self.row)
        own = getattr(unit.detector, "parts_over_time", None)
        if own is None:
            return self._around(rows, place)
        time = None if self.found.positions is None else self.found.positions[rows]
        first, weights = own(self.found.matrix.values[rows], place, time)
        return self._shared(rows[first : first + weights.shape[1]], weights)

    def _shared(self, rows: np.ndarray, weights: np.ndarray) -> OverTime:
        """Share each feature's part by weights over time, so that all adds up as before."""
        owner, features = self.found.matrix.owner, self.found.matrix.features
        summed = np.zeros((len(features), weights.shape[1]))
        np.add.at(summed, owner, weights)
        edges = np.unique(np.linspace(0, len(rows), min(len(rows), TIMES) + 1).astype(int))[:-1]
        summed = np.add.reduceat(summed, edges, axis=1)
        total = summed.sum(axis=1, keepdims=True)
        usable = np.abs(total) > 1e-9 * np.abs(summed).sum(axis=1, keepdims=True) + 1e-300
        even = np.full(summed.shape, 1.0 / summed.shape[1])
        share = np.where(usable, summed / np.where(usable, total, 1.0), even)
        return OverTime(
            features,
            tuple(rows[edges].tolist()),
            share * self.parts[:, None],
            "Parts of the row's score: each feature's part, shared over the times of its windows.",
        )

    def _around(self, rows: np.ndarray, place: int) -> OverTime:
        from workbench.workflow.explaining import parts_of_rows

        first = int(np.clip(place - TIMES // 2, 0, max(0, len(rows) - TIMES)))
        shown = rows[first : first + TIMES]
        values = parts_of_rows(self.found, shown, SAMPLED_ROWS // 10).T
        return OverTime(
            self.found.matrix.features,
            tuple(shown.tolist()),
            values,
            "Each time's figures are the parts of its own score.",
        )

    def _changed(self) -> Counterfactual | None:
        found, model = self.found, self.found.model
        _, unit, _, _ = _unit(found, self.row)
        row = found.dataset.frame.iloc[[self.row]]

        def encode(frame: pd.DataFrame) -> np.ndarray:
            return model.preparation.transform(frame).values

        def judge(values: np.ndarray) -> np.ndarray:
            return unit.adjust(unit.detector.decision_function(values))

        owner = {
            name: np.flatnonzero(found.matrix.owner == place)
            for place, name in enumerate(found.matrix.features)
        }
        choices = self._choices(row)
        if not choices:
            return None
        donors = found.dataset.frame.iloc[self.near]
        limit = found.threshold.value
        change = find_change(encode, owner, judge, row, choices, donors, limit, self.row)
        leads = found.matrix.features[int(np.argmax(self.parts))]
        if change.changes or leads in choices:
            return change
        # It counts most, and it is a text: what was searched says less than it seems to.
        about = f"The words of '{leads}' count most here, and were left as they are."
        return replace(change, words=f"{change.words} {about}")

    def _choices(self, row: pd.DataFrame) -> dict[str, Choice]:
        """Return what each feature could be, the features with the largest parts first."""
        found = self.found
        normal = np.flatnonzero(~found.is_anomaly.to_numpy())
        few = normal[np.linspace(0, len(normal) - 1, min(len(normal), NORMAL_ROWS)).astype(int)]
        kinds = {plan.name: plan.kind for plan in found.model.preparation.plans}
        made = {}
        for place in np.argsort(-self.parts, kind="stable"):
            name = found.matrix.features[place]
            if kinds[name] == "text":  # nobody would write another one
                continue
            column = found.dataset.frame[name]
            known = column.iloc[few] if len(few) else self._expected(name)
            numeric = kinds[name] == "numeric" and not pd.api.types.is_timedelta64_dtype(column)
            made[name] = learn_choice(known, row[name].iloc[0], numeric=numeric)
        return made

    def _expected(self, name: str) -> pd.Series:
        """Without normal rows in sight: what the rows of training let expect."""
        usual = self.found.model.expectations[name]
        if usual.low is None or usual.high is None:
            return pd.Series(list(usual.categories), dtype=object)
        if usual.kind == "date":
            return pd.Series(pd.to_datetime(np.linspace(usual.low, usual.high, 25), unit="s"))
        return pd.Series(np.linspace(usual.low, usual.high, 100))

    def _replaced(self) -> Counterfactual:
        found = self.found
        _, unit, rows, _ = _unit(found, self.row)
        X = found.matrix.values[rows]
        time = None if found.positions is None else found.positions[rows]
        place_of = {int(row): at for at, row in enumerate(rows)}
        stretch = np.array(sorted(place_of[row] for row in self._stretch()))
        stretch = np.arange(stretch[0], stretch[-1] + 1)
        expected = getattr(unit.detector, "expected", None)
        foreseen = None if expected is None else expected(X, time)[0]
        usual = ~found.is_anomaly.to_numpy()[rows]
        usual[stretch] = False
        numeric = self._numeric_columns()
        order = [
            int(column)
            for feature in np.argsort(-self.parts, kind="stable")
            for column in np.flatnonzero(found.matrix.owner == feature)
            if column in numeric
        ]

        def judge(values: np.ndarray) -> np.ndarray:
            return unit.adjust(unit.detector.decision_function(values, time=time))

        courses = expected_courses(X, stretch, usual, foreseen)
        columns, values, score, tried = find_replacement(
            judge, X, stretch, courses, order, found.threshold.value
        )
        where = tuple(rows[stretch].tolist())
        if columns is None or values is None or score is None:
            words = "No replacement of up to 4 features by expected values was found that makes it"
            return Counterfactual((), where, None, f"{words} usual.", tried)
        changes = tuple(self._change(column, values[:, column]) for column in columns)
        return Counterfactual(changes, where, score, tell_change(changes, self._when(where)), tried)

    def _stretch(self) -> tuple[int, ...]:
        record: Anomaly | None = next(
            (item for item in self.found.records if self.row in item.rows), None
        )
        return record.rows if record is not None else (self.row,)

    def _numeric_columns(self) -> set[int]:
        found = self.found
        kinds = {plan.name: plan.kind for plan in found.model.preparation.plans}
        first = {int(np.flatnonzero(found.matrix.owner == f)[0]): f for f in found.matrix.owner}
        return {
            column for column, f in first.items() if kinds[found.matrix.features[f]] == "numeric"
        }

    def _change(self, column: int, values: np.ndarray) -> Change:
        found = self.found
        name = found.matrix.features[int(found.matrix.owner[column])]
        plan = next(plan for plan in found.model.preparation.plans if plan.name == name)
        original = plan.centre + plan.scale * values
        low, high = float(original.min()), float(original.max())
        value: Any = found.dataset.frame[name].iloc[self.row]
        first, last = show_number(low), show_number(high)
        words = first if first == last else f"{first} to {last}"
        return Change(name, value.item() if hasattr(value, "item") else value, low, high, words)

    def _when(self, rows: tuple[int, ...]) -> str:
        data = self.found.dataset
        if len(rows) == 1:
            return ""
        if data.time is None:
            return f" in rows {rows[0]} to {rows[-1]}"
        ends = [show_value(data.frame[data.time].iloc[row]) for row in (rows[0], rows[-1])]
        return f" from {ends[0]} to {ends[1]}"


def peak_parts(found: Detection) -> dict[int, np.ndarray]:
    """Return the feature parts at the peaks of the most severe anomalies; computed once."""
    kept: dict[int, np.ndarray] | None = found.__dict__.get("_peak_parts")
    if kept is None:
        from workbench.workflow.explaining import parts_of_rows

        peaks = np.array([item.peak for item in found.records[:COMPARED]], dtype=int)
        parts = parts_of_rows(found, peaks, SAMPLED_ROWS)
        kept = dict(zip(peaks.tolist(), parts, strict=True))
        found.__dict__["_peak_parts"] = kept
    return kept


def _unit(found: Detection, row: int) -> tuple[str, Any, np.ndarray, int]:
    from workbench.workflow.explaining import unit_of

    return unit_of(found, row)
