"""Monitors: what they are, how far they came, what they found, and where they can go on from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from workbench.core.stream import Monitor
from workbench.store.database import TABLES
from workbench.store.paging import Page, page_of, record

__all__ = [
    "MONITORS",
    "MONITOR_OURS",
    "MONITOR_POINTS",
    "MONITOR_STATES",
    "KeptPoints",
    "add_monitor",
    "add_points",
    "change_monitor",
    "count_between",
    "drop_monitor",
    "drop_points",
    "find_monitor",
    "follow_champion",
    "get_further",
    "keep_state",
    "kept_state",
    "least_kept",
    "monitors_of",
    "monitors_page",
    "monitors_running",
    "points_after",
    "points_between",
]

MONITORS = Table(
    "monitors",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("owner", String(32), nullable=False, index=True),
    Column("stream", String(32), nullable=False, index=True),
    Column("detector", String(80), nullable=False),
    Column("params", JSON, nullable=False),
    Column("judging", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("routes", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("problem", Text, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("anomalies", BigInteger, nullable=False),
    Column("latest", DateTime(timezone=True), nullable=True),
    Column("told", JSON, nullable=False),
    Column("claim", String(32), nullable=False),
    Column("seen", DateTime(timezone=True), nullable=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("changed", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)
MONITOR_STATES = Table(
    "monitor_states",
    TABLES,
    Column("monitor", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
MONITOR_POINTS = Table(
    "monitor_points",
    TABLES,
    Column("monitor", String(32), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("first", DateTime(timezone=True), nullable=False),
    Column("last", DateTime(timezone=True), nullable=False),
    Column("anomalies", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("monitor_points_by_time", "monitor", "last"),
)
MONITOR_OURS = ("claim",)


@dataclass(frozen=True)
class KeptPoints:
    """Points that were kept together.

    Attributes
    ----------
    start, count : int
        Number of the first, and how many.
    first, last : datetime.datetime
    anomalies : int
    body : bytes
    """

    start: int
    count: int
    first: datetime
    last: datetime
    anomalies: int
    body: bytes


def add_monitor(connection: Connection, monitor: Monitor) -> None:
    """Store a new monitor."""
    connection.execute(insert(MONITORS).values(**vars(monitor), claim=""))


def find_monitor(connection: Connection, id: str) -> Monitor | None:  # noqa: A002
    """Return a monitor by id."""
    row = connection.execute(select(MONITORS).where(MONITORS.c.id == id)).first()
    return None if row is None else record(Monitor, row, *MONITOR_OURS)


def monitors_page(
    connection: Connection,
    where: list[Any],
    *,
    sort: str = "-created",
    limit: int = 50,
    after: str = "",
) -> Page[Monitor]:
    """Return a part of the monitors."""
    rows, more, total = page_of(connection, MONITORS, where, sort=sort, limit=limit, after=after)
    return Page([record(Monitor, row, *MONITOR_OURS) for row in rows], more, total)


def monitors_running(connection: Connection) -> list[Monitor]:
    """Return the monitors that shall watch."""
    wanted = select(MONITORS).where(MONITORS.c.state == "running").order_by(MONITORS.c.id)
    return [record(Monitor, row, *MONITOR_OURS) for row in connection.execute(wanted)]


def monitors_of(connection: Connection, stream: str) -> list[Monitor]:
    """Return the monitors of a stream."""
    wanted = select(MONITORS).where(MONITORS.c.stream == stream).order_by(MONITORS.c.created)
    return [record(Monitor, row, *MONITOR_OURS) for row in connection.execute(wanted)]


def change_monitor(connection: Connection, id: str, /, **values: Any) -> bool:  # noqa: A002
    """Change columns of a monitor; return whether there is one."""
    changed = connection.execute(update(MONITORS).where(MONITORS.c.id == id).values(**values))
    return bool(changed.rowcount)


def drop_monitor(connection: Connection, id: str) -> bool:  # noqa: A002
    """Forget a monitor, its points and its state; return whether there was one."""
    for table in (MONITOR_POINTS, MONITOR_STATES):
        connection.execute(delete(table).where(table.c.monitor == id))
    return bool(connection.execute(delete(MONITORS).where(MONITORS.c.id == id)).rowcount)


def follow_champion(connection: Connection, model: str) -> list[str]:
    """Let monitors that follow a model's champion begin anew with it; return their ids.

    What the old one's scores were is forgotten with its state: they have another scale.
    """
    wanted = select(MONITORS.c.id, MONITORS.c.params).where(MONITORS.c.detector == "model")
    followers = [
        str(row.id)
        for row in connection.execute(wanted)
        if row.params.get("model") == model and row.params.get("version") is None
    ]
    for one in followers:
        connection.execute(delete(MONITOR_STATES).where(MONITOR_STATES.c.monitor == one))
        again = update(MONITORS).where(MONITORS.c.id == one)
        connection.execute(again.values(version=MONITORS.c.version + 1))
        failed = MONITORS.c.state == "failed"  # perhaps for the model: it is tried again
        connection.execute(again.where(failed).values(state="running", problem=""))
    return followers


def get_further(
    connection: Connection,
    id: str,  # noqa: A002
    claim: str,
    *,
    after: int | None = None,
    **values: Any,
) -> bool:
    """Keep how far a monitor came; return False where it is somebody else's by now.

    Parameters
    ----------
    connection : Connection
    id, claim : str
    after : int, optional
        How far it was before: nothing is changed where it is not so any more.
    **values
    """
    mine = [MONITORS.c.id == id, MONITORS.c.claim == claim]
    if after is not None:
        mine.append(MONITORS.c.done == after)
    return bool(connection.execute(update(MONITORS).where(*mine).values(**values)).rowcount)


# ---- what it found ------------------------------------------------------------------------------


def add_points(connection: Connection, monitor: str, points: KeptPoints) -> None:
    """Keep points."""
    connection.execute(insert(MONITOR_POINTS).values(monitor=monitor, **vars(points)))


def points_after(
    connection: Connection, monitor: str, number: int, *, most: int = 200
) -> list[KeptPoints]:
    """Return what was kept from the point of a number on, in the order of time."""
    table = MONITOR_POINTS
    wanted = (
        select(table)
        .where(table.c.monitor == monitor, table.c.start + table.c.count > number)
        .order_by(table.c.start)
        .limit(most)
    )
    return [record(KeptPoints, row, "monitor") for row in connection.execute(wanted)]


def points_between(
    connection: Connection, monitor: str, first: datetime, last: datetime, *, most: int = 2_000
) -> list[KeptPoints]:
    """Return the newest of what was kept that reaches into a span of time, in the order of time."""
    table = MONITOR_POINTS
    wanted = (
        select(table)
        .where(table.c.monitor == monitor, table.c.last >= first, table.c.first <= last)
        .order_by(table.c.start.desc())
        .limit(most)
    )
    found = [record(KeptPoints, row, "monitor") for row in connection.execute(wanted)]
    return found[::-1]


def count_between(
    connection: Connection, monitor: str, first: datetime, last: datetime
) -> tuple[int, int]:
    """Return how many points, and anomalous ones, were kept that reach into a span of time.

    Counted part by part: at both ends some may lie outside of it.
    """
    table = MONITOR_POINTS
    counted = select(
        func.coalesce(func.sum(table.c.count), 0), func.coalesce(func.sum(table.c.anomalies), 0)
    ).where(table.c.monitor == monitor, table.c.last >= first, table.c.first <= last)
    points, anomalies = connection.execute(counted).one()
    return int(points), int(anomalies)


def drop_points(connection: Connection, monitor: str, before: datetime) -> int:
    """Forget points that happened before a time; return how many parts."""
    table = MONITOR_POINTS
    gone = (table.c.monitor == monitor, table.c.last < before)
    return int(connection.execute(delete(table).where(*gone)).rowcount)


# ---- where it goes on ---------------------------------------------------------------------------


def keep_state(connection: Connection, monitor: str, seq: int, body: bytes) -> None:
    """Keep what a monitor knows after a part of its stream, in place of what it knew before."""
    table = MONITOR_STATES
    connection.execute(delete(table).where(table.c.monitor == monitor))
    connection.execute(insert(table).values(monitor=monitor, seq=seq, body=body))


def kept_state(connection: Connection, monitor: str) -> tuple[int, bytes] | None:
    """Return after which part a monitor knew what."""
    table = MONITOR_STATES
    row = connection.execute(
        select(table.c.seq, table.c.body).where(table.c.monitor == monitor)
    ).first()
    return None if row is None else (int(row.seq), bytes(row.body))


def least_kept(connection: Connection, stream: str) -> int | None:
    """Return up to which part no monitor of a stream needs to read again; None without monitors."""
    table = MONITOR_STATES.c
    needed = select(MONITORS.c.id, func.coalesce(table.seq, -1)).select_from(
        MONITORS.outerjoin(MONITOR_STATES, table.monitor == MONITORS.c.id)
    )
    rows = connection.execute(needed.where(MONITORS.c.stream == stream)).all()
    return min((int(seq) for _, seq in rows), default=None)
