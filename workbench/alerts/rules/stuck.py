"""Fires while a sensor says the same again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.alerts.rules.base import Rule, bounded, cause_of, moment, stamps
from workbench.core.errors import ParameterError
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.wording import number

__all__ = ["Stuck"]

#: Series (an entity's feature) that are remembered; the one silent for longest is forgotten first.
MOST_SERIES = 100_000


class Stuck(Rule):
    """Tells when a feature has exactly the same value many times in a row.

    A missing value ends the row. Name the ``features`` where others may rightly stand still, as
    states and set points do.

    Parameters
    ----------
    times : int
        Fires from so many equal values of an entity's feature on.
    features : sequence of str, optional
        Which to look at; by default all.
    severity : float
        0-100.

    Examples
    --------
    >>> Stuck("m", times=60, features=["flow"]).features
    ('flow',)
    """

    kind = "stuck"

    def __init__(
        self,
        monitor: str,
        called: str = "",
        *,
        times: int = 30,
        features: Sequence[str] | None = None,
        severity: float = 40.0,
    ) -> None:
        super().__init__(monitor, called)
        self.times = bounded("times", times, 2, 10**9, whole=True)
        if features is not None and not isinstance(features, (list, tuple)):
            raise ParameterError(f"features are names in a list: [{features!r}].")
        self.features = None if features is None else tuple(str(one) for one in features)
        self.severity = bounded("severity", severity, 0.0, 100.0)
        #: Entity and feature: value, how often, number and time of the first.
        self._rows: dict[tuple[str, str], list[Any]] = {}

    def step(self, points: Points) -> list[Firing]:
        """Return one firing for each feature that is, or stays, stuck."""
        times, told = stamps(points), list[Firing]()
        entities = np.asarray(points.entity).astype(str)
        # In the order in which they spoke last, which no batch changes: it says who is forgotten.
        for entity in reversed(dict.fromkeys(reversed(entities.tolist()))):
            at = np.flatnonzero(entities == entity)
            for place, feature in enumerate(points.features):
                if self.features is None or feature in self.features:
                    told += self._look(entity, feature, points.values[at, place], at, times, points)
        while len(self._rows) > MOST_SERIES:
            del self._rows[next(iter(self._rows))]
        return told

    def _look(
        self, entity: str, feature: str, values: np.ndarray, at: np.ndarray, times: np.ndarray,
        points: Points,
    ) -> list[Firing]:  # fmt: skip
        """Return the firings of the stretches of equal values in one entity's feature."""
        row = self._rows.pop((entity, feature), None)
        begins = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
        ends = np.r_[begins[1:], len(values)]
        told = []
        # Most stretches are short and say nothing: looked at are the first, which may go on from
        # what is remembered, the last, which is remembered, and those that are long enough.
        long = np.flatnonzero(ends - begins >= self.times)
        for place in dict.fromkeys((0, *long.tolist(), len(begins) - 1)):
            begin, end = int(begins[place]), int(ends[place])
            value = float(values[begin])
            if begin > 0 or row is None or row[0] != value:
                row = [value, 0, int(points.start + at[begin]), int(times[at[begin]])]
            row[1] += end - begin
            if row[1] >= self.times and np.isfinite(value):
                told.append(self._firing(entity, feature, row, int(times[at[end - 1]])))
        if row is not None and np.isfinite(row[0]):
            self._rows[entity, feature] = row
        return told

    def _firing(self, entity: str, feature: str, row: list[Any], end: int) -> Firing:
        value, times, point, start = row
        text = f"{feature} has been {number(value)} for {times} records"
        return Firing(
            id=self.firing_id(entity, feature, point), monitor=self.monitor, rule=self.called,
            kind=self.kind, cause=cause_of(self.kind, f"{entity}/{feature}"), start=moment(start),
            end=moment(end), severity=self.severity, entity=entity,
            text=f"{entity}: {text}" if entity else text, actual={feature: value},
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return the value that each entity's features have, and how often."""
        return {"rows": [[*key, *row] for key, row in self._rows.items()]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self._rows = {(entity, feature): list(row) for entity, feature, *row in state["rows"]}
