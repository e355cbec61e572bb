"""Claims: which runner works on which job, and how a job comes back when its runner is gone.

Each attempt has a claim of its own, and whoever changes a running job shows it. A runner that was
away for so long that somebody else began anew shows an old one, and changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from workbench.core.job import Job
from workbench.store.database import clock
from workbench.store.jobs import JOBS, find_job

__all__ = ["beat", "claim_job", "end_job", "is_silent", "put_back", "take_back", "waits"]

#: What a job is like that nobody works on.
_FREE: dict[str, Any] = {"claim": "", "worker": "", "heartbeat": None}
_AGAIN = {
    **_FREE, "state": "queued", "fraction": 0.0, "stage": "waiting once more", "started": None,
}  # fmt: skip


def waits(connection: Connection, kinds: Sequence[str]) -> bool:
    """Return whether there is a job to claim."""
    return (
        connection.execute(select(JOBS.c.id).where(*_waiting(kinds)).limit(1)).first() is not None
    )


def claim_job(
    connection: Connection, kinds: Sequence[str], claim: str, worker: str = ""
) -> Job | None:
    """Take the next job that waits; nobody else gets it.

    The turn is first theirs who have the fewest jobs running, then theirs whose last one was
    begun longest ago, and each owner's jobs come oldest first: who orders a thousand waits for
    those, and not everybody else.

    Parameters
    ----------
    connection : Connection
        From :func:`workbench.store.database.writing`. SQLite lets one write at a time,
        PostgreSQL skips rows that somebody else is taking.
    kinds : sequence of str
        What the runner can do.
    claim : str
        What it will show with each change.
    worker : str
        Who it is, for people.
    """
    for owner in connection.execute(_turns()).scalars().all():
        oldest = (
            select(JOBS.c.id)
            .where(*_waiting(kinds), JOBS.c.owner == owner)
            .order_by(JOBS.c.created, JOBS.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = connection.execute(oldest).scalar_one_or_none()
        if found is not None:
            now = clock(connection)
            connection.execute(
                update(JOBS).where(JOBS.c.id == found).values(
                    state="running", claim=claim, worker=worker[:120], heartbeat=now, started=now,
                    attempts=JOBS.c.attempts + 1, stage="starting",
                )
            )  # fmt: skip
            return find_job(connection, found)
    return None


def _waiting(kinds: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return JOBS.c.state == "queued", JOBS.c.kind.in_(list(kinds))


def _turns() -> Any:
    """Select the owners of what waits, whose turn it is first; each step is a look into an index.

    Grouping what waits reads all of it, for each claim: a tenth of a second for 20,000 jobs.
    """
    waiting, next_one, other = JOBS.alias("waiting"), JOBS.alias("next_one"), JOBS.alias("other")
    first = select(func.min(waiting.c.owner).label("owner")).where(waiting.c.state == "queued")
    owners = first.cte("owners", recursive=True)
    after = (
        select(func.min(next_one.c.owner))
        .where(next_one.c.state == "queued", next_one.c.owner > owners.c.owner)
        .scalar_subquery()
    )
    owners = owners.union_all(select(after).where(owners.c.owner.is_not(None)))
    theirs = other.c.owner == owners.c.owner

    def of_theirs(value: Any, *where: Any) -> Any:
        return select(value).select_from(other).where(theirs, *where).scalar_subquery()

    served = of_theirs(func.max(other.c.started))
    return (
        select(owners.c.owner)
        .where(owners.c.owner.is_not(None))
        .order_by(
            of_theirs(func.count(), other.c.state == "running"),
            served.is_not(None),
            served,
            of_theirs(func.min(other.c.created), other.c.state == "queued"),
            owners.c.owner,
        )
    )


def beat(connection: Connection, id: str, claim: str, **news: Any) -> bool | None:  # noqa: A002
    """Give a sign of life, with what is new; return whether it shall stop, or None if not ours."""
    if not _change(connection, id, claim, heartbeat=clock(connection), **news):
        return None
    return bool(connection.execute(select(JOBS.c.cancel_asked).where(JOBS.c.id == id)).scalar_one())


def end_job(connection: Connection, id: str, claim: str, **values: Any) -> Job | None:  # noqa: A002
    """End a job of ours; return it, or None where it is not ours any more."""
    ended = _change(connection, id, claim, **_FREE, finished=clock(connection), **values)
    return find_job(connection, id) if ended else None


def put_back(connection: Connection, id: str, claim: str) -> Job | None:  # noqa: A002
    """Give a job of ours back unharmed, as if it had not been begun; None if it is not ours.

    One that was to be cancelled meanwhile is cancelled, and does not wait again.
    """
    asked = JOBS.c.cancel_asked.is_(True)
    ended = {**_FREE, "state": "cancelled", "stage": "cancelled", "finished": clock(connection)}
    if _change(connection, id, claim, asked, **ended) or _change(
        connection, id, claim, **_AGAIN, attempts=JOBS.c.attempts - 1
    ):
        return find_job(connection, id)
    return None


def is_silent(connection: Connection, silent: timedelta) -> bool:
    """Return whether there is a job whose runner gave no sign of life."""
    return connection.execute(_silences(connection, silent).limit(1)).first() is not None


def _silences(connection: Connection, silent: timedelta) -> Any:
    last = clock(connection) - silent
    return (
        select(JOBS.c.id, JOBS.c.claim, JOBS.c.attempts, JOBS.c.cancel_asked)
        .where(JOBS.c.state == "running", JOBS.c.heartbeat <= last)
        .order_by(JOBS.c.created, JOBS.c.id)
    )


def take_back(
    connection: Connection, silent: timedelta, most: int, error: Mapping[str, Any]
) -> list[Job]:
    """Take jobs from runners that gave no sign of life, and return them as they are now.

    They wait again; what was to be cancelled is; what was begun ``most`` times fails with
    ``error``.
    """
    now, taken = clock(connection), []
    silences = _silences(connection, silent).with_for_update(skip_locked=True)
    for row in connection.execute(silences).all():
        values = _AGAIN
        if row.cancel_asked:
            values = {**_FREE, "state": "cancelled", "stage": "cancelled", "finished": now}
        elif row.attempts >= most:
            told = {"stage": "given up", "error": dict(error), "finished": now}
            values = {**_FREE, "state": "failed", **told}
        _change(connection, row.id, row.claim, **values)
        taken.append(find_job(connection, row.id))
    return [job for job in taken if job is not None]


def _change(
    connection: Connection,
    id: str,  # noqa: A002
    claim: str,
    /,
    *more: ColumnElement[bool],
    **values: Any,
) -> bool:
    ours = (JOBS.c.id == id, JOBS.c.claim == claim, JOBS.c.state == "running", *more)
    return bool(connection.execute(update(JOBS).where(*ours).values(**values)).rowcount)
