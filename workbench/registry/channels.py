"""Channels of the house, and what waits for them: kept, changed, tried, and sent again."""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection
from sqlalchemy.exc import IntegrityError

from workbench.alerts.channels import CHANNELS, make_channel
from workbench.alerts.channels.base import parameters_of, split
from workbench.alerts.delivery import open_channel
from workbench.alerts.sealing import open_secrets, seal_secrets
from workbench.core.channel import KeptChannel, Outgoing
from workbench.core.errors import DeliveryError, NotFound, ParameterError, suggest
from workbench.core.message import Message
from workbench.registry._access import check_name, new_id
from workbench.store import channels as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

__all__ = [
    "Tried", "add_channel", "change_channel", "channel_kinds", "count_outbox", "count_waiting",
    "find_channel",
    "hidden_settings",
    "list_channels", "list_outbox", "remove_channel", "send_again", "try_channel",
]  # fmt: skip

#: Channels that a house may have.
MOST = 500
_STATES = ("waiting", "sent", "dead")


@dataclass(frozen=True)
class Tried:
    """What became of a test message: whether it arrived, why not, and after how many seconds."""

    sent: bool
    error: str
    seconds: float


def channel_kinds() -> list[dict[str, Any]]:
    """Return the kinds of channels with their settings, and which of these are secret."""
    return [
        {
            "kind": name, "about": (inspect.getdoc(kind) or "").partition("\n")[0],
            "settings": [
                {"name": one, "required": usual is inspect.Parameter.empty,
                 "secret": one in kind.secrets}
                for one, usual in parameters_of(kind).items()
            ],
        }
        for name, kind in ((name, CHANNELS.get(name)) for name in CHANNELS.names())
    ]  # fmt: skip


def list_channels(
    who: Identity, *, search: str = "", sort: str = "name", limit: int = 50, after: str = ""
) -> Page[KeptChannel]:
    """Return a part of the channels; their secrets stay sealed."""
    allow(who, "monitors:read")
    if sort.removeprefix("-") not in ("name", "created"):
        raise ParameterError(f"sort is name or created, '-' before it; found {sort[:40]!r}.")
    where = [store.CHANNELS.c.name.icontains(search, autoescape=True)] if search else []
    with reading() as connection:
        return store.channels_page(connection, where, sort=sort, limit=limit, after=after)


def find_channel(who: Identity, channel: str) -> KeptChannel:
    """Return a channel by id.

    Raises
    ------
    NotFound
        There is none.
    """
    allow(who, "monitors:read")
    with reading() as connection:
        return _known(connection, channel)


def _known(connection: Connection, channel: str) -> KeptChannel:
    found = store.find_channel(connection, id=channel)
    if found is None:
        raise NotFound(f"There is no channel '{channel[:40]}'.")
    return found


def hidden_settings(channel: KeptChannel) -> list[str]:
    """Return the names of the settings that are kept and not shown."""
    try:
        return sorted(open_secrets(channel.secret, channel.id))
    except ParameterError:
        return []


def add_channel(
    who: Identity, name: str, kind: str, settings: Mapping[str, Any], *, by: Doer
) -> KeptChannel:
    """Keep a channel; what is secret in its settings is encrypted and never shown again.

    Parameters
    ----------
    who : Identity
    name : str
    kind : str
        One of :func:`channel_kinds`.
    settings : mapping
    by : Doer

    Raises
    ------
    NotAllowed
        They may not, or it leads into a network that is closed.
    UnknownName, ParameterError
        There is no such kind, the settings cannot be, or the name is taken.
    """
    allow(who, "monitors:write")
    made, now = make_channel(kind, settings), datetime.now(UTC)
    made.check()
    shown, secret = split(kind, settings)
    id = new_id()  # noqa: A001
    kept = KeptChannel(
        id, check_name(name), kind, {**shown, "address": made.address()},
        seal_secrets(secret, id), True, who.user.id, now, now,
    )  # fmt: skip
    with _one_of_the_name(kept.name), writing() as connection:
        if store.channels_page(connection, limit=1).total >= MOST:
            raise ParameterError(f"{MOST} channels are the most: remove one first.")
        store.add_channel(connection, kept)
        append(connection, by.did("channel.create", f"channel:{id}", after=_told(kept)))
    return kept


def change_channel(
    who: Identity,
    channel: str,
    *,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
    by: Doer,
) -> KeptChannel:
    """Change a channel; None leaves a part, and so do settings that are not named.

    Where it leads elsewhere than before, its secrets must be given anew: nobody shall have them
    sent to an address of theirs.

    Raises
    ------
    NotAllowed, NotFound, ParameterError
    """
    allow(who, "monitors:write")
    with reading() as connection:
        was = _known(connection, channel)
    now = replace(was, changed=datetime.now(UTC))
    if name is not None:
        now = replace(now, name=check_name(name))
    if enabled is not None:
        now = replace(now, enabled=enabled)
    if settings is not None:
        now = _with_settings(now, settings)
    with _one_of_the_name(now.name), writing() as connection:
        known = _known(connection, channel)
        if known.changed != was.changed:
            raise ParameterError("Somebody else has just changed this channel: look at it again.")
        values = {
            one: getattr(now, one) for one in ("name", "settings", "secret", "enabled", "changed")
        }
        store.change_channel(connection, channel, **values)
        before, after = _told(was), _told(now)
        changed = [one for one in after if before[one] != after[one]]
        told = ({one: part[one] for one in changed} for part in (before, after))
        append(connection, by.did("channel.change", f"channel:{channel}", *told))
    return now


def _with_settings(channel: KeptChannel, settings: Mapping[str, Any]) -> KeptChannel:
    """Return a channel with some settings changed."""
    given = dict(settings)
    shown, secret = split(channel.kind, given)
    try:
        known = open_secrets(channel.secret, channel.id)
    except ParameterError:
        known = {}  # sealed with another key: all are given anew
    plain = channel.given()
    made = make_channel(channel.kind, {**plain, **known, **given})
    missing = sorted(set(known) - set(secret))
    if missing and made.address() != channel.settings.get("address"):
        raise ParameterError(
            f"It would lead elsewhere: give {', '.join(missing)} anew, so that nobody has "
            "secrets sent to another address."
        )
    made.check()
    return replace(
        channel, settings={**plain, **shown, "address": made.address()},
        secret=seal_secrets({**known, **secret}, channel.id),
    )  # fmt: skip


def remove_channel(who: Identity, channel: str, *, by: Doer) -> None:
    """Forget a channel, and what waits for it."""
    allow(who, "monitors:write")
    with writing() as connection:
        was = _known(connection, channel)
        store.drop_channel(connection, channel)
        append(connection, by.did("channel.remove", f"channel:{channel}", before=_told(was)))


def try_channel(who: Identity, channel: str, *, by: Doer) -> Tried:
    """Send a test message now, and tell what became of it."""
    allow(who, "monitors:write")
    with reading() as connection:
        kept = _known(connection, channel)
    now = datetime.now(UTC)
    message = Message(
        id=new_id(), reason="test", incident="", monitor="", name="Anomaly Workbench",
        title="This is a test", text=f"The channel '{kept.name}' works: nothing is odd.",
        kind="anomaly", entity="", severity=3.0, bands=("low",), firings=0, started=now,
        latest=now, at=now,
    )  # fmt: skip
    begun, error = time.perf_counter(), ""
    try:
        open_channel(kept).send(message)
    except (DeliveryError, ParameterError) as refused:
        error = str(refused)
    tried = Tried(not error, error, round(time.perf_counter() - begun, 3))
    with writing() as connection:
        news = {"error": error} | ({"latest": now} if tried.sent else {})
        store.change_channel(connection, channel, **news)
        append(connection, by.did("channel.test", f"channel:{channel}", after={"sent": tried.sent}))
    return tried


def list_outbox(
    who: Identity, *, state: str = "", channel: str = "", limit: int = 50, after: str = ""
) -> Page[Outgoing]:
    """Return a part of the outbox, the newest first: what waits, was sent, or was given up."""
    allow(who, "monitors:write")
    where: list[ColumnElement[bool]] = []
    if state:
        if state not in _STATES:
            raise ParameterError(f"There is no state '{state[:40]}'.{suggest(state, _STATES)}")
        where.append(store.OUTBOX.c.state == state)
    if channel:
        where.append(store.OUTBOX.c.channel == channel)
    with reading() as connection:
        return store.outbox_page(connection, where, limit=limit, after=after)


def count_outbox(who: Identity) -> dict[str, dict[str, int]]:
    """Return how many messages each channel has, by its id, in each state: waiting, sent, dead."""
    allow(who, "monitors:read")
    with reading() as connection:
        return store.count_outbox(connection)


def count_waiting() -> int:
    """Return how many messages of all channels wait to be delivered; a number says of nobody."""
    with reading() as connection:
        return store.count_waiting(connection)


def send_again(who: Identity, message: str, *, by: Doer) -> Outgoing:
    """Let a message that was given up be sent once more, with the same id.

    Raises
    ------
    NotFound
        There is no such message.
    ParameterError
        It was not given up.
    """
    allow(who, "monitors:write")
    with writing() as connection:
        found = store.find_outgoing(connection, message)
        if found is None:
            raise NotFound(f"There is no message '{message[:40]}'.")
        if not store.put_again(connection, message, datetime.now(UTC)):
            raise ParameterError(
                f"Only what was given up is sent again; this one is {found.state}."
            )
        append(connection, by.did("channel.resend", f"channel:{found.channel}",
                                  after={"message": message}))  # fmt: skip
        again = store.find_outgoing(connection, message)
    assert again is not None
    return again


def _told(channel: KeptChannel) -> dict[str, Any]:
    """Return what the audit keeps of a channel: no secret, and whether secrets are others now."""
    seal = hashlib.sha256(channel.secret.encode()).hexdigest()[:12] if channel.secret else ""
    return {
        "name": channel.name, "kind": channel.kind, "settings": channel.settings,
        "enabled": channel.enabled, "sealed": seal,
    }  # fmt: skip


@contextmanager
def _one_of_the_name(name: str) -> Iterator[None]:
    """Say that a name is taken where the database does."""
    try:
        yield
    except IntegrityError as error:
        raise ParameterError(f"There is a channel '{name}' already.") from error
