"""Points in a row that a rule flags, as one firing: begun once, and going on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.alerts.rules._telling import about_point, deviations
from workbench.alerts.rules.base import Rule, bounded, cause_of, moment, stamps
from workbench.core.errors import ParameterError
from workbench.core.firing import Firing
from workbench.core.points import Points

__all__ = ["Runs"]

#: Points that "at least k of the last n" may look back over.
MOST_LAST = 10_000


class Runs(Rule):
    """Flags points one by one and fires while enough of an entity's last points are flagged.

    Parameters
    ----------
    monitor, called : str
    least_severity : float
        Severity (0-100) from which on a point counts.
    absolute : float
        How far a value must lie outside its expected range, in its own unit.
    relative : float
        The same as a share of the bound that it passed: 0.1 is 10 %. Some feature must reach both
        floors; a point whose expected ranges are not known is not held back by either.
    at_least, of_last : int
        Fire where at least so many of the last so many points of an entity are flagged, and as
        long as this holds.
    per_entity : bool
        Whether each entity has incidents of its own; else all of the monitor belong together.
    """

    def __init__(
        self,
        monitor: str,
        called: str = "",
        *,
        least_severity: float = 0.0,
        absolute: float = 0.0,
        relative: float = 0.0,
        at_least: int = 1,
        of_last: int = 1,
        per_entity: bool = True,
    ) -> None:
        super().__init__(monitor, called)
        self.least_severity = bounded("least_severity", least_severity, 0.0, 100.0)
        self.absolute = bounded("absolute", absolute, 0.0)
        self.relative = bounded("relative", relative, 0.0)
        self.of_last = bounded("of_last", of_last, 1, MOST_LAST, whole=True)
        self.at_least = bounded("at_least", at_least, 1, MOST_LAST, whole=True)
        if self.at_least > self.of_last:
            raise ParameterError(
                f"at_least ({at_least}) of the last {of_last} points: it cannot be more than those."
            )
        self.per_entity = bool(per_entity)
        self._entities: dict[str, dict[str, Any]] = {}

    @abstractmethod
    def flags(self, points: Points) -> np.ndarray:
        """Return which points (n,) are odd by this rule, before severity and floors."""

    def step(self, points: Points) -> list[Firing]:
        """Return one firing for each run of flagged points that began or went on."""
        flagged = self._passing(points, np.asarray(self.flags(points), dtype=bool))
        concerned = {str(one) for one in points.entity[flagged]} | set(self._entities)
        if not concerned:
            return []
        times, told = stamps(points), dict[str, Firing]()
        for at in range(len(points)):
            entity = str(points.entity[at])
            if entity in concerned:
                run = self._look(entity, points, at, int(times[at]), bool(flagged[at]))
                if run is not None:
                    firing = self._firing(entity, run)
                    told[firing.id] = firing
        return list(told.values())

    def _passing(self, points: Points, flagged: np.ndarray) -> np.ndarray:
        if self.least_severity > 0.0:
            flagged = flagged & (points.severity >= self.least_severity)
        if flagged.any() and (self.absolute > 0.0 or self.relative > 0.0):
            far, bound = deviations(points.values, points.low, points.high)
            with np.errstate(invalid="ignore"):
                reached = (
                    (far >= self.absolute) & (far >= self.relative * np.abs(bound)) & (far > 0)
                )
            flagged = flagged & (reached.any(axis=1) | np.isnan(far).all(axis=1))
        return flagged

    def _look(
        self, entity: str, points: Points, at: int, time: int, flagged: bool
    ) -> dict[str, Any] | None:
        """Take in one point of an entity; return the run that it belongs to, if it does."""
        one = self._entities.get(entity)
        if one is None:
            if not flagged:
                return None
            one = self._entities[entity] = {"seen": 0, "marks": [], "last": -1, "run": None}
        one["seen"] += 1
        number = points.start + at
        if flagged:
            one["marks"].append([one["seen"], number, time])
        while one["marks"] and one["marks"][0][0] <= one["seen"] - self.of_last:
            one["marks"].pop(0)
        if len(one["marks"]) < self.at_least:
            one["run"] = None
            if not one["marks"]:
                del self._entities[entity]
            return None
        if not flagged:
            return None
        if one["run"] is None:
            first = next(mark for mark in one["marks"] if mark[1] > one["last"])
            one["run"] = {"number": first[1], "start": first[2], "severity": -1.0, "about": {}}
        run: dict[str, Any] = one["run"]
        run["end"], one["last"] = time, number
        severity = float(np.nan_to_num(points.severity[at], nan=0.0))
        if severity > run["severity"]:
            run["severity"], run["about"] = severity, about_point(points, at)
        return run

    def _firing(self, entity: str, run: Mapping[str, Any]) -> Firing:
        about = dict(run["about"])
        about["expected"] = {name: tuple(pair) for name, pair in about["expected"].items()}
        if entity:
            about["text"] = f"{entity}: {about['text']}"
        return Firing(
            id=self.firing_id(entity, run["number"]), monitor=self.monitor, rule=self.called,
            kind=self.kind, cause=cause_of(self.kind, entity if self.per_entity else ""),
            start=moment(run["start"]), end=moment(run["end"]), severity=run["severity"],
            entity=entity, **about,
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return the entities of which something is flagged or goes on."""
        return {"entities": self._entities}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self._entities = {
            entity: {**one, "marks": [list(mark) for mark in one["marks"]]}
            for entity, one in state["entities"].items()
        }
