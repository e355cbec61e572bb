"""The queue: ordered here, asked about here; :mod:`workbench.jobs.runner` does the work."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from workbench.core.errors import NotFound, ParameterError
from workbench.core.job import Job
from workbench.store import jobs as store
from workbench.store.database import reading, writing
from workbench.store.paging import Page

__all__ = ["ask_cancel", "find_job", "list_jobs", "submit", "sweep"]

#: Longest JSON of a job's parameters.
MOST = 100_000


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
        Transaction that it shall be part of.

    Raises
    ------
    ParameterError
        The parameters are no JSON, or too long.
    """
    try:
        text = json.dumps(dict(params), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(f"The parameters of a job must be JSON: {error}.") from error
    if len(text) > MOST:
        raise ParameterError(f"The parameters of a job have {len(text):,} characters: too long.")
    job = Job(
        secrets.token_hex(16), kind, owner, json.loads(text), "queued", 0.0, "waiting", None, None,
        datetime.now(UTC), None, None, 0,
    )  # fmt: skip
    if connection is not None:
        store.add_job(connection, job)
    else:
        with writing() as own:
            store.add_job(own, job)
    return job


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
    """Return a part of the jobs, the newest first."""
    with reading() as connection:
        return store.jobs_page(
            connection, owner=owner, state=state, kind=kind, limit=limit, after=after
        )


def ask_cancel(job: str) -> Job:
    """Ask a job to stop: at once where it waits, at its next step where it runs.

    Raises
    ------
    NotFound
        There is no such job.
    """
    ended = {"state": "cancelled", "finished": datetime.now(UTC), "stage": "cancelled"}
    with writing() as connection:
        if not store.change_job(connection, job, "queued", **ended):
            store.change_job(connection, job, "running", cancel_asked=True)
        found = store.find_job(connection, job)
    if found is None:
        raise NotFound(f"There is no job '{job[:40]}'.")
    return found


def sweep(before: datetime) -> int:
    """Forget jobs that ended before a time; return how many."""
    with writing() as connection:
        return store.drop_finished(connection, before)
