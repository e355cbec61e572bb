"""The queue: ordered here, asked about here; :mod:`workbench.jobs.runner` does the work."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Connection

from workbench.core.errors import NotFound, ParameterError, suggest
from workbench.core.job import Job, JobState
from workbench.jobs._json import MOST_PARAMS, as_json
from workbench.store import jobs as store
from workbench.store.database import clock, reading, writing
from workbench.store.paging import Page

__all__ = ["ask_cancel", "find_job", "list_jobs", "submit", "sweep"]

#: Characters of a kind and of an owner's id, as the table has them.
MOST_KIND, MOST_OWNER = 40, 32


def submit(
    kind: str, params: Mapping[str, Any], owner: str, *, connection: Connection | None = None
) -> Job:
    """Order long work; once this returns (and the transaction ends) it is not lost any more.

    Parameters
    ----------
    kind : str
        What a runner knows it by.
    params : mapping
        What JSON can say.
    owner : str
        Id of the user who orders it.
    connection : Connection, optional
        Transaction that it shall be part of: with it the job is there, or neither is.

    Raises
    ------
    ParameterError
        The parameters are no JSON or too long, or kind or owner are empty or too long.

    Examples
    --------
    >>> submit("", {"rows": 3}, "ann")
    Traceback (most recent call last):
    ...
    workbench.core.errors.ParameterError: The kind of a job has 1 to 40 characters, found 0: ''.
    """
    check_order(kind, owner)
    kept = as_json("params", params, MOST_PARAMS)
    with part_of(connection) as own:
        job = Job(
            secrets.token_hex(16), kind, owner, kept, "queued", 0.0, "waiting", None, None,
            clock(own), None, None, 0,
        )  # fmt: skip
        store.add_job(own, job)
    return job


def check_order(kind: str, owner: str) -> None:
    """Refuse a kind or an owner that the table has no room for."""
    for what, value, most in (("kind", kind, MOST_KIND), ("owner", owner, MOST_OWNER)):
        if not 1 <= len(value) <= most:
            raise ParameterError(
                f"The {what} of a job has 1 to {most} characters, found {len(value)}: "
                f"{value[:60]!r}."
            )


@contextmanager
def part_of(connection: Connection | None) -> Iterator[Connection]:
    """Give the transaction that was given, or one of one's own."""
    if connection is not None:
        yield connection
    else:
        with writing() as own:
            yield own


def find_job(job: str) -> Job | None:
    """Return a job by id, or None."""
    with reading() as connection:
        return store.find_job(connection, job)


def list_jobs(
    *,
    owner: str | None = None,
    state: str | None = None,
    kind: str | None = None,
    limit: int = 50,
    after: str = "",
) -> Page[Job]:
    """Return a part of the jobs, the newest first.

    Parameters
    ----------
    owner, state, kind : str, optional
        Only those.
    limit : int
        How many at most.
    after : str
        What the page before gave as ``next``.

    Raises
    ------
    ParameterError
        There is no such state, or ``after`` is none of ours.
    """
    known = get_args(JobState)
    if state is not None and state not in known:
        raise ParameterError(
            f"A job is {', '.join(known)}; found {state!r}.{suggest(state, known)}"
        )
    with reading() as connection:
        return store.jobs_page(
            connection, owner=owner, state=state, kind=kind, limit=limit, after=after
        )


def ask_cancel(job: str, *, connection: Connection | None = None) -> Job:
    """Ask a job to stop: at once where it waits, at its next step where it runs.

    One that has ended stays as it is.

    Parameters
    ----------
    job : str
        Id.
    connection : Connection, optional
        Transaction that it shall be part of.

    Raises
    ------
    NotFound
        There is no such job.
    """
    with part_of(connection) as own:
        ended = {"state": "cancelled", "stage": "cancelled", "finished": clock(own)}
        if not store.change_job(own, job, "queued", **ended):
            store.change_job(own, job, "running", cancel_asked=True)
        found = store.find_job(own, job)
    if found is None:
        raise NotFound(f"There is no job '{job[:40]}'.")
    return found


def sweep(before: datetime) -> int:
    """Forget jobs that ended before a time; return how many.

    Raises
    ------
    ParameterError
        The time has no zone.
    """
    if before.tzinfo is None:
        raise ParameterError(f"Say in which zone {before} is meant: datetime.now(UTC), for one.")
    with writing() as connection:
        return store.drop_finished(connection, before)
