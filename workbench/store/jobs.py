"""Jobs: taken in, asked about, forgotten; :mod:`workbench.store.claims` says who works on which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from workbench.core.job import OVER, Backlog, Job
from workbench.store.database import TABLES, clock
from workbench.store.paging import Page, page_of, record

__all__ = [
    "JOBS", "add_job", "backlog", "change_job", "count_finished", "drop_finished", "find_job",
    "jobs_page",
]  # fmt: skip

JOBS = Table(
    "jobs",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("owner", String(32), nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("fraction", Float, nullable=False),
    Column("stage", Text, nullable=False),
    Column("result", JSON(none_as_null=True), nullable=True),
    Column("error", JSON(none_as_null=True), nullable=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("started", DateTime(timezone=True), nullable=True),
    Column("finished", DateTime(timezone=True), nullable=True),
    Column("attempts", Integer, nullable=False),
    # Whose it is at the moment: a new claim for each attempt, and for people, who that was.
    Column("claim", String(32), nullable=False),
    Column("worker", String(120), nullable=False),
    Column("heartbeat", DateTime(timezone=True), nullable=True),
    Column("cancel_asked", Boolean(create_constraint=False), nullable=False),
    Index("jobs_by_state", "state", "created"),
    Index("jobs_by_owner", "owner", "created"),
    Index("jobs_by_turn", "state", "owner", "created"),  # what waits and what runs, by owner
    Index("jobs_by_start", "owner", "started"),  # whose turn was when
    Index("jobs_by_time", "created", "id"),
)
_OURS = ("claim", "worker", "heartbeat", "cancel_asked")


def add_job(connection: Connection, job: Job) -> None:
    """Store a new job."""
    values = {"claim": "", "worker": "", "heartbeat": None, "cancel_asked": False}
    connection.execute(insert(JOBS).values(**vars(job), **values))


def find_job(connection: Connection, id: str) -> Job | None:  # noqa: A002
    """Return a job by id."""
    row = connection.execute(select(JOBS).where(JOBS.c.id == id)).first()
    return None if row is None else record(Job, row, *_OURS)


def backlog(connection: Connection, silent: timedelta) -> Backlog:
    """Return how the queue stands, by the clock of the database.

    Parameters
    ----------
    connection : Connection
    silent : datetime.timedelta
        After this long without a sign of life a runner is taken for dead.
    """
    now, waits, runs = clock(connection), JOBS.c.state == "queued", JOBS.c.state == "running"
    waiting, first = connection.execute(
        select(func.count(), func.min(JOBS.c.created)).where(waits)
    ).one()
    running = connection.execute(select(func.count()).where(runs)).scalar_one()
    dead = select(func.count()).where(runs, JOBS.c.heartbeat <= now - silent)
    if first is not None and first.tzinfo is None:
        first = first.replace(tzinfo=UTC)  # SQLite forgets that times are UTC
    oldest = 0.0 if first is None else (now - first).total_seconds()
    return Backlog(waiting, running, oldest, connection.execute(dead).scalar_one())


def jobs_page(
    connection: Connection,
    *,
    owner: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    after: str = "",
) -> Page[Job]:
    """Return a part of the jobs, the newest first."""
    asked = {"owner": owner, "state": state, "kind": kind}
    where = [JOBS.c[name] == value for name, value in asked.items() if value is not None]
    rows, more, total = page_of(connection, JOBS, where, sort="-created", limit=limit, after=after)
    return Page([record(Job, row, *_OURS) for row in rows], more, total)


def change_job(connection: Connection, id: str, before: str, **values: Any) -> bool:  # noqa: A002
    """Change a job that is in a state; return whether it was."""
    same = (JOBS.c.id == id, JOBS.c.state == before)
    return bool(connection.execute(update(JOBS).where(*same).values(**values)).rowcount)


def drop_finished(connection: Connection, before: datetime) -> int:
    """Forget jobs that ended before a time; return how many."""
    return int(connection.execute(delete(JOBS).where(*_finished(before))).rowcount)


def count_finished(connection: Connection, before: datetime) -> int:
    """Return how many jobs ended before a time."""
    wanted = select(func.count()).select_from(JOBS).where(*_finished(before))
    return int(connection.execute(wanted).scalar_one())


def _finished(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return JOBS.c.state.in_(sorted(OVER)), JOBS.c.finished < before
