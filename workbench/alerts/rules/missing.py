"""Fires while no data come, from the whole source or from one of many sensors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from workbench.alerts.rules.base import (
    MOST_SECONDS,
    Rule,
    bounded,
    cause_of,
    moment,
    stamps,
)
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.wording import number

__all__ = ["Missing"]

#: Entities that are waited for; beyond, one that is silent already is forgotten first, and then
#: the one that spoke longest ago.
MOST_ENTITIES = 10_000


class Missing(Rule):
    """Tells when nothing has come for too long: a silent source looks like a healthy one.

    Of the whole source it fires by the clock (:meth:`tick`), again after each further ``seconds``
    of silence with the same id, which is made of the time of the last record.

    With ``per_entity`` it also tells of one entity that is silent while others speak, by the time
    of their records: where the whole source was silent, no more than half of ``seconds`` counts.
    An entity is waited for once it has spoken ``least`` times. One that is silent for longer than
    ``forget`` is given up; of more than 10,000 those that are silent already are, then the one
    that spoke longest ago. Whoever speaks again is waited for as before.

    Parameters
    ----------
    seconds : float
        Silence that is still normal: of the source in the time of the clock, of an entity in that
        of the records.
    severity : float
        0-100.
    per_entity : bool
        Whether each entity is waited for.
    least : int
        Records of an entity from which on it is: what speaks once, as a session does, may end.
    forget : float
        Seconds of silence after which an entity is given up, and no more told of; at least
        ``seconds``.

    Examples
    --------
    >>> from datetime import UTC
    >>> last = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> [one.text for one in Missing("m", seconds=60).tick(last + timedelta(minutes=5), last, last)]
    ['no data for 300 s, at most 60 s are normal']
    """

    kind = "missing"

    def __init__(
        self,
        monitor: str,
        called: str = "",
        *,
        seconds: float = 300.0,
        severity: float = 50.0,
        per_entity: bool = False,
        least: int = 10,
        forget: float = 7 * 86_400.0,
    ) -> None:
        super().__init__(monitor, called)
        self.seconds = bounded("seconds", seconds, 1.0, MOST_SECONDS)
        self.severity = bounded("severity", severity, 0.0, 100.0)
        self.per_entity = bool(per_entity)
        self.least = bounded("least", least, 1, 10**9, whole=True)
        self.forget = max(self.seconds, bounded("forget", forget, 1.0, MOST_SECONDS))
        self._told: tuple[str, float] = ("", 0.0)
        # Both in the order of time, as points come: who is due stands first. An entity has the time
        # of its last record, how many there were, and the time by our own clock at which it spoke,
        # or was told of, last. That clock goes with the records and jumps over no pause of all.
        self._speak: dict[str, list[int]] = {}
        self._silent: dict[str, list[int]] = {}
        self._clock, self._at = 0, 0

    # ---- one of many ----------------------------------------------------------------------------

    def step(self, points: Points) -> list[Firing]:
        """Return a firing for each entity that is silent while others speak."""
        if not self.per_entity:
            return []
        told: dict[str, Firing] = {}
        for entity, time in zip(points.entity, stamps(points).tolist(), strict=True):
            self._hear(str(entity), time)
            for one in self._overdue(time):
                told[one.id] = one
        return list(told.values())

    def _hear(self, entity: str, time: int) -> None:
        if self._at:
            self._clock += min(time - self._at, round(self.seconds * 5e5))
        self._at = time
        known = self._speak.pop(entity, None) or self._silent.pop(entity, None)
        self._speak[entity] = [time, 1 if known is None else known[1] + 1, self._clock]
        if len(self._speak) + len(self._silent) > MOST_ENTITIES:
            some = self._silent or self._speak
            del some[next(iter(some))]

    def _overdue(self, now: int) -> list[Firing]:
        """Return firings of those who fell silent by now, and of those who still are."""
        found, most = [], round(self.seconds * 1e6)
        while self._speak:
            entity, (last, heard, spoke) = next(iter(self._speak.items()))
            if self._clock - spoke <= most:
                break
            del self._speak[entity]
            if heard >= self.least:
                self._silent[entity] = [last, heard, self._clock]
                found.append(self._of(entity, last, now))
        while self._silent:
            entity, (last, heard, told) = next(iter(self._silent.items()))
            if self._clock - told < most:
                break
            del self._silent[entity]
            if now - last <= self.forget * 1e6:
                self._silent[entity] = [last, heard, self._clock]
                found.append(self._of(entity, last, now))
        return found

    def _of(self, entity: str, last: int, now: int) -> Firing:
        text = self._words((now - last) / 1e6)
        return Firing(
            id=self.firing_id(entity, last), monitor=self.monitor, rule=self.called,
            kind=self.kind, cause=cause_of(self.kind, entity), start=moment(last), end=moment(now),
            severity=self.severity, entity=entity,
            text=f"{entity}: {text} while others speak" if entity else text,
        )  # fmt: skip

    def _words(self, silent: float) -> str:
        return f"no data for {number(silent)} s, at most {number(self.seconds)} s are normal"

    # ---- the whole source -----------------------------------------------------------------------

    def tick(
        self, now: datetime, latest_event: datetime | None, latest_arrival: datetime | None
    ) -> list[Firing]:
        """Return a firing where the silence is too long."""
        if latest_arrival is None or now - latest_arrival <= timedelta(seconds=self.seconds):
            return []
        silent = (now - latest_arrival).total_seconds()
        # What never spoke is known by the time that the monitor began.
        last = latest_event or latest_arrival
        id = self.firing_id(last.isoformat())  # noqa: A001
        if self._told[0] == id and silent - self._told[1] < self.seconds:
            return []
        self._told = (id, silent)
        return [
            Firing(
                id=id, monitor=self.monitor, rule=self.called, kind=self.kind,
                cause=cause_of(self.kind), start=min(last, now), end=now, severity=self.severity,
                text=self._words(silent),
            )
        ]  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return what was told last, and when each entity that is waited for spoke."""
        return {
            "told": list(self._told),
            "clock": [self._clock, self._at],
            "speak": [[entity, *one] for entity, one in self._speak.items()],
            "silent": [[entity, *one] for entity, one in self._silent.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` returned."""
        id, silent = state["told"]  # noqa: A001
        self._told = (str(id), float(silent))
        self._clock, self._at = state.get("clock", (0, 0))
        self._speak = {entity: list(one) for entity, *one in state.get("speak", ())}
        self._silent = {entity: list(one) for entity, *one in state.get("silent", ())}
