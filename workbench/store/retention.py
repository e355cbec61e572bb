"""What is old enough to go, and nobody needs: questions over several tables, and no rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, func, or_, select

from workbench.store.accounts import GRANTS
from workbench.store.channels import OUTBOX
from workbench.store.incidents import FIRINGS, INCIDENTS
from workbench.store.jobs import JOBS
from workbench.store.labels import LABELS
from workbench.store.registry import DATASETS, DETECTIONS, MODEL_VERSIONS, REPORTS, VIEWS
from workbench.store.schedules import SCHEDULES

__all__ = [
    "count_firings", "count_old_incidents", "count_old_reports", "count_old_runs",
    "drop_incidents", "drop_reports", "drop_runs", "old_incidents", "old_reports", "old_runs",
]  # fmt: skip


def _incidents(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what makes an incident one that may go: over, untouched, and told to all."""
    waits = select(OUTBOX.c.id).where(
        OUTBOX.c.incident == INCIDENTS.c.id, OUTBOX.c.state == "waiting"
    )
    return INCIDENTS.c.state == "resolved", INCIDENTS.c.changed < before, ~waits.exists()


def old_incidents(connection: Connection, before: datetime, most: int) -> list[str]:
    """Return ids of incidents that are resolved and were not touched since a time."""
    wanted = select(INCIDENTS.c.id).where(*_incidents(before)).order_by(INCIDENTS.c.changed)
    return list(connection.execute(wanted.limit(most)).scalars())


def count_old_incidents(connection: Connection, before: datetime) -> int:
    """Return how many incidents :func:`old_incidents` would give in all."""
    wanted = select(func.count()).select_from(INCIDENTS).where(*_incidents(before))
    return int(connection.execute(wanted).scalar_one())


def count_firings(connection: Connection, before: datetime) -> int:
    """Return how many firings those incidents have."""
    theirs = select(INCIDENTS.c.id).where(*_incidents(before))
    wanted = select(func.count()).select_from(FIRINGS).where(FIRINGS.c.incident.in_(theirs))
    return int(connection.execute(wanted).scalar_one())


def drop_incidents(connection: Connection, ids: Sequence[str]) -> int:
    """Forget incidents with firings, timeline, watchers and messages; return how many firings."""
    firings = select(func.count()).select_from(FIRINGS).where(FIRINGS.c.incident.in_(ids))
    count = int(connection.execute(firings).scalar_one())
    connection.execute(delete(OUTBOX).where(OUTBOX.c.incident.in_(ids)))
    connection.execute(delete(INCIDENTS).where(INCIDENTS.c.id.in_(ids)))  # the rest goes with it
    return count


def _runs(before: datetime) -> list[ColumnElement[bool]]:
    """Return what makes a result one that may go: old, as it was made, and not built on.

    Where it is called otherwise than by itself somebody named it, or renamed the data: it stays.
    """
    one = DETECTIONS.c
    named = select(DATASETS.c.id).where(
        DATASETS.c.id == one.dataset,
        one.name == func.substr(one.detector + " on " + DATASETS.c.name, 1, 120),
    )
    labelled = select(LABELS.c.id).where(LABELS.c.data == one.facts["fingerprint"].as_string())
    shared = select(GRANTS.c.object).where(
        or_(GRANTS.c.object == "detection:" + one.id, GRANTS.c.object == "dataset:" + one.dataset)
    )
    models = select(MODEL_VERSIONS.c.model).where(MODEL_VERSIONS.c.detection == one.id)
    reports = select(REPORTS.c.id).where(REPORTS.c.subject == "detection:" + one.id)
    views = select(VIEWS.c.id).where(VIEWS.c.query.contains(one.id))
    again = select(SCHEDULES.c.id).where(cast(SCHEDULES.c.params, Text).contains(one.id))
    works = select(JOBS.c.id).where(
        JOBS.c.state.in_(("queued", "running")), cast(JOBS.c.params, Text).contains(one.id)
    )
    needed: list[Any] = [labelled, shared, models, reports, views, again, works]
    return [one.created < before, named.exists(), *(~query.exists() for query in needed)]


def old_runs(connection: Connection, before: datetime, most: int) -> list[tuple[str, str, str]]:
    """Return id, model and scores of results that nobody labelled, named, shared or built on."""
    wanted = (
        select(DETECTIONS.c.id, DETECTIONS.c.model, DETECTIONS.c.scores)
        .where(*_runs(before))
        .order_by(DETECTIONS.c.created)
        .limit(most)
    )
    return [(row.id, row.model, row.scores) for row in connection.execute(wanted)]


def count_old_runs(connection: Connection, before: datetime) -> int:
    """Return how many results :func:`old_runs` would give in all."""
    wanted = select(func.count()).select_from(DETECTIONS).where(*_runs(before))
    return int(connection.execute(wanted).scalar_one())


def drop_runs(connection: Connection, ids: Sequence[str]) -> None:
    """Forget results; their files stay for now."""
    connection.execute(delete(DETECTIONS).where(DETECTIONS.c.id.in_(ids)))


def _reports(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what makes a report one that may go: old, and nobody was given it to read."""
    shared = select(GRANTS.c.object).where(GRANTS.c.object == "report:" + REPORTS.c.id)
    return REPORTS.c.created < before, ~shared.exists()


def old_reports(connection: Connection, before: datetime, most: int) -> list[tuple[str, str]]:
    """Return id and file of reports that nobody shared."""
    wanted = select(REPORTS.c.id, REPORTS.c.artifact).where(*_reports(before))
    found = connection.execute(wanted.order_by(REPORTS.c.created).limit(most))
    return [(row.id, row.artifact) for row in found]


def count_old_reports(connection: Connection, before: datetime) -> int:
    """Return how many reports :func:`old_reports` would give in all."""
    wanted = select(func.count()).select_from(REPORTS).where(*_reports(before))
    return int(connection.execute(wanted).scalar_one())


def drop_reports(connection: Connection, ids: Sequence[str]) -> None:
    """Forget reports; their files stay for now."""
    connection.execute(delete(REPORTS).where(REPORTS.c.id.in_(ids)))
