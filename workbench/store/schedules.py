"""Schedules: what comes again and again, and when next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from workbench.core.schedule import Schedule
from workbench.store.database import TABLES
from workbench.store.paging import Page, page_of, record

__all__ = [
    "SCHEDULES",
    "add_schedule",
    "change_schedule",
    "drop_schedule",
    "due",
    "find_schedule",
    "hold_due",
    "schedules_page",
]

SCHEDULES = Table(
    "schedules",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("owner", String(32), nullable=False),
    Column("params", JSON, nullable=False),
    Column("cron", String(200), nullable=False),
    Column("every", Integer, nullable=True),
    Column("zone", String(64), nullable=False),
    Column("enabled", Boolean(create_constraint=False), nullable=False),
    Column("next", DateTime(timezone=True), nullable=True, index=True),
    Column("latest", DateTime(timezone=True), nullable=True),
    Column("job", String(32), nullable=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Index("schedules_by_owner", "owner", "created"),
)


def add_schedule(connection: Connection, schedule: Schedule) -> None:
    """Store a new schedule."""
    connection.execute(insert(SCHEDULES).values(**vars(schedule)))


def find_schedule(connection: Connection, id: str) -> Schedule | None:  # noqa: A002
    """Return a schedule by id."""
    row = connection.execute(select(SCHEDULES).where(SCHEDULES.c.id == id)).first()
    return None if row is None else record(Schedule, row)


def schedules_page(
    connection: Connection, *, owner: str | None = None, limit: int = 50, after: str = ""
) -> Page[Schedule]:
    """Return a part of the schedules, the newest first."""
    where = [] if owner is None else [SCHEDULES.c.owner == owner]
    rows, more, total = page_of(
        connection, SCHEDULES, where, sort="-created", limit=limit, after=after
    )
    return Page([record(Schedule, row) for row in rows], more, total)


def change_schedule(connection: Connection, id: str, /, **values: Any) -> None:  # noqa: A002
    """Change columns of a schedule."""
    connection.execute(update(SCHEDULES).where(SCHEDULES.c.id == id).values(**values))


def drop_schedule(connection: Connection, id: str) -> bool:  # noqa: A002
    """Forget a schedule; return whether there was one."""
    return bool(connection.execute(delete(SCHEDULES).where(SCHEDULES.c.id == id)).rowcount)


def due(connection: Connection, now: datetime) -> bool:
    """Return whether the time of any schedule has come."""
    come = (SCHEDULES.c.enabled, SCHEDULES.c.next <= now)
    return connection.execute(select(SCHEDULES.c.id).where(*come).limit(1)).first() is not None


def hold_due(connection: Connection, now: datetime) -> list[Schedule]:
    """Return schedules whose time has come; until the transaction ends nobody else gets them."""
    wanted = (
        select(SCHEDULES)
        .where(SCHEDULES.c.enabled, SCHEDULES.c.next <= now)
        .order_by(SCHEDULES.c.next, SCHEDULES.c.id)
        .with_for_update(skip_locked=True)
    )
    return [record(Schedule, row) for row in connection.execute(wanted)]
