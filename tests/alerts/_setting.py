"""A database with channels, firings and people, in a few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.alerts.channels.base import make_channel, split
from workbench.alerts.incidents import raise_firings
from workbench.alerts.sealing import seal_secrets
from workbench.core.account import User
from workbench.core.channel import KeptChannel, Outgoing, Silence
from workbench.core.firing import Firing, firing_id
from workbench.core.incident import Event, Incident
from workbench.core.routes import Route, Routes
from workbench.store import accounts, channels, incidents
from workbench.store.database import reading, writing
from workbench.team.doer import Doer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PAGER, MAIL = "a" * 32, "b" * 32
ANA = Doer("user:" + "1" * 32, user="1" * 32)


def channel(id: str = PAGER, kind: str = "in_page", **settings: Any) -> str:  # noqa: A002
    """Keep a channel; return its id."""
    make_channel(kind, settings)
    shown, secret = split(kind, settings)
    kept = KeptChannel(
        id, f"{kind} {id[:2]}", kind, shown, seal_secrets(secret, id), True, "u", NOW, NOW
    )
    with writing() as connection:
        channels.add_channel(connection, kept)
    return id


def people(*names: str) -> None:
    """Make accounts, numbered in the order of their names."""
    with writing() as connection:
        for number, name in enumerate(names, 1):
            accounts.add_user(
                connection, User(str(number) * 32, name, "operator", "", True, "", 0, NOW)
            )


def firing(number: int = 0, *, severity: float = 60.0, cause: str = "anomaly:pump-3",
           at: datetime = NOW, end: datetime | None = None, **more: Any) -> Firing:  # fmt: skip
    """Return a firing that began at a time."""
    words = {"entity": "pump-3", "kind": "anomaly", "rule": "high", "text": f"flow is {number}"}
    return Firing(
        id=firing_id("m", "high", cause, number), monitor="m", cause=cause, start=at,
        end=end or at, severity=severity, **{**words, **more},
    )  # fmt: skip


def routes(*ways: Route, **more: Any) -> Routes:
    """Return routes; by default everything goes to the pager."""
    return Routes(ways or (Route(PAGER),), owner="1" * 32, name="Pumps", **more)


def raised(*firings: Firing, by: Routes | None = None, now: datetime = NOW) -> list[Incident]:
    """Raise firings in a transaction."""
    with writing() as connection:
        return raise_firings(connection, firings, by or routes(), now)


def sent() -> list[Outgoing]:
    """Return all that was put into the outbox, the first one first."""
    with reading() as connection:
        kept = channels.outbox_page(connection, sort="created", limit=200).items
    return sorted(kept, key=lambda one: (one.created, one.place))


def reasons(channel: str = PAGER) -> list[str]:
    """Return why a channel was told, in order."""
    return [one.payload["reason"] for one in sent() if one.channel == channel]


def timeline(incident: Incident) -> list[Event]:
    """Return the timeline of an incident."""
    with reading() as connection:
        return incidents.events_page(connection, incident.id, limit=200).items


def found(incident: Incident) -> Incident:
    """Return an incident as it is now."""
    with reading() as connection:
        known = incidents.find_incident(connection, incident.id)
    assert known is not None
    return known


def silence(effect: str = "suppress", **more: Any) -> Silence:
    """Keep a silence of an hour from noon on, if nothing else is said."""
    usual: dict[str, Any] = {
        "id": "c" * 32, "match": {}, "effect": effect, "reason": "the pump is being mended",
        "start": NOW, "until": NOW + HOUR, "cron": "", "seconds": 0, "dates": [], "country": "",
        "zone": "UTC", "author": "u", "created": NOW,
    }  # fmt: skip
    made = Silence(**{**usual, **more})
    with writing() as connection:
        channels.add_silence(connection, made)
    return made
