"""Incidents for those who may see their monitor: found, read, and what is done about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from workbench.alerts import handling
from workbench.core.errors import NotAllowed, NotFound, ParameterError, suggest
from workbench.core.incident import STATES, Event, Incident
from workbench.registry._access import in_utc
from workbench.store import incidents as store
from workbench.store.database import reading, writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow, may
from workbench.team.doer import Doer

__all__ = [
    "SORTS", "VERBS", "acknowledge_incident", "act_on_many", "assign_incident",
    "comment_on_incident", "find_incident", "list_events", "list_firings", "list_incidents",
    "list_watchers", "reopen_incident", "resolve_incident", "similar_incidents", "snooze_incident",
    "unwatch_incident", "watch_incident",
]  # fmt: skip

#: What a list can be sorted by, "-" before it for descending.
SORTS = ("changed", "opened", "started", "severity")
#: What can be done to many at once.
VERBS = ("acknowledge", "snooze", "resolve", "reopen", "assign")
MOST_AT_ONCE = 200
_TABLE = store.INCIDENTS


def _object(incident: Incident) -> str:
    """Return the object whose grants open an incident: its monitor."""
    return f"monitor:{incident.monitor}"


def _seen(who: Identity) -> list[ColumnElement[bool]]:
    if "objects:all" in who.permissions:
        return []
    granted = [name.partition(":")[2] for name in who.grants if name.startswith("monitor:")]
    return [or_(_TABLE.c.owner == who.user.id, _TABLE.c.monitor.in_(granted))]


def list_incidents(
    who: Identity,
    *,
    states: Sequence[str] = (),
    monitor: str = "",
    kind: str = "",
    assignee: str = "",
    watched: bool = False,
    least: float = 0.0,
    since: datetime | None = None,
    touched: datetime | None = None,
    search: str = "",
    sort: str = "-changed",
    limit: int = 50,
    after: str = "",
) -> Page[Incident]:
    """Return a part of the incidents of monitors that somebody may see.

    Parameters
    ----------
    who : Identity
    states : sequence of str
        Of :data:`workbench.core.incident.STATES`; all where empty.
    monitor, kind : str
    assignee : str
        Id of a user, "me", or "nobody".
    watched : bool
        Only those that one watches.
    least : float
        Severity.
    since : datetime.datetime, optional
        Only what was odd after that.
    touched : datetime.datetime, optional
        Only those that changed after that.
    search : str
        Part of the title.
    sort : str
        One of :data:`SORTS`, "-" before it for descending.
    limit, after
        As all lists have them.

    Raises
    ------
    NotAllowed, ParameterError
    """
    allow(who, "monitors:read")
    for state in states:
        if state not in STATES:
            raise ParameterError(f"There is no state '{state[:40]}'.{suggest(state, STATES)}")
    if sort.removeprefix("-") not in SORTS:
        raise ParameterError(f"sort is {', '.join(SORTS)}, '-' before it; found {sort[:40]!r}.")
    where = _seen(who)
    for name, value in (("monitor", monitor), ("kind", kind)):
        where += [_TABLE.c[name] == value] if value else []
    where += [_TABLE.c.state.in_(list(states))] if states else []
    where += [_TABLE.c.severity >= least] if least > 0.0 else []
    where += [_TABLE.c.latest >= in_utc("since", since)] if since is not None else []
    where += [_TABLE.c.changed >= in_utc("touched", touched)] if touched is not None else []
    where += [_TABLE.c.title.icontains(search, autoescape=True)] if search else []
    if assignee:
        person = {"me": who.user.id, "nobody": None}.get(assignee, assignee)
        where.append(_TABLE.c.assignee.is_(None) if person is None else _TABLE.c.assignee == person)
    if watched:
        mine = select(store.WATCHERS.c.incident).where(store.WATCHERS.c.user == who.user.id)
        where.append(_TABLE.c.id.in_(mine))
    with reading() as connection:
        return store.incidents_page(connection, where, sort=sort, limit=limit, after=after)


def similar_incidents(who: Identity, one: Incident, most: int = 60) -> list[Incident]:
    """Return others of the same monitor and kind: the same cause first, then the newest.

    Parameters
    ----------
    who : Identity
    one : Incident
    most : int
        Looked at: the newest ones.
    """
    page = list_incidents(
        who, monitor=one.monitor, kind=one.kind, sort="-opened", limit=min(most, MOST_AT_ONCE)
    )
    others = [other for other in page.items if other.id != one.id]
    return sorted(others, key=lambda other: (other.cause != one.cause, -other.opened.timestamp()))


def find_incident(who: Identity, incident: str) -> Incident:
    """Return an incident by id.

    Raises
    ------
    NotFound
        There is none that they may see.
    """
    with reading() as connection:
        return _known(connection, who, incident)


def _known(connection: Connection, who: Identity, incident: str, permission: str = "") -> Incident:
    found = store.find_incident(connection, incident)
    if found is None or not may(who, "monitors:read", _object(found), found.owner):
        raise NotFound(f"There is no incident '{incident[:40]}' that you may see.")
    if permission:
        allow(who, permission, _object(found), found.owner)
    return found


def list_events(
    who: Identity, incident: str, *, sort: str = "number", limit: int = 50, after: str = ""
) -> Page[Event]:
    """Return a part of an incident's timeline, the first line first; sort "-number": the last."""
    if sort.removeprefix("-") != "number":
        raise ParameterError(f"sort is number, '-' before it; found {sort[:40]!r}.")
    with reading() as connection:
        found = _known(connection, who, incident)
        return store.events_page(connection, found.id, sort=sort, limit=limit, after=after)


def list_firings(
    who: Identity, incident: str, *, limit: int = 50, after: str = ""
) -> Page[store.KeptFiring]:
    """Return a part of an incident's firings, in the order of their time."""
    with reading() as connection:
        found = _known(connection, who, incident)
        return store.firings_page(connection, found.id, limit=limit, after=after)


def list_watchers(who: Identity, incident: str) -> list[str]:
    """Return the ids of the users who watch an incident."""
    with reading() as connection:
        return store.watchers(connection, _known(connection, who, incident).id)


def _act(
    who: Identity, incident: str, do: Callable[..., Incident], *words: Any, by: Doer,
    permission: str = "incidents:write",
) -> Incident:  # fmt: skip
    with writing() as connection:
        found = _known(connection, who, incident, permission)
        return do(connection, found.id, *words, by=by, now=datetime.now(UTC))


def acknowledge_incident(who: Identity, incident: str, *, by: Doer) -> Incident:
    """Say that somebody looks after it; steps of escalation end."""
    return _act(who, incident, handling.acknowledge, by=by)


def snooze_incident(
    who: Identity, incident: str, until: datetime, reason: str = "", *, by: Doer
) -> Incident:
    """Let it be quiet until a time, or until it gets worse."""
    return _act(who, incident, handling.snooze, in_utc("until", until), reason, by=by)


def resolve_incident(
    who: Identity, incident: str, outcome: str = "", comment: str = "", *, by: Doer
) -> Incident:
    """Say that it is over, and what it was."""
    return _act(who, incident, handling.resolve, outcome, comment, by=by)


def reopen_incident(who: Identity, incident: str, *, by: Doer) -> Incident:
    """Take back that it is resolved."""
    return _act(who, incident, handling.reopen, by=by)


def assign_incident(who: Identity, incident: str, user: str | None, *, by: Doer) -> Incident:
    """Say whose it is, None for nobody's."""
    return _act(who, incident, handling.assign, user, by=by)


def comment_on_incident(who: Identity, incident: str, text: str, *, by: Doer) -> Incident:
    """Write a comment: whoever sees it and may comment anywhere."""
    allow(who, "labels:write")
    return _act(who, incident, handling.comment, text, by=by, permission="")


def watch_incident(who: Identity, incident: str) -> list[str]:
    """Watch it; return who does."""
    with writing() as connection:
        found = _known(connection, who, incident)
        handling.watch(connection, found.id, who.user.id)
        return store.watchers(connection, found.id)


def unwatch_incident(who: Identity, incident: str) -> list[str]:
    """Watch it no more; return who does."""
    with writing() as connection:
        found = _known(connection, who, incident)
        handling.unwatch(connection, found.id, who.user.id)
        return store.watchers(connection, found.id)


def act_on_many(
    who: Identity, incidents: Sequence[str], verb: str, words: Mapping[str, Any], *, by: Doer
) -> list[tuple[str, str]]:
    """Do one thing to many incidents, each by itself.

    Parameters
    ----------
    who : Identity
    incidents : sequence of str
    verb : str
        One of :data:`VERBS`.
    words : mapping
        What the verb takes: until and reason, outcome and comment, user.
    by : Doer

    Returns
    -------
    list of (str, str)
        Each id with what hindered it, "" where nothing did.
    """
    allow(who, "incidents:write")
    if verb not in VERBS:
        raise ParameterError(f"There is no verb '{verb[:40]}'.{suggest(verb, VERBS)}")
    if not 1 <= len(incidents) <= MOST_AT_ONCE:
        raise ParameterError(f"1 to {MOST_AT_ONCE} incidents at once, found {len(incidents)}.")
    if verb == "snooze" and words.get("until") is None:
        raise ParameterError("Say until when they shall be quiet.")
    done = []
    for one in dict.fromkeys(incidents):
        try:
            _ACTS[verb](who, one, **words, by=by)
        except (NotFound, NotAllowed, ParameterError) as error:
            done.append((one, str(error)))
        else:
            done.append((one, ""))
    return done


_ACTS: dict[str, Callable[..., Incident]] = {
    "acknowledge": acknowledge_incident,
    "snooze": snooze_incident,
    "resolve": resolve_incident,
    "reopen": reopen_incident,
    "assign": assign_incident,
}
