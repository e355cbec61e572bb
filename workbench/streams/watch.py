"""A monitor at work: from what came to scores, firings and a place to go on from, all at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from workbench.core.errors import StoreError
from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.core.stream import Monitor
from workbench.store.database import reading, writing
from workbench.store.monitors import (
    add_points,
    find_monitor,
    get_further,
    keep_state,
    kept_state,
)
from workbench.store.streams import Arrived, add_part, parts_after
from workbench.streams import kept_points
from workbench.streams.event_time import SECOND, EventTime
from workbench.streams.keeping import pack, unpack
from workbench.streams.promise import Promise
from workbench.streams.records import Records, Shape, from_bytes
from workbench.streams.scoring import Scorer

__all__ = ["Lost", "Raise", "Watch", "Watcher"]

log = logging.getLogger("workbench.streams")
#: Records that are scored in one step, and parts that are read for it.
MOST_RECORDS, MOST_PARTS = 20_000, 500
#: After so many seconds, or points, what is known is kept anew: as much is scored again, at most,
#: after the process was killed.
KEEP_SECONDS, KEEP_POINTS = 20.0, 50_000
#: Seconds between two looks at rules about silence.
TICK = 1.0
#: Seconds beyond the lateness after which those who wait for others go on without them.
QUIET = 2.0

Raise = Callable[[Connection, Sequence[Firing], Mapping[str, Any], datetime], object]


class Lost(Exception):
    """Somebody else watches by now."""


class Watcher(Protocol):
    """A rule of a monitor, as :class:`workbench.alerts.rules.base.Rule` has it."""

    def step(self, points: Points) -> list[Firing]:
        """Return what is worth telling of points."""

    def tick(
        self, now: datetime, latest_event: datetime | None, latest_arrival: datetime | None
    ) -> list[Firing]:
        """Return what is worth telling of silence."""

    def state(self) -> dict[str, Any]:
        """Return what it knows."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""


@dataclass
class _Step:
    """What a step found, until it is kept."""

    done: int
    points: Points
    firings: list[Firing]


class Watch:
    """Scores what came through a stream, from where the monitor was left.

    Scores, firings, incidents and how far it came are kept in one transaction: whenever the
    process ends, the next one finds either all of a step or nothing of it. What the detector had
    learned is found again by scoring once more what came since it was last kept, which says
    nothing to anybody.

    Parameters
    ----------
    monitor : Monitor
    shape : Shape
        Of its stream, with features.
    scorer : Scorer
    rules : sequence of Watcher
    tell : callable
        Takes firings into incidents: :func:`workbench.alerts.incidents.raise_firings`.
    claim : str
        With which the monitor is ours.
    """

    def __init__(
        self,
        monitor: Monitor,
        shape: Shape,
        scorer: Scorer,
        rules: Sequence[Watcher],
        tell: Raise,
        claim: str,
    ) -> None:
        self.monitor, self.scorer, self.rules = monitor, scorer, list(rules)
        self.time = EventTime(shape.lateness, len(shape.features))
        self._shape, self._tell, self._claim = shape, tell, claim
        self._promise = Promise(scorer)
        self.done, self.points, self.anomalies = monitor.done, monitor.points, monitor.anomalies
        self.latest = monitor.latest
        self._arrived: datetime | None = None
        # Silence counts from here: what happened while nobody watched is no news.
        self._since = datetime.now(UTC)
        self._owed: list[Firing] = []
        self._lag = 0.0
        self._unkept: _Step | None = None
        self._kept_at, self._kept_points = time.monotonic(), 0
        self._ticked = self._heard = time.monotonic()

    # ---- going on -----------------------------------------------------------------------------

    def resume(self) -> int:
        """Come to know what was known; return how many records were scored again for it."""
        with reading() as connection:
            kept = kept_state(connection, self.monitor.id)
            now = find_monitor(connection, self.monitor.id)
        if now is None:
            raise Lost
        # Whoever watched before may have gone on since this monitor was read.
        self.done, self.points, self.anomalies = now.done, now.points, now.anomalies
        self.latest = now.latest
        at, again = -1, 0
        if kept is not None:
            at, state = kept[0], unpack(kept[1])
            self.time.restore(state["time"])
            self.scorer.restore(state["scorer"])
            for rule, told in zip(self.rules, state["rules"], strict=True):
                rule.restore(told)
        while at < self.done:
            with reading() as connection:
                parts = parts_after(
                    connection, self.monitor.stream, at, until=self.done, most=MOST_PARTS
                )
            if not parts:
                break
            again += sum(part.count for part in parts)
            points = self._score(parts)
            for rule in self.rules:  # they remember; what they say was told before
                self._asked(rule, points)
            at = parts[-1].seq
        if self.scorer.scored != self.points:
            if kept is not None:
                log.error("monitor %s: %d points are known, %d were found again", self.monitor.id,
                          self.points, self.scorer.scored)  # fmt: skip
            self.scorer.scored = self.points  # numbers go on where it learned anew
        self._kept_points = self.points
        return again

    # ---- steps --------------------------------------------------------------------------------

    def step(self) -> int:
        """Take what came, and return how many records that were.

        Raises
        ------
        Lost
            Somebody else watches by now; nothing of the step was kept.
        StoreError
            The database does not answer: the same step is kept at the next call.
        """
        if self._unkept is not None:
            self._keep(self._unkept)
        with reading() as connection:
            parts = parts_after(connection, self.monitor.stream, self.done, most=MOST_PARTS)
        parts = _some(parts)
        if not parts:
            self._nothing()
            return 0
        self._heard, self._arrived = time.monotonic(), parts[-1].arrived
        points = self._score(parts)
        self._lag = round((datetime.now(UTC) - parts[0].arrived).total_seconds(), 3)
        firings = [one for rule in self.rules for one in self._asked(rule, points)]
        self._unkept = _Step(parts[-1].seq, points, firings)
        self._keep(self._unkept)
        return sum(part.count for part in parts)

    def _score(self, parts: Sequence[Arrived]) -> Points:
        come = []
        for part in parts:
            arrived = int(part.arrived.timestamp() * SECOND)
            if part.kind == "quiet":
                come.append(self.time.advance(int(part.body)))
            else:
                come.append(self.time.step(from_bytes(part.body), arrived))
        return self.scorer.step(Records.join(come))

    def _asked(self, rule: Watcher, points: Points) -> list[Firing]:
        return rule.step(points) if len(points) else []

    def _keep(self, step: _Step) -> None:
        points, now = step.points, datetime.now(UTC)
        anomalies = int(points.anomalous.sum())
        latest = kept_points.moment(points.time[-1]) if len(points) else self.latest
        with writing() as connection:
            told = {
                "done": step.done, "points": self.points + len(points), "latest": latest,
                "anomalies": self.anomalies + anomalies, "told": self.tells(), "seen": now,
                "problem": "",
            }  # fmt: skip
            new = get_further(connection, self.monitor.id, self._claim, after=self.done, **told)
            if not new and not self._is_kept(connection, step):
                raise Lost
            if new and len(points):
                add_points(connection, self.monitor.id, kept_points.kept(points))
            if new and step.firings:
                self._tell(connection, step.firings, self.monitor.routes, now)
            due = new and self._state_is_due(len(points))
            if due:
                keep_state(connection, self.monitor.id, step.done, self._state())
        self._unkept = None
        self.done, self.points, self.latest = step.done, self.points + len(points), latest
        self.anomalies += anomalies
        if due:
            self._kept_at, self._kept_points = time.monotonic(), self.points

    def _is_kept(self, connection: Connection, step: _Step) -> bool:
        """Return whether a step was kept before, and the word of it was lost on the way."""
        return get_further(
            connection, self.monitor.id, self._claim, after=step.done, done=step.done
        )

    def _state_is_due(self, more: int) -> bool:
        grown = self.points + more - self._kept_points
        return grown >= KEEP_POINTS or time.monotonic() - self._kept_at >= KEEP_SECONDS

    def _state(self) -> bytes:
        return pack(
            {
                "time": self.time.state(), "scorer": self.scorer.state(),
                "rules": [rule.state() for rule in self.rules],
            }
        )  # fmt: skip

    def _nothing(self) -> None:
        """Look after what nobody sends: silence, and records that wait for others."""
        now = time.monotonic()
        if now - self._ticked < TICK:
            return
        self._ticked = now
        waits = self.time.waiting
        if waits is not None and now - self._heard > self._shape.lateness + QUIET:
            self._heard = now
            with writing() as connection:
                add_part(
                    connection, self.monitor.stream, str(waits).encode("ascii"), count=0,
                    arrived=datetime.now(UTC), kind="quiet",
                )  # fmt: skip
        at = datetime.now(UTC)
        since = self._arrived or self._since
        self._owed += [one for rule in self.rules for one in rule.tick(at, self.latest, since)]
        if self._owed:
            with writing() as connection:
                if not get_further(connection, self.monitor.id, self._claim, seen=at):
                    raise Lost
                self._tell(connection, self._owed, self.monitor.routes, at)
            self._owed = []

    def close(self) -> None:
        """Keep what is known, so that whoever goes on need not score again."""
        try:
            if self._unkept is not None:
                self._keep(self._unkept)
            with writing() as connection:
                now = find_monitor(connection, self.monitor.id)
                changed = now is None or now.version != self.monitor.version
                # What was learned under other rules, or by another model, is of no use.
                if not changed and get_further(
                    connection, self.monitor.id, self._claim, told=self.tells()
                ):
                    keep_state(connection, self.monitor.id, self.done, self._state())
        except (StoreError, Lost):
            log.warning("monitor %s could not keep what it knows", self.monitor.id)

    def tells(self) -> dict[str, Any]:
        """Return what the monitor says of itself."""
        return {
            **vars(self.time.counts), "waiting": len(self.time), "lag": self._lag,
            "arrived": None if self._arrived is None else self._arrived.timestamp(),
            **self._promise.told(),
        }  # fmt: skip


def _some(parts: list[Arrived]) -> list[Arrived]:
    """Return the first parts, as many as one step takes; at least one."""
    total = 0
    for number, part in enumerate(parts):
        total += part.count
        if total > MOST_RECORDS and number:
            return parts[:number]
    return parts
