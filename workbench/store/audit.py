"""The audit chain: entries are added in the transaction of what they tell, and never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Integer,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)

from workbench.core.audit import FIRST, Entry, Event, seal
from workbench.store.database import TABLES, reading

__all__ = ["append", "beginning", "count_until", "drop_until", "entries", "head", "last_before"]

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
AUDIT = Table(
    "audit",
    TABLES,
    # SQLite numbers only a plain INTEGER by itself; we number them ourselves on both.
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("actor", String(80), nullable=False, index=True),
    Column("action", String(80), nullable=False, index=True),
    Column("object", String(200), nullable=False, index=True),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("request", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)


def append(connection: Connection, event: Event) -> Entry:
    """Add an event to the chain, within the transaction of the change that it tells of.

    Parameters
    ----------
    connection : Connection
        From :func:`workbench.store.database.writing`: writers come one after the other.
    event : Event
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE audit IN EXCLUSIVE MODE")
    last = connection.execute(
        select(AUDIT.c.number, AUDIT.c.hash).order_by(AUDIT.c.number.desc()).limit(1)
    ).first()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    time = datetime.now(UTC)
    entry = Entry(number, time, event, previous, seal(number, time, event, previous))
    told = {**vars(event), "before": dict(event.before), "after": dict(event.after)}
    connection.execute(
        insert(AUDIT).values(number=number, time=time, previous=previous, hash=entry.hash, **told)
    )
    return entry


def entries(
    *, first: int = 1, most: int | None = None, where: Mapping[str, str] | None = None
) -> Iterator[Entry]:
    """Yield entries in their order, a thousand at a time.

    Parameters
    ----------
    first : int
        Number to begin with.
    most : int, optional
        How many at most.
    where : mapping, optional
        Values of actor, action or object.
    """
    wanted = select(AUDIT).where(AUDIT.c.number >= first).order_by(AUDIT.c.number)
    for name, value in (where or {}).items():
        wanted = wanted.where(AUDIT.c[name] == value)
    if most is not None:
        wanted = wanted.limit(most)
    with reading() as connection:
        for row in connection.execution_options(yield_per=1000).execute(wanted):
            yield _entry(row)


def head() -> Entry | None:
    """Return the last entry: kept elsewhere, it shows later whether any were cut off."""
    with reading() as connection:
        row = connection.execute(select(AUDIT).order_by(AUDIT.c.number.desc()).limit(1)).first()
    return None if row is None else _entry(row)


def beginning() -> Entry | None:
    """Return the first entry that is there: number 1, unless the head was cut off."""
    with reading() as connection:
        row = connection.execute(select(AUDIT).order_by(AUDIT.c.number).limit(1)).first()
    return None if row is None else _entry(row)


def last_before(connection: Connection, before: datetime) -> Entry | None:
    """Return the last entry of the beginning that is older than a time as a whole."""
    younger = select(func.min(AUDIT.c.number)).where(AUDIT.c.time >= before)
    first = connection.execute(younger).scalar_one()
    wanted = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(1)
    row = connection.execute(
        wanted if first is None else wanted.where(AUDIT.c.number < first)
    ).first()
    return None if row is None else _entry(row)


def count_until(connection: Connection, number: int) -> int:
    """Return how many entries there are up to a number."""
    wanted = select(func.count()).select_from(AUDIT).where(AUDIT.c.number <= number)
    return int(connection.execute(wanted).scalar_one())


def drop_until(connection: Connection, number: int) -> int:
    """Forget entries up to a number; return how many.

    Only :func:`workbench.team.auditing.cut_audit` does this, which first writes an entry that says
    what follows on what.
    """
    gone = delete(AUDIT).where(AUDIT.c.number <= number)
    return int(connection.execute(gone).rowcount)


def _entry(row: Row[Any]) -> Entry:
    event = Event(
        row.actor, row.action, row.object, row.before, row.after, row.request, row.address
    )
    time = row.time if row.time.tzinfo else row.time.replace(tzinfo=UTC)
    return Entry(row.number, time, event, row.previous, row.hash)
