"""How long what is kept for: counted beforehand, and forgotten once a day by a job of the house."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from workbench.core.progress import Progress
from workbench.core.schedule import Schedule
from workbench.core.settings import settings
from workbench.jobs.queue import sweep
from workbench.jobs.schedule import coming_times
from workbench.registry._claims import remove_unused
from workbench.store import retention as store
from workbench.store import schedules
from workbench.store.audit import append
from workbench.store.database import clock, reading, writing
from workbench.store.jobs import count_finished
from workbench.team.access import Identity, allow
from workbench.team.auditing import count_old, cut_audit
from workbench.team.doer import Doer

__all__ = ["HOUSE", "KIND", "Rule", "ensure_daily", "forget_old", "retention_rules"]

#: Owner of what the house orders itself, and its kind of work.
HOUSE, KIND = "house", "retention"
#: Id of the schedule that brings it, the same on every server, and a time at which most are asleep.
DAILY, CRON = hashlib.sha256(b"workbench retention").hexdigest()[:32], "20 3 * * *"
#: Deleted in one transaction: others want to write too.
AT_ONCE = 500


@dataclass(frozen=True)
class Rule:
    """How long something is kept.

    Attributes
    ----------
    what : str
        "incidents", "firings", "reports", "runs", "jobs" or "audit".
    setting : str
        Variable that says so.
    days : int or None
        None for ever.
    expired : int
        How many would go now.
    """

    what: str
    setting: str
    days: int | None
    expired: int


def _before(days: int | None, now: datetime) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def retention_rules(who: Identity, now: datetime | None = None) -> list[Rule]:
    """Return how long what is kept, and how much of it would go now; nothing is changed.

    Raises
    ------
    NotAllowed
        They do not see the settings of the server.
    """
    allow(who, "settings:write")
    known, at = settings(), now or datetime.now(UTC)
    counts: list[tuple[str, str, int | None, Callable[[Connection, datetime], int]]] = [
        ("incidents", "INCIDENTS", known.keep_incidents, store.count_old_incidents),
        ("firings", "INCIDENTS", known.keep_incidents, store.count_firings),
        ("reports", "REPORTS", known.keep_reports, store.count_old_reports),
        ("runs", "RUNS", known.keep_runs, store.count_old_runs),
        ("jobs", "JOBS", known.keep_jobs, count_finished),
        ("audit", "AUDIT", known.keep_audit, lambda _, before: count_old(before)),
    ]
    rules = []
    for what, name, days, count in counts:
        before = _before(days, at)
        with reading() as connection:
            expired = 0 if before is None else count(connection, before)
        rules.append(Rule(what, f"WORKBENCH_KEEP_{name}", days, expired))
    return rules


def forget_old(
    who: Identity, progress: Progress | None = None, *, by: Doer, now: datetime | None = None
) -> dict[str, int]:
    """Forget what is older than the settings let it become; return how many of each.

    Parameters
    ----------
    who : Identity
    progress : Progress, optional
        Its cancel leaves what is not forgotten yet.
    by : Doer
    now : datetime.datetime, optional

    Raises
    ------
    NotAllowed
        They may not change settings of the server.
    DataError
        The audit is broken: nothing is cut off from it. All else is forgotten by then.
    """
    allow(who, "settings:write")
    known, at, told = settings(), now or datetime.now(UTC), progress or Progress()
    kinds = ("incidents", "firings", "reports", "runs", "files", "jobs", "audit")
    gone = dict.fromkeys(kinds, 0)
    told.step(0.0, "incidents")
    if (before := _before(known.keep_incidents, at)) is not None:
        _incidents(before, gone, told, by)
    # Reports first: a result may go once nothing is built on it any more.
    for kind in (_REPORTS, _RUNS):
        told.step(kind.at, kind.words)
        if (before := _before(getattr(known, kind.setting), at)) is not None:
            _with_files(kind, before, gone, told, by)
    told.step(0.7, "jobs")
    gone["jobs"] = sweep(at - timedelta(days=known.keep_jobs))
    told.step(0.8, "the audit")
    if (before := _before(known.keep_audit, at)) is not None:
        gone["audit"] = cut_audit(before, by=by)
    return gone


def _incidents(before: datetime, gone: dict[str, int], progress: Progress, by: Doer) -> None:
    while True:
        with writing() as connection:
            ids = store.old_incidents(connection, before, AT_ONCE)
            if not ids:
                return
            firings = store.drop_incidents(connection, ids)
            after = {"incidents": len(ids), "firings": firings, "before": before.isoformat()}
            append(connection, by.did("retention.forget", "incidents", after=after))
        gone["incidents"] += len(ids)
        gone["firings"] += firings
        progress.step(0.1, f"{gone['incidents']:,} incidents")


@dataclass(frozen=True)
class _Kind:
    """What is kept as a row and files beside it: where it is found, and how it is forgotten.

    ``at`` is the share of all work that is done by then.
    """

    what: str
    words: str
    at: float
    setting: str
    old: Callable[[Connection, datetime, int], Sequence[tuple[str, ...]]]
    drop: Callable[[Connection, Sequence[str]], None]


_REPORTS = _Kind("reports", "reports", 0.3, "keep_reports", store.old_reports, store.drop_reports)
_RUNS = _Kind("runs", "detections", 0.4, "keep_runs", store.old_runs, store.drop_runs)


def _with_files(
    kind: _Kind, before: datetime, gone: dict[str, int], progress: Progress, by: Doer
) -> None:
    while True:
        with writing() as connection:
            some = kind.old(connection, before, AT_ONCE)
            if not some:
                return
            kind.drop(connection, [one for one, *_ in some])
            after = {kind.what: len(some), "before": before.isoformat()}
            append(connection, by.did("retention.forget", kind.words, after=after))
        gone[kind.what] += len(some)
        # Afterwards: killed in between, files stay that do no harm.
        files = {digest for _, *digests in some for digest in digests}
        gone["files"] += sum(remove_unused(digest) for digest in files)
        progress.step(kind.at, f"{gone[kind.what]:,} {kind.words}")


def ensure_daily() -> None:
    """Let the job that forgets come every day, once however many servers there are.

    It is a schedule like others: administrators see it, run it now, pause it, or give it another
    time; one that was removed is there again when the server starts.
    """
    with reading() as connection:
        if schedules.find_schedule(connection, DAILY) is not None:
            return
    coming = coming_times(CRON, count=1)[0]
    with writing() as connection:
        if schedules.find_schedule(connection, DAILY) is None:  # nobody was quicker
            made = Schedule(
                id=DAILY, kind=KIND, owner=HOUSE, params={}, cron=CRON, every=None, zone="UTC",
                enabled=True, next=coming, latest=None, job=None, created=clock(connection),
            )  # fmt: skip
            schedules.add_schedule(connection, made)
