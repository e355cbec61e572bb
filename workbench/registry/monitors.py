"""Detectors on live data: made, changed, stopped and asked by those who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.alerts.rules import USUAL, make_rule
from workbench.core.errors import ParameterError, suggest
from workbench.core.routes import Routes
from workbench.core.stream import Monitor, Stream
from workbench.registry._access import check_name, known, new_id, pages, reference
from workbench.store import registry as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.monitors import (
    MONITORS,
    add_monitor,
    drop_monitor,
    points_after,
    points_between,
)
from workbench.store.paging import Page
from workbench.store.streams import parts_after
from workbench.streams import kept_points
from workbench.streams.hub import Hub, Hubs
from workbench.streams.judging import Judging
from workbench.streams.records import from_bytes
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

if TYPE_CHECKING:
    from workbench.core.points import Points

__all__ = [
    "change_monitor",
    "create_monitor",
    "find_monitor",
    "hub_of",
    "judging_of",
    "list_monitors",
    "monitor_points",
    "points_in",
    "remove_monitor",
    "rules_of",
]

MOST, MOST_RULES = 200, 20
#: Points that one answer holds.
MOST_POINTS = 20_000


def create_monitor(
    who: Identity,
    stream: str,
    name: str,
    detector: str = "ewma",
    params: Mapping[str, Any] | None = None,
    *,
    judging: Mapping[str, Any] | None = None,
    rules: Sequence[Mapping[str, Any]] | None = None,
    routes: Mapping[str, Any] | None = None,
    by: Doer,
) -> Monitor:
    """Begin to watch a stream.

    Parameters
    ----------
    who : Identity
    stream : str
        Id.
    name : str
    detector : str
        An online detector of the catalog, or "model" for a model of the team.
    params : mapping
        Of the detector; for a model ``{"model": id}``, and ``"version"`` for one that is fixed.
    judging : mapping
        From when on a record is anomalous (:class:`workbench.streams.judging.Judging`).
    rules : sequence of mappings
        What is told of: each with ``rule``, perhaps ``called``, and the rule's parameters.
    routes : mapping
        Whom it is told (:class:`workbench.core.routes.Routes`).
    by : Doer

    Raises
    ------
    NotAllowed, NotFound
        They may not, or do not see the stream or the model.
    UnknownName, ParameterError
        There is no such detector or rule, or a parameter cannot work.
    """
    allow(who, "monitors:write")
    title = check_name(name)
    now = datetime.now(UTC)
    with reading() as connection:
        watched: Stream = known(connection, who, Stream, stream)
    judged = judging_of(judging or {})
    monitor = Monitor(
        new_id(), title, who.user.id, watched.id, detector, dict(params or {}), asdict(judged),
        [dict(one) for one in (USUAL if rules is None else rules)], {}, "running", "",
        _beginning(watched), 0, 0, None, {}, None, now, now,
    )  # fmt: skip
    monitor = replace(monitor, routes=_routes(routes or {}, monitor))
    _check(who, monitor, watched)
    if not judged.step:
        monitor.judging["step"] = usual_step(watched)
    with writing() as connection:
        page = pages(connection, who, Monitor, where=[store.within(MONITORS, who.user.id, ())])
        if page.total >= MOST:
            raise ParameterError(f"{MOST} monitors are the most for one person: remove one first.")
        add_monitor(connection, monitor)
        append(connection, by.did("monitor.create", reference(monitor), after=_told(monitor)))
    return monitor


def _beginning(stream: Stream) -> int:
    """Return the part before the oldest that is kept: a new monitor learns from what is there."""
    with reading() as connection:
        first = parts_after(connection, stream.id, -1, most=1)
    return first[0].seq - 1 if first else stream.seq


def usual_step(stream: Stream) -> float:
    """Return the usual seconds between two records of one entity; 0 where that is not known yet."""
    with reading() as connection:
        parts = parts_after(connection, stream.id, max(0, stream.seq - 50))
    times: dict[str, list[int]] = {}
    for part in parts:
        if part.kind == "records":
            records = from_bytes(part.body)
            for entity, time in zip(records.entity, records.time, strict=True):
                times.setdefault(entity, []).append(int(time))
    steps = [np.diff(np.sort(one)) for one in times.values() if len(one) > 2]
    if not steps:
        return 0.0
    usual = float(np.median(np.concatenate(steps)))
    return usual / 1e6


def list_monitors(who: Identity, *, stream: str = "", **asked: Any) -> Page[Monitor]:
    """Return a part of the monitors that somebody may see."""
    where = [MONITORS.c.stream == stream] if stream else []
    with reading() as connection:
        return pages(connection, who, Monitor, where=where, **asked)


def find_monitor(who: Identity, monitor: str) -> Monitor:
    """Return a monitor by id.

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    with reading() as connection:
        found: Monitor = known(connection, who, Monitor, monitor)
        return found


def change_monitor(
    who: Identity,
    monitor: str,
    *,
    name: str | None = None,
    judging: Mapping[str, Any] | None = None,
    rules: Sequence[Mapping[str, Any]] | None = None,
    routes: Mapping[str, Any] | None = None,
    state: str | None = None,
    by: Doer,
) -> Monitor:
    """Change what a monitor tells of, whom, and whether it watches.

    What it has learned stays where only name, routes or state change. With another judging or
    other rules it begins anew with what the stream still holds.
    """
    with writing() as connection:
        one: Monitor = known(connection, who, Monitor, monitor, "monitors:write")
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = check_name(name)
        if judging is not None:
            values["judging"] = {**asdict(judging_of(judging)), "step": one.judging["step"]}
        if rules is not None:
            values["rules"] = [dict(rule) for rule in rules]
        if state is not None:
            if state not in ("running", "paused"):
                raise ParameterError(f"state must be running or paused, found {state[:40]!r}.")
            values |= {"state": state, "problem": ""}
        new = replace(one, **values)
        if routes is not None or name is not None:
            values["routes"] = _routes(one.routes if routes is None else routes, new)
            new = replace(new, routes=values["routes"])
        if not values:
            return one
        if judging is not None or rules is not None:
            stream: Stream = known(connection, who, Stream, one.stream)
            _check(who, new, stream)
            _forget(connection, one.id)
        values |= {"changed": datetime.now(UTC), "version": one.version + 1}
        new = replace(new, changed=values["changed"], version=values["version"])
        store.change(connection, Monitor, one.id, **values)
        append(connection, by.did("monitor.change", reference(one), _told(one), _told(new)))
    return new


def _forget(connection: Any, monitor: str) -> None:
    """Let a monitor forget what it learned, but not what it found."""
    from sqlalchemy import delete

    from workbench.store.monitors import MONITOR_STATES

    connection.execute(delete(MONITOR_STATES).where(MONITOR_STATES.c.monitor == monitor))


def remove_monitor(who: Identity, monitor: str, *, by: Doer) -> None:
    """Forget a monitor and its points; its incidents stay."""
    with writing() as connection:
        one: Monitor = known(connection, who, Monitor, monitor, "monitors:write")
        drop_monitor(connection, one.id)
        append(connection, by.did("monitor.remove", reference(one), _told(one)))


# ---- what it found ------------------------------------------------------------------------------


def monitor_points(who: Identity, monitor: str, after: int = 0, most: int = 2_000) -> Points | None:
    """Return points from a number on, in the order of time; None where there are none.

    Parameters
    ----------
    who : Identity
    monitor : str
    after : int
        Number of the first point; negative counts from the newest back.
    most : int
    """
    one = find_monitor(who, monitor)
    first = after if after >= 0 else max(0, one.points + after)
    return points_from(one.id, first, min(most, MOST_POINTS))


def points_from(monitor: str, first: int, most: int) -> Points | None:
    """Return points of a monitor from a number on; for those who were asked before."""
    found: list[Any] = []
    rows, at = 0, first
    while rows < most:
        with reading() as connection:
            parts = points_after(connection, monitor, at, most=50)
        if not parts:
            break
        for part in parts:
            found.append(kept_points.from_bytes(part.body))
            rows += part.count
        at = parts[-1].start + parts[-1].count
    if not found:
        return None
    whole = kept_points.join(found)
    skip = max(0, first - whole.start)
    return kept_points.cut(whole, skip, skip + most)


def hub_of(who: Identity, monitor: str) -> Hub:
    """Return what all pages read the points of a monitor from, whoever looks and however many.

    Raises
    ------
    NotFound
        There is no such monitor that they may see: ask again now and then, for that may change.
    """
    find_monitor(who, monitor)
    return _HUBS.of(monitor)


def _hub(monitor: str) -> Hub:
    def state() -> Monitor | None:
        with reading() as connection:
            found: Monitor | None = store.find(connection, Monitor, monitor)
            return found

    return Hub(state, lambda first, most: points_from(monitor, first, most))


_HUBS = Hubs(_hub)


def points_in(
    who: Identity, monitor: str, first: datetime, last: datetime, most: int = MOST_POINTS
) -> Points | None:
    """Return the newest points in a span of time; None where there are none."""
    one = find_monitor(who, monitor)
    with reading() as connection:
        parts = points_between(connection, one.id, first, last)
    if not parts:
        return None
    whole = kept_points.join([kept_points.from_bytes(part.body) for part in parts])
    span = [np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us") for at in (first, last)]
    inside = np.flatnonzero((whole.time >= span[0]) & (whole.time <= span[1]))
    if not len(inside):
        return None
    end = int(inside[-1]) + 1
    return kept_points.cut(whole, max(int(inside[0]), end - most), end)


# ---- what it is made of ----------------------------------------------------------------------


def judging_of(words: Mapping[str, Any]) -> Judging:
    """Return how scores are judged, from words."""
    try:
        return Judging(**words)
    except TypeError as error:
        raise ParameterError(f"judging cannot be understood: {error}.") from error


def rules_of(monitor: Monitor) -> list[Any]:
    """Return the rules of a monitor, ready to work.

    Raises
    ------
    UnknownName, ParameterError
        There is no such rule, or it does not work so.
    """
    if len(monitor.rules) > MOST_RULES:
        raise ParameterError(f"A monitor has at most {MOST_RULES} rules.")
    made, names = [], set()
    for one in monitor.rules:
        words = dict(one)
        kind = str(words.pop("rule", ""))
        rule = make_rule(monitor.id, kind, **words)
        if rule.called in names:
            raise ParameterError(
                f"Two rules are called '{rule.called[:40]}': give one another name with 'called'."
            )
        names.add(rule.called)
        made.append(rule)
    return made


def _check(who: Identity, monitor: Monitor, stream: Stream) -> None:
    from workbench.registry.live import detector_of

    rules_of(monitor)
    make = detector_of(who, monitor, tuple(stream.shape.get("features") or ()))
    if stream.shape.get("features"):
        make()


def _routes(words: Mapping[str, Any], monitor: Monitor) -> dict[str, Any]:
    plain = {name: value for name, value in words.items() if name not in ("owner", "name")}
    try:
        routes = Routes.of(plain)
    except TypeError as error:
        known_words = list(Routes.__dataclass_fields__)
        wrong = next((name for name in plain if name not in known_words), "")
        raise ParameterError(
            f"routes cannot be understood: {error}.{suggest(wrong, known_words) if wrong else ''}"
        ) from error
    return replace(routes, owner=monitor.owner, name=monitor.name).document()


def _told(monitor: Monitor) -> dict[str, Any]:
    names = ("name", "stream", "detector", "params", "judging", "rules", "routes", "state")
    return {name: getattr(monitor, name) for name in names}
