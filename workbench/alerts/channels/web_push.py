"""Shows notifications in the browsers of people who said yes there, also when nothing is open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from workbench.alerts.channels.base import Channel, text_of
from workbench.alerts.push import Notice, note_outcomes, send_all
from workbench.core.anomaly import band
from workbench.core.errors import DeliveryError, ParameterError
from workbench.core.message import Message
from workbench.core.push import PushDevice
from workbench.store import accounts, incidents
from workbench.store import push as store
from workbench.store.database import reading
from workbench.team.access import identity_of, may

__all__ = ["WebPush"]

MOST_PEOPLE = 100
#: How long a push service keeps a message for a device that is away.
DAY = 24 * 3600
#: Whether a device that saves power is woken for it, by severity band.
URGENCY = {"critical": "high", "high": "high", "medium": "normal"}
MOST_TITLE, MOST_BODY = 160, 600
_ACTIONS = [
    {"action": "acknowledge", "title": "Acknowledge"},
    {"action": "snooze", "title": "Snooze 1 h"},
]


class WebPush(Channel):
    """Lets people hear of incidents on their phone, with no page open.

    Whoever turned notifications on in a browser, on the page Settings, and may see the monitor is
    told there: once for each incident, which takes the place of what was told of it before. Their
    quiet hours hold. A browser that threw its subscription away is forgotten; one that is not
    reached is tried again, and holds up no other.

    Parameters
    ----------
    people : sequence of str
        Names of accounts; all who may see the monitor where there are none.
    concerned : bool
        Of these only who watches the incident, or has it assigned.

    References
    ----------
    RFC 8030, RFC 8188, RFC 8291, RFC 8292

    Examples
    --------
    >>> WebPush(people=["ana"])
    WebPush('ana')
    """

    def __init__(self, *, people: Sequence[str] = (), concerned: bool = False) -> None:
        names = [people] if isinstance(people, str) else people
        if not isinstance(names, (list, tuple)) or len(names) > MOST_PEOPLE:
            raise ParameterError(f"people are at most {MOST_PEOPLE} names of accounts.")
        if not isinstance(concerned, bool):
            raise ParameterError(f"concerned is true or false, found {str(concerned)[:40]!r}.")
        self.people = [text_of("people", one, 80) for one in names]
        self.concerned = concerned

    def send(self, message: Message) -> None:
        """Send to all devices of those whom it is for; nothing where their quiet hours hold it."""
        with reading() as connection:
            receivers = _receivers(connection, self, message)
        if not receivers:
            told = "Nobody whom this is for has turned notifications on in a browser."
            raise DeliveryError(told, retry=False)
        wanted: list[tuple[PushDevice, Notice]] = []
        known = 0
        for device, acts, quiet in receivers:
            if message.id in device.took or quiet:
                known += 1
            else:
                wanted.append((device, notice(message, acts=acts)))
        outcomes = send_all(wanted)
        note_outcomes(outcomes, message.id)
        _judge(outcomes, known)

    def check(self) -> None:
        """Refuse a name that no account has."""
        from workbench.team.accounts import named_account

        for one in self.people:
            named_account(one)

    def address(self) -> str:
        """Return for whom it is."""
        return ", ".join(self.people) or "all who may see the monitor"


def _receivers(
    connection: Connection, channel: WebPush, message: Message
) -> list[tuple[PushDevice, bool, bool]]:
    """Return the devices of those whom it is for, whether they may act, and whether it is quiet."""
    found = incidents.find_incident(connection, message.incident) if message.incident else None
    owner = found.owner if found else ""
    near = {*incidents.watchers(connection, found.id), found.assignee} if found else set()
    now, severity = datetime.now(UTC), 0.0 if message.reason == "resolved" else message.severity
    about = f"monitor:{message.monitor}" if message.monitor else ""
    names = {one.casefold() for one in channel.people}
    receivers = []
    for id in store.people_with_devices(connection):  # noqa: A001
        user = accounts.find_user(connection, id=id)
        if user is None or (names and user.name.casefold() not in names):
            continue
        if channel.concerned and found is not None and id not in near:
            continue
        who = identity_of(connection, user, "push:")
        if not may(who, "monitors:read", about, owner):
            continue
        hours = store.quiet_hours(connection, id)
        quiet = hours is not None and message.reason != "test" and hours.holds(now, severity)
        acts = may(who, "incidents:write", about, owner)
        receivers += [(device, acts, quiet) for device in store.devices_of(connection, [id])]
    return receivers


def _judge(outcomes: Sequence[tuple[PushDevice, DeliveryError | None]], known: int) -> None:
    """Do nothing where it arrived at all that live; one that is dead is no failure of the rest."""
    failed = [error for _, error in outcomes if error is not None]
    again = [error for error in failed if error.retry]
    if again:
        told = f"{len(again)} of {len(outcomes) + known} devices did not take it: {again[0]}"
        wait = max((one.seconds or 0.0 for one in again), default=0.0)
        raise DeliveryError(told, retry=True, seconds=wait or None)
    if failed and len(failed) == len(outcomes) and not known:
        raise DeliveryError(f"No device took it: {failed[0]}", retry=False)


def notice(message: Message, *, acts: bool) -> Notice:
    """Return a message as a browser is sent it.

    Parameters
    ----------
    message : Message
    acts : bool
        Whether who gets it may acknowledge and snooze.
    """
    test, over = message.reason == "test", message.reason == "resolved"
    word = band(message.severity)
    document = {
        "title": message.subject()[:MOST_TITLE],
        "body": "\n".join(filter(None, (message.text[:MOST_BODY], message.name[:MOST_TITLE]))),
        "tag": message.incident or message.reason,
        "again": not over,
        "band": word,
        "at": round(message.at.timestamp() * 1000),
        "actions": _ACTIONS if acts and message.incident and not over else [],
        "page": f"/incident?id={message.incident}" if message.incident else "/settings",
        "incident": message.incident,
    }
    return Notice(
        json.dumps(document, ensure_ascii=False).encode("utf-8"), message.incident or "test",
        "low" if over else URGENCY.get(word, "high" if test else "low"), 300 if test else DAY,
    )  # fmt: skip
