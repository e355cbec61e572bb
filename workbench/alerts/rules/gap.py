"""Fires where records are missing between others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.alerts.rules.base import MOST_SECONDS, Rule, bounded, cause_of, moment, stamps
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.wording import number

__all__ = ["Gap"]

#: Entities whose last record is remembered; the one silent for longest is forgotten first.
MOST_ENTITIES = 10_000


class Gap(Rule):
    """Tells when an entity was silent between two of its records.

    Parameters
    ----------
    seconds : float
        Longest normal time from one record of an entity to its next.
    severity : float
        0-100.

    Examples
    --------
    >>> Gap("m", seconds=90).seconds
    90.0
    """

    kind = "gap"

    def __init__(
        self, monitor: str, called: str = "", *, seconds: float = 300.0, severity: float = 30.0
    ) -> None:
        super().__init__(monitor, called)
        self.seconds = bounded("seconds", seconds, 1e-6, MOST_SECONDS)
        self.severity = bounded("severity", severity, 0.0, 100.0)
        self._last: dict[str, int] = {}

    def step(self, points: Points) -> list[Firing]:
        """Return one firing for each gap."""
        times, found = stamps(points), list[Firing]()
        for at in range(len(points)):
            entity, time = str(points.entity[at]), int(times[at])
            last = self._last.pop(entity, None)
            self._last[entity] = time  # the last of the dictionary: in the order of their times
            if last is not None and time - last > self.seconds * 1e6:
                found.append(self._firing(entity, points.start + at, last, time))
            if len(self._last) > MOST_ENTITIES:
                del self._last[next(iter(self._last))]
        return found

    def _firing(self, entity: str, point: int, last: int, time: int) -> Firing:
        told = (
            f"no records for {number((time - last) / 1e6)} s, "
            f"at most {number(self.seconds)} s are normal"
        )
        return Firing(
            id=self.firing_id(entity, point), monitor=self.monitor, rule=self.called,
            kind=self.kind, cause=cause_of(self.kind, entity), start=moment(last), end=moment(time),
            severity=self.severity, entity=entity, text=f"{entity}: {told}" if entity else told,
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return when each entity was last heard of."""
        return {"last": self._last}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        self._last = {entity: int(time) for entity, time in state["last"].items()}
