"""What is known of an incident, or of what a monitor found in a while, put together for reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.core.case import Case, Delivery
from workbench.core.errors import NotAllowed, NotFound, ParameterError
from workbench.core.incident import Event, Incident
from workbench.core.period import Period
from workbench.core.points import Points
from workbench.core.settings import settings
from workbench.core.stream import Monitor
from workbench.registry.incidents import (
    find_incident,
    list_events,
    list_firings,
    list_incidents,
    similar_incidents,
)
from workbench.registry.models import find_model_version
from workbench.registry.monitors import find_monitor, points_in
from workbench.registry.streams import find_stream
from workbench.store import accounts
from workbench.store import channels as outbox
from workbench.store.database import reading
from workbench.store.monitors import count_between
from workbench.team.access import Identity

__all__ = ["AROUND", "HOURS", "open_case", "open_period", "points_around"]

#: What is shown before and after, at least: as much as it takes to see what is usual there.
AROUND = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=12), timedelta(days=7))
#: Points that say what is usual.
FEW = 100
MOST_FIRINGS, MOST_EVENTS, MOST_INCIDENTS, MOST_MESSAGES = 200, 5_000, 1_000, 200
#: Hours that a report on a monitor is about where nobody says.
HOURS = 24.0


def open_case(who: Identity, incident: str) -> Case:
    """Return an incident with all that is known of it.

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    one = find_incident(who, incident)
    monitor = _monitor(who, one.monitor)
    around = None if monitor is None else points_around(who, one)
    firings = list_firings(who, one.id, limit=MOST_FIRINGS).items
    with reading() as connection:
        names = {user.id: user.name for user in accounts.all_users(connection)}
        channels = {
            each.id: each.name for each in outbox.channels_page(connection, limit=200).items
        }
        sent = outbox.outbox_page(
            connection, [outbox.OUTBOX.c.incident == one.id], sort="created", limit=MOST_MESSAGES
        ).items
    deliveries = tuple(
        Delivery(
            channels.get(each.channel, "a channel that was removed"),
            str(each.payload.get("reason", "")), each.created, each.sent, each.state, each.attempts,
        )
        for each in sorted(sent, key=lambda each: (each.created, each.place))
    )  # fmt: skip
    told = tuple(
        {"rule": each.rule, "start": each.start.isoformat(), "end": each.end.isoformat(),
         "severity": each.severity, "suppressed": each.suppressed,
         "text": str(each.detail.get("text", ""))}
        for each in firings
    )  # fmt: skip
    run = _run(who, monitor)
    return Case(
        incident=one, seen=datetime.now(UTC), events=tuple(_events(who, one.id)), names=names,
        deliveries=deliveries, firings=told, similar=tuple(similar_incidents(who, one)),
        monitor=monitor, stream=_stream(who, monitor), run=run, links=_links(one, run),
        points=None if around is None else around[0],
    )  # fmt: skip


def _events(who: Identity, incident: str) -> Iterator[Event]:
    after, count = "", 0
    while count < MOST_EVENTS:
        page = list_events(who, incident, limit=200, after=after)
        yield from page.items
        after, count = page.next, count + len(page.items)
        if not after:
            return


def _monitor(who: Identity, monitor: str) -> Monitor | None:
    try:
        return find_monitor(who, monitor)
    except NotFound:
        return None


def _stream(who: Identity, monitor: Monitor | None) -> str:
    if monitor is None:
        return ""
    try:
        one = find_stream(who, monitor.stream)
    except NotFound:
        return ""
    return f"{one.name} ({one.source})"


def _run(who: Identity, monitor: Monitor | None) -> dict[str, Any]:
    """Return the ids of the model that a monitor scores with, and of the result it comes from."""
    if monitor is None or monitor.detector != "model":
        return {}
    model = str(monitor.params.get("model", ""))
    try:
        version = find_model_version(who, model, monitor.params.get("version"))
    except (NotFound, NotAllowed, ParameterError):
        return {"model": model}
    told = {"model": model, "version": version.number, "detector": version.detector}
    return told | ({"detection": version.detection} if version.detection else {})


def _links(one: Incident, run: dict[str, Any]) -> dict[str, str]:
    here = settings().address
    if not here:
        return {}
    links = {"incident": f"{here}/incident?id={one.id}",
             "monitor": f"{here}/live?monitor={one.monitor}"}  # fmt: skip
    if "detection" in run:
        links["run"] = f"{here}/explore?data=detection:{run['detection']}"
    return links


def points_around(who: Identity, one: Incident) -> tuple[Points, datetime, datetime] | None:
    """Return what its monitor scored before, meanwhile and after, and the span that was looked at.

    The span is the smallest of :data:`AROUND` in which there is enough to see what is usual, and
    at least as long before and after as the incident lasted. None where nothing is kept any more.

    Raises
    ------
    NotFound
        The monitor was removed, or is not open to them.
    """
    least = min(2 * (one.latest - one.started), AROUND[-1])
    points, first, last = None, one.started, one.latest
    for around in (max(each, least) for each in AROUND):
        first, last = one.started - around, one.latest + around
        points = points_in(who, one.monitor, first, last)
        if points is not None and len(points) >= FEW:
            break
    return None if points is None else (points, first, last)


def open_period(who: Identity, monitor: str, hours: float = HOURS) -> Period:
    """Return what a monitor found in the last hours.

    Where no record happened in them and some did before, as with data that are played back, it is
    about the hours before the newest record.

    Parameters
    ----------
    who : Identity
    monitor : str
    hours : float

    Raises
    ------
    NotFound
        There is no such monitor that they may see.
    """
    one, now = find_monitor(who, monitor), datetime.now(UTC)
    while_ = timedelta(hours=hours)
    end = one.latest if one.latest is not None and one.latest < now - while_ else now
    start = end - while_
    with reading() as connection:
        records, anomalies = count_between(connection, one.id, start, end)
        names = {user.id: user.name for user in accounts.all_users(connection)}
    incidents = sorted(_touched(who, one.id, now - while_), key=lambda each: -each.severity)
    here = settings().address
    links = {each.id: f"{here}/incident?id={each.id}" for each in incidents} if here else {}
    return Period(
        monitor=one, start=start, end=end, records=records, anomalies=anomalies,
        incidents=tuple(incidents), names=names, stream=_stream(who, one),
        links=links | ({"monitor": f"{here}/live?monitor={one.id}"} if here else {}),
        points=points_in(who, one.id, start, end),
    )  # fmt: skip


def _touched(who: Identity, monitor: str, since: datetime) -> list[Incident]:
    found: list[Incident] = []
    after = ""
    while len(found) < MOST_INCIDENTS:
        page = list_incidents(
            who, monitor=monitor, touched=since, sort="-severity", limit=200, after=after
        )
        found += page.items
        after = page.next
        if not after:
            break
    return found
