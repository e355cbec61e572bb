"""Long work that comes again and again: ordered, changed and stopped by whom it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.core.errors import NotFound, ParameterError, suggest
from workbench.core.job import Job
from workbench.core.schedule import Schedule
from workbench.jobs import schedule as jobs
from workbench.registry import detections, reports
from workbench.registry.datasets import find_data_version
from workbench.registry.models import find_model_version
from workbench.registry.retention import KIND as RETENTION
from workbench.store.audit import append
from workbench.store.database import writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

__all__ = [
    "KINDS",
    "change_order",
    "find_order_again",
    "list_orders_again",
    "order_again",
    "order_now",
    "remove_order",
]

#: Schedules that one person may have: each looks into the queue whenever it comes.
MOST = 500


def _detection(who: Identity, words: Mapping[str, Any]) -> None:
    detections.check_request(who, detections.Request(**words))


def _several(who: Identity, words: Mapping[str, Any]) -> None:
    for detector in words["detectors"] or ["auto"]:
        asked = detections.Request(words["dataset"], words["version"], detector)
        detections.check_request(who, asked)


def _scoring(who: Identity, words: Mapping[str, Any]) -> None:
    allow(who, "detections:run")
    find_model_version(who, words["model"], words["version"])
    find_data_version(who, words["dataset"], words["data_version"])


def _report(who: Identity, words: Mapping[str, Any]) -> None:
    reports.check_report(who, reports.ReportRequest(**words))


_CHECKS: dict[str, Callable[[Identity, Mapping[str, Any]], None]] = {
    "detection": _detection,
    "comparison": _several,
    "tuning": _several,
    "scoring": _scoring,
    "report": _report,
}
#: Kinds of work that may come again, with what one must be allowed.
KINDS = {
    "detection": "detections:run",
    "comparison": "detections:run",
    "tuning": "detections:run",
    "scoring": "detections:run",
    "report": "reports:run",
}
#: The same with what the house orders itself, which nobody else does.
_NEEDS = {**KINDS, RETENTION: "settings:write"}


def order_again(
    who: Identity,
    kind: str,
    words: Mapping[str, Any],
    *,
    cron: str = "",
    every: int | None = None,
    zone: str = "UTC",
    by: Doer,
) -> Schedule:
    """Order work that comes again and again; it is done in their name, as far as they may then.

    Parameters
    ----------
    who : Identity
    kind : str
        One of :data:`KINDS`.
    words : mapping
        What each of its jobs is ordered with; a version of None is the newest at that time.
    cron, every, zone
        When: as :func:`workbench.jobs.schedule.add_schedule` takes them.
    by : Doer

    Raises
    ------
    NotAllowed, NotFound
        They may not order it, or do not see what it is about.
    ParameterError
        The times cannot be, or they have too many already.
    """
    _check(who, kind, words)
    with writing() as connection:
        if jobs.list_schedules(owner=who.user.id, limit=1).total >= MOST:
            raise ParameterError(f"{MOST} schedules are the most for one person: remove one first.")
        made = jobs.add_schedule(
            kind, words, who.user.id, cron=cron, every=every, zone=zone, connection=connection
        )
        append(connection, by.did("schedule.create", _named(made), after=_told(made)))
    return made


def _check(who: Identity, kind: str, words: Mapping[str, Any]) -> None:
    if kind not in KINDS:
        raise ParameterError(
            f"There is no kind of work {kind[:40]!r} that comes again.{suggest(kind, KINDS)} "
            f"Known: {', '.join(KINDS)}."
        )
    allow(who, KINDS[kind])
    _CHECKS[kind](who, words)


def list_orders_again(who: Identity, **asked: Any) -> Page[Schedule]:
    """Return a part of one's own schedules, the newest first; who reaches all objects sees all."""
    owner = None if "objects:all" in who.permissions else who.user.id
    return jobs.list_schedules(owner=owner, **asked)


def find_order_again(who: Identity, schedule: str) -> Schedule:
    """Return a schedule by id.

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    found = jobs.find_schedule(schedule)
    if found is None or (found.owner != who.user.id and "objects:all" not in who.permissions):
        raise NotFound(f"There is no schedule '{schedule[:40]}' that you may see.")
    return found


def change_order(who: Identity, schedule: str, *, by: Doer, **values: Any) -> Schedule:
    """Change what comes, or when, or whether it does.

    Parameters
    ----------
    who : Identity
    schedule : str
    by : Doer
    **values
        As :func:`workbench.jobs.schedule.change_schedule` takes them; None leaves a value.
    """
    was = find_order_again(who, schedule)
    if values.get("params") is not None:
        _check(who, was.kind, values["params"])
    elif values.get("enabled"):
        allow(who, _NEEDS[was.kind])  # what was ordered with more than is held now stays paused
    with writing() as connection:
        now = jobs.change_schedule(schedule, connection=connection, **values)
        before, after = _told(was), _told(now)
        changed = [name for name in after if before[name] != after[name]]
        told = ({name: one[name] for name in changed} for one in (before, after))
        append(connection, by.did("schedule.change", _named(now), *told))
    return now


def remove_order(who: Identity, schedule: str, *, by: Doer) -> None:
    """Forget a schedule; jobs that it gave stay."""
    found = find_order_again(who, schedule)
    with writing() as connection:
        jobs.remove_schedule(schedule, connection=connection)
        append(connection, by.did("schedule.remove", _named(found), before=_told(found)))


def order_now(who: Identity, schedule: str, *, by: Doer) -> Job:
    """Order a schedule's work once more, now; its times stay as they are.

    Raises
    ------
    ParameterError
        Its last job still waits or runs.
    """
    found = find_order_again(who, schedule)
    allow(who, _NEEDS[found.kind])
    with writing() as connection:
        job = jobs.submit_now(schedule, connection=connection)
        append(connection, by.did("schedule.run", _named(found), after={"job": job.id}))
    return job


def _named(schedule: Schedule) -> str:
    return f"schedule:{schedule.id}"


def _told(schedule: Schedule) -> dict[str, Any]:
    names = ("kind", "params", "cron", "every", "zone", "enabled")
    return {name: getattr(schedule, name) for name in names}
