"""Keys of this server, browsers that show notifications, and quiet hours: tables, no rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from workbench.core.push import PushDevice, PushKey, QuietHours
from workbench.store.database import TABLES
from workbench.store.paging import record

__all__ = [
    "add_device", "add_key", "all_keys", "change_device", "devices_of", "drop_device",
    "drop_devices_of", "find_device", "keep_quiet_hours", "people_with_devices", "quiet_hours",
]  # fmt: skip

PUSH_KEYS = Table(
    "push_keys",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("public", String(100), nullable=False),
    Column("secret", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
)
PUSH_DEVICES = Table(
    "push_devices",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("session", String(32), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("service", String(260), nullable=False),
    Column("key", String(32), nullable=False),
    Column("secret", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("reached", DateTime(timezone=True), nullable=True),
    Column("error", Text, nullable=False),
    Column("took", JSON, nullable=False),
)
QUIET_HOURS = Table(
    "quiet_hours",
    TABLES,
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("start", String(5), nullable=False),
    Column("until", String(5), nullable=False),
    Column("breaks", String(16), nullable=False),
)
_ONE = PUSH_DEVICES.c


def add_key(connection: Connection, key: PushKey) -> None:
    """Store a pair of keys."""
    connection.execute(insert(PUSH_KEYS).values(**vars(key)))


def all_keys(connection: Connection) -> list[PushKey]:
    """Return all pairs of keys, the first one first."""
    wanted = select(PUSH_KEYS).order_by(PUSH_KEYS.c.created, PUSH_KEYS.c.id)
    return [record(PushKey, row) for row in connection.execute(wanted)]


def add_device(connection: Connection, device: PushDevice) -> None:
    """Store a device in place of one with the same address."""
    connection.execute(delete(PUSH_DEVICES).where(_ONE.digest == device.digest))
    connection.execute(insert(PUSH_DEVICES).values(**vars(device)))


def find_device(connection: Connection, *, id: str = "", digest: str = "") -> PushDevice | None:  # noqa: A002
    """Return a device by id, or by what is kept of its address."""
    same = _ONE.id == id if id else _ONE.digest == digest
    row = connection.execute(select(PUSH_DEVICES).where(same)).first()
    return None if row is None else record(PushDevice, row)


def devices_of(connection: Connection, users: Sequence[str]) -> list[PushDevice]:
    """Return the devices of some people, the latest first."""
    wanted = select(PUSH_DEVICES).where(_ONE.user.in_(list(users)))
    rows = connection.execute(wanted.order_by(_ONE.created.desc(), _ONE.id))
    return [record(PushDevice, row) for row in rows]


def people_with_devices(connection: Connection) -> list[str]:
    """Return the ids of the users who have a device."""
    return sorted(connection.execute(select(_ONE.user).distinct()).scalars())


def change_device(connection: Connection, id: str, /, **values: Any) -> None:  # noqa: A002
    """Change columns of a device."""
    connection.execute(update(PUSH_DEVICES).where(_ONE.id == id).values(**values))


def drop_device(connection: Connection, id: str) -> bool:  # noqa: A002
    """Forget a device; return whether there was one."""
    return bool(connection.execute(delete(PUSH_DEVICES).where(_ONE.id == id)).rowcount)


def drop_devices_of(connection: Connection, *, user: str = "", session: str = "") -> int:
    """Forget the devices of a person, or those that came with a session; return how many."""
    same = _ONE.user == user if user else _ONE.session == session
    return connection.execute(delete(PUSH_DEVICES).where(same)).rowcount


def quiet_hours(connection: Connection, user: str) -> QuietHours | None:
    """Return the quiet hours of a person; None where they have none."""
    row = connection.execute(select(QUIET_HOURS).where(QUIET_HOURS.c.user == user)).first()
    return None if row is None else record(QuietHours, row, "user")


def keep_quiet_hours(connection: Connection, user: str, hours: QuietHours | None) -> None:
    """Store the quiet hours of a person; None takes them away."""
    connection.execute(delete(QUIET_HOURS).where(QUIET_HOURS.c.user == user))
    if hours is not None:
        connection.execute(insert(QUIET_HOURS).values(user=user, **vars(hours)))
