"""Who people are at a provider of sign-in, and which account here is theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    ForeignKey,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from workbench.core.account import Outside
from workbench.store.database import TABLES
from workbench.store.paging import record

__all__ = [
    "OUTSIDE",
    "add_outside",
    "drop_outside",
    "find_outside",
    "outside_of",
    "touch_outside",
]

OUTSIDE = Table(
    "outside",
    TABLES,
    Column("issuer", String(500), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("seen", DateTime(timezone=True), nullable=False),
)


def add_outside(connection: Connection, one: Outside) -> None:
    """Link a person of a provider to an account; fails where they are linked already."""
    connection.execute(insert(OUTSIDE).values(**vars(one)))


def find_outside(connection: Connection, issuer: str, subject: str) -> Outside | None:
    """Return whom a provider means."""
    same = (OUTSIDE.c.issuer == issuer) & (OUTSIDE.c.subject == subject)
    row = connection.execute(select(OUTSIDE).where(same)).first()
    return None if row is None else record(Outside, row)


def outside_of(connection: Connection, user: str) -> list[Outside]:
    """Return who an account is at providers, the latest linked first."""
    wanted = select(OUTSIDE).where(OUTSIDE.c.user == user).order_by(OUTSIDE.c.created.desc())
    return [record(Outside, row) for row in connection.execute(wanted)]


def touch_outside(connection: Connection, one: Outside, seen: datetime) -> None:
    """Note when somebody last came this way."""
    same = (OUTSIDE.c.issuer == one.issuer) & (OUTSIDE.c.subject == one.subject)
    connection.execute(update(OUTSIDE).where(same).values(seen=seen))


def drop_outside(connection: Connection, user: str, issuer: str, subject: str) -> bool:
    """Unlink a person of a provider from an account; return whether they were linked."""
    same = (OUTSIDE.c.issuer == issuer) & (OUTSIDE.c.subject == subject)
    return bool(connection.execute(delete(OUTSIDE).where(same, OUTSIDE.c.user == user)).rowcount)
