"""Who is owed a word about an incident, and puts it into the outbox: once for each channel.

What was told is kept with the incident, so that what is owed follows from its state alone: asking
twice gives the same, and nothing is owed after it was told.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from workbench.core.anomaly import BANDS, band
from workbench.core.channel import Outgoing
from workbench.core.incident import Incident
from workbench.core.message import Message
from workbench.core.routes import Routes
from workbench.core.settings import settings
from workbench.store import channels as outbox
from workbench.store import incidents as store

__all__ = ["fresh", "is_worse", "next_look", "owed", "tell", "tell_resolved"]

_RANK = {"normal": 0} | {word: rank for rank, (_, word) in enumerate(reversed(BANDS), 1)}
#: Where pages show an incident.
PAGE = "/incident?id="


def fresh(now: datetime, reason: str = "opened", count: int = 0) -> dict[str, Any]:
    """Return what is kept of an incident that nobody was told of since it opened, or reopened.

    ``loud`` is the highest severity of firings that no silence kept quiet, None where there are
    none, and ``band`` its word when we last looked; ``channels`` has the bands under which each
    channel was told.
    """
    times = {"since": now.isoformat(), "heard": now.isoformat()}
    return {"loud": None, "band": "", "reason": reason, "channels": {}, "count": count, **times}


def is_worse(told: dict[str, Any]) -> bool:
    """Return whether an incident has risen into a higher band since we last looked."""
    was = told.get("band", "")
    return bool(was) and _RANK[band(told["loud"] or 0.0)] > _RANK[was]


def owed(incident: Incident, told: dict[str, Any], routes: Routes, now: datetime) -> dict[str, str]:
    """Return the channels that are owed a word, with the reason.

    A snoozed incident owes nothing. Steps of escalation are owed only while nobody acknowledged.
    """
    loud, found = told["loud"], dict[str, str]()
    if loud is None or incident.state in ("resolved", "snoozed"):
        return found
    since = datetime.fromisoformat(told["since"])
    for route in routes.routes:
        if loud < route.least or route.channel in found:
            continue
        bands = told["channels"].get(route.channel)
        if bands is not None:
            if _RANK[band(loud)] > max(_RANK[one] for one in bands):
                found[route.channel] = "worse"
        elif not route.after:
            found[route.channel] = told["reason"]
        elif incident.state == "open" and now >= since + timedelta(seconds=route.after):
            found[route.channel] = "escalated"
    return found


def next_look(incident: Incident, told: dict[str, Any], routes: Routes) -> datetime | None:
    """Return when an incident wants something by itself, None where never."""
    if incident.state == "resolved":
        return None
    times = [] if incident.snoozed_until is None else [incident.snoozed_until]
    if routes.resolve_after is not None:
        heard = datetime.fromisoformat(told["heard"])
        times.append(heard + timedelta(seconds=routes.resolve_after))
    if incident.state == "open" and told["loud"] is not None:
        since = datetime.fromisoformat(told["since"])
        times += [
            since + timedelta(seconds=route.after)
            for route in routes.routes
            if route.after and route.channel not in told["channels"] and told["loud"] >= route.least
        ]
    return min(times, default=None)


def tell(
    connection: Connection, incident: Incident, told: dict[str, Any], routes: Routes, now: datetime
) -> dict[str, Any]:
    """Put what is owed into the outbox; return what was told then."""
    wanted = owed(incident, told, routes, now)
    return _put(connection, incident, told, routes, now, wanted)


def tell_resolved(
    connection: Connection, incident: Incident, told: dict[str, Any], routes: Routes, now: datetime
) -> dict[str, Any]:
    """Let all who were told of an incident know that it is resolved."""
    wanted = dict.fromkeys(told["channels"], "resolved") if routes.tell_resolved else {}
    return _put(connection, incident, told, routes, now, wanted)


def _put(
    connection: Connection, incident: Incident, told: dict[str, Any], routes: Routes,
    now: datetime, wanted: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    said: dict[str, list[str]] = {}
    channels = dict(told["channels"])
    for id, reason in wanted.items():  # noqa: A001
        channel = outbox.find_channel(connection, id=id)
        if channel is None or not channel.enabled:
            continue  # it is owed still: told when somebody turns it on, if it goes on then
        word = band(told["loud"] or incident.severity)
        bands = channels.get(id, [])
        channels[id] = bands if word in bands else [*bands, word]
        message = _message(incident, routes, now, reason, channels[id], f"{id} {told['count']}")
        outbox.add_outgoing(
            connection,
            Outgoing(
                message.id,
                incident.id,
                id,
                message.document(),
                "waiting",
                0,
                now,
                "",
                now,
                told["count"],
            ),
        )
        said.setdefault(reason, []).append(channel.name)
    for reason, names in said.items():
        store.add_event(connection, incident.id, "told", now, reason=reason, channels=names)
    return {**told, "channels": channels, "count": told["count"] + bool(said)}


def _message(
    incident: Incident, routes: Routes, now: datetime, reason: str, bands: list[str], about: str
) -> Message:
    key = hashlib.sha256(f"{incident.id} {reason} {about}".encode()).hexdigest()[:32]
    address = settings().address
    return Message(
        id=key, reason=reason, incident=incident.id, monitor=incident.monitor, name=routes.name,
        title=incident.title, text=str(incident.detail.get("text", "")), kind=incident.kind,
        entity=incident.entity, severity=incident.severity, bands=tuple(bands),
        firings=incident.firings, started=incident.started, latest=incident.latest, at=now,
        link=f"{address}{PAGE}{incident.id}" if address else "", detail=incident.detail,
    )  # fmt: skip
