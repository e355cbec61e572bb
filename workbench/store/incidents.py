"""Incidents with their firings, their timeline and who watches them: tables and rows, no rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from workbench.core.firing import Firing
from workbench.core.incident import Event, Incident
from workbench.store.database import TABLES
from workbench.store.paging import Page, page_of, record

__all__ = [
    "EVENTS", "FIRINGS", "INCIDENTS", "KeptFiring", "add_event", "add_firings", "add_incident",
    "change_firing", "change_incident", "detail_of", "due_incidents", "events_page",
    "find_incident", "firings_page", "incidents_page", "inner_state", "known_firings",
    "latest_of_cause", "unwatch", "watch", "watchers",
]  # fmt: skip

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
INCIDENTS = Table(
    "incidents",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("monitor", String(64), nullable=False),
    Column("cause", String(300), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("severity", Float, nullable=False),
    Column("firings", Integer, nullable=False),
    Column("started", DateTime(timezone=True), nullable=False),
    Column("latest", DateTime(timezone=True), nullable=False),
    Column("opened", DateTime(timezone=True), nullable=False, index=True),
    Column("changed", DateTime(timezone=True), nullable=False, index=True),
    Column("resolved", DateTime(timezone=True), nullable=True),
    Column("snoozed_until", DateTime(timezone=True), nullable=True),
    Column("outcome", String(20), nullable=False),
    Column("assignee", String(32), nullable=True),
    Column("detail", JSON, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("entity", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # What only the rules in alerts/ know: who was told what, by which routes, when to look again.
    Column("told", JSON, nullable=False),
    Column("routes", JSON, nullable=False),
    Column("due", DateTime(timezone=True), nullable=True, index=True),
    Index("incidents_by_cause", "monitor", "cause", "opened"),
    Index("incidents_by_state", "state", "severity"),
)
_INNER = ("told", "routes", "due")
FIRINGS = Table(
    "firings",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("incident", ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    Column("rule", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("entity", Text, nullable=False),
    Column("start", DateTime(timezone=True), nullable=False),
    Column("end", DateTime(timezone=True), nullable=False),
    Column("severity", Float, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("suppressed", Boolean(create_constraint=False), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("firings_by_incident", "incident", "start"),
)
EVENTS = Table(
    "incident_events",
    TABLES,
    Column("number", _NUMBER, primary_key=True),
    Column("incident", ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("body", JSON, nullable=False),
    Index("incident_events_by_incident", "incident", "number"),
)
WATCHERS = Table(
    "incident_watchers",
    TABLES,
    Column("incident", ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True),
    Column("user", String(32), primary_key=True),
)
#: What PostgreSQL and SQLite take in one statement with ease.
_AT_ONCE = 500


@dataclass(frozen=True)
class KeptFiring:
    """A firing as it is kept: what it was found by, and whether a silence kept it quiet."""

    id: str
    incident: str
    rule: str
    kind: str
    entity: str
    start: datetime
    end: datetime
    severity: float
    detail: dict[str, Any]
    suppressed: bool
    at: datetime


def find_incident(connection: Connection, id: str) -> Incident | None:  # noqa: A002
    """Return an incident by id."""
    row = connection.execute(select(INCIDENTS).where(INCIDENTS.c.id == id)).first()
    return None if row is None else record(Incident, row, *_INNER)


def inner_state(connection: Connection, id: str) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: A002
    """Return who was told what of an incident, and by which routes."""
    wanted = select(INCIDENTS.c.told, INCIDENTS.c.routes).where(INCIDENTS.c.id == id)
    row = connection.execute(wanted).one()
    return row.told, row.routes


def latest_of_cause(connection: Connection, monitor: str, cause: str) -> Incident | None:
    """Return the incident of a cause that was opened last, whatever its state."""
    wanted = (
        select(INCIDENTS)
        .where(INCIDENTS.c.monitor == monitor, INCIDENTS.c.cause == cause)
        .order_by(INCIDENTS.c.opened.desc(), INCIDENTS.c.id)
        .limit(1)
    )
    row = connection.execute(wanted).first()
    return None if row is None else record(Incident, row, *_INNER)


def incidents_page(
    connection: Connection,
    where: Sequence[ColumnElement[bool]] = (),
    *,
    sort: str = "-changed",
    limit: int = 50,
    after: str = "",
) -> Page[Incident]:
    """Return a part of the incidents."""
    rows, more, total = page_of(connection, INCIDENTS, where, sort=sort, limit=limit, after=after)
    return Page([record(Incident, row, *_INNER) for row in rows], more, total)


def due_incidents(connection: Connection, now: datetime, most: int = 200) -> list[Incident]:
    """Return incidents that want something by themselves by now."""
    wanted = (
        select(INCIDENTS)
        .where(INCIDENTS.c.due <= now)
        .order_by(INCIDENTS.c.due, INCIDENTS.c.id)
        .limit(most)
    )
    return [record(Incident, row, *_INNER) for row in connection.execute(wanted)]


def add_incident(connection: Connection, incident: Incident) -> None:
    """Store a new incident."""
    inner: dict[str, Any] = {"told": {}, "routes": {}, "due": None}
    connection.execute(insert(INCIDENTS).values(**vars(incident), **inner))


def change_incident(connection: Connection, id: str, /, **values: Any) -> None:  # noqa: A002
    """Change columns of an incident."""
    connection.execute(update(INCIDENTS).where(INCIDENTS.c.id == id).values(**values))


def known_firings(connection: Connection, ids: Sequence[str]) -> dict[str, KeptFiring]:
    """Return those of some firings that are kept already."""
    found: dict[str, KeptFiring] = {}
    for begin in range(0, len(ids), _AT_ONCE):
        some = select(FIRINGS).where(FIRINGS.c.id.in_(ids[begin : begin + _AT_ONCE]))
        found |= {row.id: record(KeptFiring, row) for row in connection.execute(some)}
    return found


def detail_of(firing: Firing) -> dict[str, Any]:
    """Return what a firing tells, as JSON can say it."""
    return {
        "text": firing.text, "score": firing.score, "threshold": firing.threshold,
        "p_value": firing.p_value, "actual": dict(firing.actual), "parts": dict(firing.parts),
        "expected": {name: list(pair) for name, pair in firing.expected.items()},
        "rule": firing.rule, "entity": firing.entity,
    }  # fmt: skip


def add_firings(
    connection: Connection,
    incident: str,
    firings: Iterable[Firing],
    suppressed: Mapping[str, Any],
    at: datetime,
) -> None:
    """Store new firings of an incident; ids in ``suppressed`` are kept as quiet ones."""
    lines = [
        {
            "id": one.id, "incident": incident, "rule": one.rule, "kind": one.kind,
            "entity": one.entity, "start": one.start, "end": one.end, "severity": one.severity,
            "detail": detail_of(one), "suppressed": one.id in suppressed, "at": at,
        }
        for one in firings
    ]  # fmt: skip
    if lines:
        connection.execute(insert(FIRINGS), lines)


def change_firing(connection: Connection, id: str, /, **values: Any) -> None:  # noqa: A002
    """Change columns of a firing."""
    connection.execute(update(FIRINGS).where(FIRINGS.c.id == id).values(**values))


def firings_page(
    connection: Connection, incident: str, *, limit: int = 50, after: str = ""
) -> Page[KeptFiring]:
    """Return a part of an incident's firings, in the order of their time."""
    rows, more, total = page_of(
        connection, FIRINGS, [FIRINGS.c.incident == incident], sort="start", limit=limit,
        after=after,
    )  # fmt: skip
    return Page([record(KeptFiring, row) for row in rows], more, total)


def add_event(
    connection: Connection, incident: str, kind: str, at: datetime, actor: str = "", **body: Any
) -> None:
    """Add a line to an incident's timeline."""
    values = {"incident": incident, "kind": kind, "actor": actor, "at": at, "body": body}
    connection.execute(insert(EVENTS).values(**values))


def events_page(
    connection: Connection, incident: str, *, sort: str = "number", limit: int = 50, after: str = ""
) -> Page[Event]:
    """Return a part of an incident's timeline."""
    rows, more, total = page_of(
        connection, EVENTS, [EVENTS.c.incident == incident], sort=sort, limit=limit, after=after
    )
    return Page([record(Event, row) for row in rows], more, total)


def watch(connection: Connection, incident: str, user: str) -> bool:
    """Let a user watch an incident; return whether they did not already."""
    if user in watchers(connection, incident):
        return False
    connection.execute(insert(WATCHERS).values(incident=incident, user=user))
    return True


def unwatch(connection: Connection, incident: str, user: str) -> bool:
    """Let a user watch an incident no more; return whether they did."""
    one = (WATCHERS.c.incident == incident, WATCHERS.c.user == user)
    return bool(connection.execute(delete(WATCHERS).where(*one)).rowcount)


def watchers(connection: Connection, incident: str) -> list[str]:
    """Return the ids of the users who watch an incident."""
    wanted = select(WATCHERS.c.user).where(WATCHERS.c.incident == incident)
    return sorted(connection.execute(wanted).scalars())
