"""Long work that somebody orders: taken in, asked about and cancelled by whom it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.errors import NotFound
from workbench.core.job import Job
from workbench.jobs import queue
from workbench.store.audit import append
from workbench.store.database import writing
from workbench.store.paging import Page
from workbench.team.access import Identity
from workbench.team.doer import Doer

__all__ = ["cancel_order", "find_order", "list_orders", "order"]


def order(who: Identity, kind: str, words: Mapping[str, Any], *, by: Doer) -> Job:
    """Order long work; once this returns it is not lost any more."""
    with writing() as connection:
        job = queue.submit(kind, words, who.user.id, connection=connection)
        append(connection, by.did("job.submit", f"job:{job.id}", after={"kind": kind}))
    return job


def _sees_all(who: Identity) -> bool:
    return "objects:all" in who.permissions


def list_orders(who: Identity, **asked: Any) -> Page[Job]:
    """Return a part of one's own jobs, the newest first; who reaches all objects sees all."""
    return queue.list_jobs(owner=None if _sees_all(who) else who.user.id, **asked)


def find_order(who: Identity, job: str) -> Job:
    """Return a job by id.

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    found = queue.find_job(job)
    if found is None or (found.owner != who.user.id and not _sees_all(who)):
        raise NotFound(f"There is no job '{job[:40]}' that you may see.")
    return found


def cancel_order(who: Identity, job: str, *, by: Doer) -> Job:
    """Ask a job to stop: at once where it waits, at its next step where it runs."""
    find_order(who, job)
    with writing() as connection:
        asked = queue.ask_cancel(job, connection=connection)
        append(connection, by.did("job.cancel", f"job:{job}"))
    return asked
