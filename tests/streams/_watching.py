"""A stream and a monitor in a real store, watched without a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from workbench.core.firing import Firing
from workbench.core.points import Points
from workbench.registry.live import _watch, detector_of
from workbench.registry.monitors import create_monitor, judging_of, points_from, rules_of
from workbench.registry.streams import create_stream
from workbench.store.database import reading, writing
from workbench.store.incidents import FIRINGS, INCIDENTS
from workbench.store.monitors import MONITORS, find_monitor
from workbench.store.streams import find_stream
from workbench.streams.event_time import SECOND, EventTime
from workbench.streams.intake import take_in
from workbench.streams.records import Shape, canonical
from workbench.streams.scoring import Scorer
from workbench.streams.watch import Watch
from workbench.team.access import house
from workbench.team.doer import Doer

__all__ = ["Found", "Watched", "differ", "once"]

_BY = Doer("user:test", "cli")
RULES: tuple[dict[str, Any], ...] = (
    {"rule": "anomaly"},
    {"rule": "stuck", "times": 20},
    {"rule": "anomaly", "called": "thrice", "at_least": 3, "of_last": 10},
)
#: What is compared bit for bit.
LINES = ("time", "entity", "values", "score", "p_value", "severity", "anomalous")
Found = tuple[Points, dict[str, tuple[Any, ...]]]


class Watched:
    """A stream that records are taken into, and the monitor that watches it.

    Parameters
    ----------
    shape : dict
    **words
        Of the monitor.
    """

    def __init__(self, shape: dict[str, Any], **words: Any) -> None:
        usual: dict[str, Any] = {"detector": "ewma", "rules": RULES}
        made = create_stream(house(), "plant", "push", shape=shape, by=_BY)
        self.stream = made.id
        one = create_monitor(house(), made.id, "watch", **usual | words, by=_BY)
        self.monitor = one.id

    def take(self, frame: pd.DataFrame) -> None:
        take_in(self.stream, frame)

    def watch(self, claim: str = "mine") -> Watch:
        """Return a watch that goes on from what is kept, as after a kill."""
        with writing() as connection:
            wanted = MONITORS.update().where(MONITORS.c.id == self.monitor)
            connection.execute(wanted.values(claim=claim))
        with reading() as connection:
            monitor = find_monitor(connection, self.monitor)
            stream = find_stream(connection, self.stream)
        assert monitor is not None
        assert stream is not None
        watch = _watch(monitor, stream, claim)
        watch.resume()
        return watch

    def found(self) -> Found:
        with reading() as connection:
            wanted = select(FIRINGS).join(INCIDENTS, FIRINGS.c.incident == INCIDENTS.c.id)
            rows = connection.execute(wanted.where(INCIDENTS.c.monitor == self.monitor)).all()
        points = points_from(self.monitor, 0, 10**7)
        assert points is not None
        told = {row.id: (row.rule, row.kind, row.entity, row.start, row.end) for row in rows}
        return points, told


def once(watched: Watched, frame: pd.DataFrame) -> Found:
    """Return what one pass over all finds, without a store in between."""
    with reading() as connection:
        monitor = find_monitor(connection, watched.monitor)
        stream = find_stream(connection, watched.stream)
    assert monitor is not None
    assert stream is not None
    known = Shape(**stream.shape)
    time = EventTime(known.lateness, len(known.features))
    make = detector_of(house(), monitor, known.features)
    scorer, rules = Scorer(known.features, make, judging_of(monitor.judging)), rules_of(monitor)
    records = canonical(frame, known).records
    arrived = int(pd.Timestamp.now("UTC").timestamp() * SECOND)
    points = scorer.step(time.step(records, arrived))
    told: dict[str, Firing] = {}
    for rule in rules:
        for one in rule.step(points):
            told[one.id] = one
    return points, {
        one.id: (one.rule, one.kind, one.entity, one.start, one.end) for one in told.values()
    }


def differ(one: Found, other: Found) -> Sequence[str]:
    """Return what is not the same, bit for bit."""
    wrong = [
        name for name in LINES
        if not np.array_equal(
            getattr(one[0], name), getattr(other[0], name),
            equal_nan=getattr(one[0], name).dtype.kind == "f",
        )
    ]  # fmt: skip
    told = {key: _plain(value) for key, value in one[1].items()}
    return wrong + (["firings"] if told != {k: _plain(v) for k, v in other[1].items()} else [])


def _plain(told: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(one.replace(tzinfo=None) if hasattr(one, "tzinfo") else one for one in told)
