"""Jobs: taken in, claimed by one runner at a time, ended once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
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

from workbench.core.job import OVER, Job
from workbench.store.database import TABLES
from workbench.store.paging import Page, page_of, record

__all__ = [
    "JOBS",
    "add_job",
    "change_claimed",
    "change_job",
    "claim_job",
    "drop_finished",
    "find_job",
    "jobs_page",
    "return_stale",
    "waits",
    "wants_cancel",
]

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
    # Whose it is at the moment, and their last sign of life.
    Column("claim", String(32), nullable=False),
    Column("heartbeat", DateTime(timezone=True), nullable=True),
    Column("cancel_asked", Boolean(create_constraint=False), nullable=False),
    Index("jobs_by_state", "state", "created"),
    Index("jobs_by_owner", "owner", "created"),
)
_OURS = ("claim", "heartbeat", "cancel_asked")


def add_job(connection: Connection, job: Job) -> None:
    """Store a new job."""
    values = {"claim": "", "heartbeat": None, "cancel_asked": False}
    connection.execute(insert(JOBS).values(**vars(job), **values))


def find_job(connection: Connection, id: str) -> Job | None:  # noqa: A002
    """Return a job by id."""
    row = connection.execute(select(JOBS).where(JOBS.c.id == id)).first()
    return None if row is None else record(Job, row, *_OURS)


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


def waits(connection: Connection, kinds: list[str]) -> bool:
    """Return whether there is a job to claim."""
    query = select(JOBS.c.id).where(JOBS.c.state == "queued", JOBS.c.kind.in_(kinds)).limit(1)
    return connection.execute(query).first() is not None


def claim_job(connection: Connection, kinds: list[str], claim: str, now: datetime) -> Job | None:
    """Take the next job that waits; who has the fewest running comes first, then who waits longest.

    Nobody else gets it: SQLite lets one write at a time, PostgreSQL skips rows that are held.
    """
    running = JOBS.alias("running")
    share = (
        select(func.count())
        .select_from(running)
        .where(running.c.owner == JOBS.c.owner, running.c.state == "running")
        .scalar_subquery()
    )
    query = (
        select(JOBS.c.id)
        .where(JOBS.c.state == "queued", JOBS.c.kind.in_(kinds))
        .order_by(share, JOBS.c.created, JOBS.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=JOBS)
    )
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        return None
    values = {"state": "running", "claim": claim, "heartbeat": now, "started": now}
    same = (JOBS.c.id == found, JOBS.c.state == "queued")
    connection.execute(update(JOBS).where(*same).values(attempts=JOBS.c.attempts + 1, **values))
    return find_job(connection, found)


def change_job(connection: Connection, id: str, before: str, **values: Any) -> bool:  # noqa: A002
    """Change a job that is in a state; return whether it was."""
    same = (JOBS.c.id == id, JOBS.c.state == before)
    return bool(connection.execute(update(JOBS).where(*same).values(**values)).rowcount)


def change_claimed(connection: Connection, id: str, claim: str, **values: Any) -> bool:  # noqa: A002
    """Change a job that is ours; return whether it still was.

    Who was away for so long that somebody else began anew changes nothing any more.
    """
    same = (JOBS.c.id == id, JOBS.c.claim == claim, JOBS.c.state == "running")
    return bool(connection.execute(update(JOBS).where(*same).values(**values)).rowcount)


def wants_cancel(connection: Connection, id: str) -> bool:  # noqa: A002
    """Return whether somebody asked for a job to stop."""
    query = select(JOBS.c.cancel_asked).where(JOBS.c.id == id)
    return bool(connection.execute(query).scalar_one_or_none())


def return_stale(
    connection: Connection, before: datetime, most: int, error: dict[str, Any], now: datetime
) -> int:
    """Put jobs whose runner gave no sign of life back into the queue; return how many.

    What was begun ``most`` times fails instead.
    """
    stale = (JOBS.c.state == "running", JOBS.c.heartbeat < before)
    ended = {"state": "failed", "error": error, "finished": now, "claim": ""}
    tired = JOBS.c.attempts >= most
    connection.execute(update(JOBS).where(*stale, tired).values(**ended))
    again = {"state": "queued", "claim": "", "fraction": 0.0, "stage": "waiting once more"}
    return int(connection.execute(update(JOBS).where(*stale).values(**again)).rowcount)


def drop_finished(connection: Connection, before: datetime) -> int:
    """Forget jobs that ended before a time; return how many."""
    gone = (JOBS.c.state.in_(sorted(OVER)), JOBS.c.finished < before)
    return int(connection.execute(delete(JOBS).where(*gone)).rowcount)
