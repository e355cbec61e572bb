"""Channels, what waits for them in the outbox, and silences: tables and rows, no rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from workbench.core.channel import KeptChannel, Outgoing, Silence
from workbench.store.database import TABLES
from workbench.store.paging import Page, page_of, record

__all__ = [
    "CHANNELS", "OUTBOX", "SILENCES", "add_channel", "add_outgoing", "add_silence",
    "change_channel", "change_silence", "channels_page", "channels_that_failed",
    "channels_that_wait", "claim_outgoing", "count_outbox", "count_waiting",
    "drop_channel", "drop_silence", "end_outgoing", "every_silence", "find_channel",
    "find_outgoing", "find_silence", "outbox_page", "put_again", "silences_page", "sweep_outbox",
]  # fmt: skip

CHANNELS = Table(
    "channels",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("kind", String(80), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("secret", Text, nullable=False),
    Column("enabled", Boolean(create_constraint=False), nullable=False),
    Column("author", String(32), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False, index=True),
    Column("changed", DateTime(timezone=True), nullable=False),
    Column("latest", DateTime(timezone=True), nullable=True),
    Column("error", Text, nullable=False),
)
OUTBOX = Table(
    "outbox",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("incident", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next", DateTime(timezone=True), nullable=False),
    Column("error", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("sent", DateTime(timezone=True), nullable=True),
    Column("claim", String(32), nullable=False),
    Column("held_until", DateTime(timezone=True), nullable=True),
    # Who takes the next one walks the first in its order, and looks into the second for each.
    Index("outbox_by_turn", "channel", "state", "created", "place"),
    Index("outbox_by_incident", "incident", "channel", "state", "place"),
    Index("outbox_by_state", "state", "next"),
)
_HELD = ("claim", "held_until")
SILENCES = Table(
    "silences",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("match", JSON, nullable=False),
    Column("effect", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("start", DateTime(timezone=True), nullable=True),
    Column("until", DateTime(timezone=True), nullable=True, index=True),
    Column("cron", String(200), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("dates", JSON, nullable=False),
    Column("country", String(20), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("author", String(32), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False, index=True),
)


def add_channel(connection: Connection, channel: KeptChannel) -> None:
    """Store a new channel."""
    connection.execute(insert(CHANNELS).values(**vars(channel)))


def find_channel(connection: Connection, *, id: str = "", name: str = "") -> KeptChannel | None:  # noqa: A002
    """Return a channel by id or by name."""
    one = CHANNELS.c.id == id if id else CHANNELS.c.name == name
    row = connection.execute(select(CHANNELS).where(one)).first()
    return None if row is None else record(KeptChannel, row)


def channels_page(
    connection: Connection,
    where: Sequence[ColumnElement[bool]] = (),
    *,
    sort: str = "name",
    limit: int = 50,
    after: str = "",
) -> Page[KeptChannel]:
    """Return a part of the channels."""
    rows, more, total = page_of(connection, CHANNELS, where, sort=sort, limit=limit, after=after)
    return Page([record(KeptChannel, row) for row in rows], more, total)


def change_channel(connection: Connection, id: str, /, **values: Any) -> None:  # noqa: A002
    """Change columns of a channel."""
    connection.execute(update(CHANNELS).where(CHANNELS.c.id == id).values(**values))


def drop_channel(connection: Connection, id: str) -> None:  # noqa: A002
    """Forget a channel, and what waits for it."""
    connection.execute(delete(OUTBOX).where(OUTBOX.c.channel == id, OUTBOX.c.state != "sent"))
    connection.execute(delete(CHANNELS).where(CHANNELS.c.id == id))


def add_outgoing(connection: Connection, outgoing: Outgoing) -> bool:
    """Put a message into the outbox; return False where it is there already."""
    known = select(OUTBOX.c.id).where(OUTBOX.c.id == outgoing.id)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(insert(OUTBOX).values(**vars(outgoing), claim="", held_until=None))
    return True


def channels_that_wait(connection: Connection, now: datetime) -> list[str]:
    """Return the channels for which a message is due, the one that waits longest first."""
    first = func.min(OUTBOX.c.next)
    wanted = select(OUTBOX.c.channel).where(*_due(now)).group_by(OUTBOX.c.channel).order_by(first)
    return list(connection.execute(wanted).scalars())


def claim_outgoing(
    connection: Connection, channel: str, claim: str, now: datetime, lease: timedelta
) -> Outgoing | None:
    """Take the oldest message that is due for a channel; until the lease ends nobody else does."""
    oldest = (
        select(OUTBOX)
        .where(*_due(now), OUTBOX.c.channel == channel, ~_overtakes())
        .order_by(OUTBOX.c.created, OUTBOX.c.place, OUTBOX.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(oldest).first()
    if row is None:
        return None
    held = {"claim": claim, "held_until": now + lease, "attempts": row.attempts + 1}
    connection.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(**held))
    return find_outgoing(connection, row.id)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(OUTBOX.c.held_until.is_(None), OUTBOX.c.held_until <= now)
    return OUTBOX.c.state == "waiting", OUTBOX.c.next <= now, free


def _overtakes() -> ColumnElement[bool]:
    """Return whether a message of the same incident waits before it: "resolved" after "opened"."""
    before = OUTBOX.alias("before")
    return exists().where(
        before.c.incident == OUTBOX.c.incident, before.c.channel == OUTBOX.c.channel,
        before.c.state == "waiting", before.c.place < OUTBOX.c.place,
    )  # fmt: skip


def end_outgoing(connection: Connection, id: str, claim: str, **values: Any) -> bool:  # noqa: A002
    """Say what became of an attempt; False where somebody else has taken the message since."""
    ours = (OUTBOX.c.id == id, OUTBOX.c.claim == claim)
    free = {"claim": "", "held_until": None}
    return bool(connection.execute(update(OUTBOX).where(*ours).values(**free, **values)).rowcount)


def put_again(connection: Connection, id: str, now: datetime) -> bool:  # noqa: A002
    """Let a message that was given up be sent once more; return whether it was."""
    dead = (OUTBOX.c.id == id, OUTBOX.c.state == "dead")
    again = {"state": "waiting", "attempts": 0, "next": now, "claim": "", "held_until": None}
    return bool(connection.execute(update(OUTBOX).where(*dead).values(**again)).rowcount)


def find_outgoing(connection: Connection, id: str) -> Outgoing | None:  # noqa: A002
    """Return a message of the outbox."""
    row = connection.execute(select(OUTBOX).where(OUTBOX.c.id == id)).first()
    return None if row is None else record(Outgoing, row, *_HELD)


def outbox_page(
    connection: Connection,
    where: Sequence[ColumnElement[bool]] = (),
    *,
    sort: str = "-created",
    limit: int = 50,
    after: str = "",
) -> Page[Outgoing]:
    """Return a part of the outbox."""
    rows, more, total = page_of(connection, OUTBOX, where, sort=sort, limit=limit, after=after)
    return Page([record(Outgoing, row, *_HELD) for row in rows], more, total)


def count_waiting(connection: Connection) -> int:
    """Return how many messages wait to be delivered."""
    waiting = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.state == "waiting")
    return int(connection.execute(waiting).scalar_one())


def count_outbox(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many messages each channel has in each state."""
    one = OUTBOX.c
    wanted = select(one.channel, one.state, func.count()).group_by(one.channel, one.state)
    counts: dict[str, dict[str, int]] = {}
    for channel, state, count in connection.execute(wanted):
        counts.setdefault(channel, {})[state] = int(count)
    return counts


def channels_that_failed(connection: Connection) -> list[KeptChannel]:
    """Return the channels that are on and did not take the last message, by name."""
    failed = (CHANNELS.c.enabled, CHANNELS.c.error != "")
    rows = connection.execute(select(CHANNELS).where(*failed).order_by(CHANNELS.c.name))
    return [record(KeptChannel, row) for row in rows]


def sweep_outbox(connection: Connection, before: datetime) -> int:
    """Forget messages that were sent before a time; those given up stay until they are sent."""
    old = (OUTBOX.c.state == "sent", OUTBOX.c.sent < before)
    return int(connection.execute(delete(OUTBOX).where(*old)).rowcount)


def add_silence(connection: Connection, silence: Silence) -> None:
    """Store a new silence."""
    connection.execute(insert(SILENCES).values(**vars(silence)))


def find_silence(connection: Connection, id: str) -> Silence | None:  # noqa: A002
    """Return a silence by id."""
    row = connection.execute(select(SILENCES).where(SILENCES.c.id == id)).first()
    return None if row is None else record(Silence, row)


def silences_page(
    connection: Connection,
    where: Sequence[ColumnElement[bool]] = (),
    *,
    sort: str = "-created",
    limit: int = 50,
    after: str = "",
) -> Page[Silence]:
    """Return a part of the silences."""
    rows, more, total = page_of(connection, SILENCES, where, sort=sort, limit=limit, after=after)
    return Page([record(Silence, row) for row in rows], more, total)


def every_silence(connection: Connection, since: datetime) -> list[Silence]:
    """Return the silences that are not over at a time."""
    lasting = or_(SILENCES.c.until.is_(None), SILENCES.c.until > since)
    rows = connection.execute(select(SILENCES).where(lasting).order_by(SILENCES.c.created))
    return [record(Silence, row) for row in rows]


def change_silence(connection: Connection, id: str, /, **values: Any) -> None:  # noqa: A002
    """Change columns of a silence."""
    connection.execute(update(SILENCES).where(SILENCES.c.id == id).values(**values))


def drop_silence(connection: Connection, id: str) -> None:  # noqa: A002
    """Forget a silence."""
    connection.execute(delete(SILENCES).where(SILENCES.c.id == id))
