"""What comes again and again: each time that is due gives one job, however many servers look."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from workbench.core.errors import NotFound, ParameterError
from workbench.core.job import OVER, Job
from workbench.core.schedule import Schedule
from workbench.jobs._json import MOST_PARAMS, as_json
from workbench.jobs._times import check_times, next_time
from workbench.jobs.queue import check_order, part_of, submit
from workbench.store import jobs
from workbench.store import schedules as store
from workbench.store.database import clock, reading, writing
from workbench.store.paging import Page

__all__ = [
    "add_schedule",
    "change_schedule",
    "coming_times",
    "find_schedule",
    "list_schedules",
    "remove_schedule",
    "submit_due",
    "submit_now",
]

log = logging.getLogger("workbench.jobs")


def add_schedule(
    kind: str,
    params: Mapping[str, Any],
    owner: str,
    *,
    cron: str = "",
    every: int | None = None,
    zone: str = "UTC",
    connection: Connection | None = None,
) -> Schedule:
    """Order work that comes again and again.

    Parameters
    ----------
    kind, params, owner
        As :func:`workbench.jobs.queue.submit` takes them, for each of its jobs.
    cron : str
        Minute, hour, day, month and weekday, as Debian's cron has them: "0 7 * * MON-FRI".
    every : int, optional
        Or: seconds from one time to the next, at least 60.
    zone : str
        Time zone that ``cron`` is meant in.
    connection : Connection, optional
        Transaction that it shall be part of.

    Raises
    ------
    ParameterError
        The times cannot be, there is no such zone, or a job like this could not be ordered.
    """
    check_order(kind, owner)
    check_times(cron, every, zone)
    kept = as_json("params", params, MOST_PARAMS)
    with part_of(connection) as own:
        now = clock(own)
        coming = next_time(cron, every, zone, now, now)
        made = Schedule(
            secrets.token_hex(16), kind, owner, kept, cron.strip(), every, zone, True, coming,
            None, None, now,
        )  # fmt: skip
        store.add_schedule(own, made)
    return made


def find_schedule(schedule: str) -> Schedule | None:
    """Return a schedule by id, or None."""
    with reading() as connection:
        return store.find_schedule(connection, schedule)


def list_schedules(*, owner: str | None = None, limit: int = 50, after: str = "") -> Page[Schedule]:
    """Return a part of the schedules, the newest first."""
    with reading() as connection:
        return store.schedules_page(connection, owner=owner, limit=limit, after=after)


def change_schedule(
    schedule: str,
    *,
    params: Mapping[str, Any] | None = None,
    cron: str | None = None,
    every: int | None = None,
    zone: str | None = None,
    enabled: bool | None = None,
    connection: Connection | None = None,
) -> Schedule:
    """Change what is said here, and leave the rest.

    ``cron`` takes the place of ``every``, and the other way about. Where it says when, or turns
    it on, the next time is counted from now.

    Raises
    ------
    NotFound
        There is no such schedule.
    ParameterError
        As :func:`add_schedule` says.
    """
    with part_of(connection) as own:
        was = store.find_schedule(own, schedule)
        if was is None:
            raise NotFound(f"There is no schedule '{schedule[:40]}'.")
        if cron is None and every is None:
            cron, every = was.cron, was.every
        now = replace(
            was,
            params=was.params if params is None else as_json("params", params, MOST_PARAMS),
            cron=(cron or "").strip(),
            every=every,
            zone=was.zone if zone is None else zone,
            enabled=was.enabled if enabled is None else enabled,
        )
        check_times(now.cron, now.every, now.zone)
        if _when(now) != _when(was):  # else a time that has come just now would be lost
            now = replace(now, next=_next(now, clock(own)) if now.enabled else None)
        told = ("params", "cron", "every", "zone", "enabled", "next")  # the rest is the runner's
        store.change_schedule(own, schedule, **{name: getattr(now, name) for name in told})
    return now


def _when(schedule: Schedule) -> tuple[Any, ...]:
    return schedule.cron, schedule.every, schedule.zone, schedule.enabled


def remove_schedule(schedule: str, *, connection: Connection | None = None) -> None:
    """Forget a schedule; jobs that it gave stay.

    Raises
    ------
    NotFound
        There is no such schedule.
    """
    with part_of(connection) as own:
        if not store.drop_schedule(own, schedule):
            raise NotFound(f"There is no schedule '{schedule[:40]}'.")


def coming_times(
    cron: str = "",
    every: int | None = None,
    zone: str = "UTC",
    *,
    count: int = 5,
    now: datetime | None = None,
) -> list[datetime]:
    """Return the next times in UTC, for somebody to look at before they say yes.

    Examples
    --------
    >>> coming_times("30 2 * * *", zone="Europe/Berlin", count=2,
    ...              now=datetime(2026, 3, 28, tzinfo=UTC))
    [datetime.datetime(2026, 3, 28, 1, 30, tzinfo=datetime.timezone.utc),
     datetime.datetime(2026, 3, 29, 1, 0, tzinfo=datetime.timezone.utc)]
    """
    check_times(cron, every, zone)
    begin = here = now or datetime.now(UTC)
    times = []
    for _ in range(count):
        coming = next_time(cron, every, zone, begin, here)
        if coming is None:
            break
        times.append(here := coming)
    return times


def submit_due(now: datetime | None = None) -> list[Job]:
    """Order a job for each schedule whose time has come, and return them.

    Times that were missed give one job and not many, and a schedule whose last job still waits or
    runs gives none: it comes again at its next time.

    Parameters
    ----------
    now : datetime.datetime, optional
        By default what the database's clock says.
    """
    with reading() as connection:
        if not store.due(connection, now or clock(connection)):
            return []
    given = []
    with writing() as connection:
        now = now or clock(connection)
        for schedule in store.hold_due(connection, now):
            job = None if _still_going(connection, schedule) else _ordered(connection, schedule)
            told = {"latest": now, "job": job.id} if job else {}
            coming = _next_or_none(schedule, now)
            store.change_schedule(
                connection, schedule.id, next=coming, enabled=coming is not None, **told
            )
            given += [job] if job else []
    return given


def submit_now(schedule: str, *, connection: Connection) -> Job:
    """Order a job for a schedule before its time, which stays as it is.

    Raises
    ------
    NotFound
        There is no such schedule.
    ParameterError
        Its last job still waits or runs.
    """
    found = store.find_schedule(connection, schedule)
    if found is None:
        raise NotFound(f"There is no schedule '{schedule[:40]}'.")
    if _still_going(connection, found):
        raise ParameterError("Its last job still waits or runs: see it, or cancel it first.")
    job = _ordered(connection, found)
    store.change_schedule(connection, schedule, latest=clock(connection), job=job.id)
    return job


def _ordered(connection: Connection, schedule: Schedule) -> Job:
    return submit(schedule.kind, schedule.params, schedule.owner, connection=connection)


def _still_going(connection: Connection, schedule: Schedule) -> bool:
    last = jobs.find_job(connection, schedule.job) if schedule.job else None
    return last is not None and last.state not in OVER


def _next(schedule: Schedule, now: datetime) -> datetime | None:
    return next_time(schedule.cron, schedule.every, schedule.zone, schedule.created, now)


def _next_or_none(schedule: Schedule, now: datetime) -> datetime | None:
    try:
        return _next(schedule, now)
    except ParameterError:  # a zone that is gone after an update, say; others shall still come
        log.exception("schedule %s has no next time and is turned off", schedule.id)
        return None
