"""What people do about incidents: each deed is a line of the timeline and of the audit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from workbench.alerts import telling
from workbench.alerts.incidents import keep
from workbench.core.errors import NotFound, ParameterError, suggest
from workbench.core.incident import OUTCOMES, Incident
from workbench.core.routes import Routes
from workbench.store import accounts
from workbench.store import incidents as store
from workbench.store.audit import append
from workbench.team.doer import SYSTEM, Doer

__all__ = [
    "acknowledge", "assign", "comment", "mentions", "reopen", "resolve", "snooze", "tend",
    "unwatch", "watch",
]  # fmt: skip

MOST_COMMENT, MOST_REASON = 20_000, 500
_MENTION = re.compile(r"(?<![\w@.])@([\w.-]{1,80})")
#: Pieces of Markdown in which an @ is meant literally.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


def acknowledge(connection: Connection, id: str, *, by: Doer, now: datetime) -> Incident:  # noqa: A002
    """Say that somebody looks after it: nobody further is told, until it gets worse.

    Raises
    ------
    ParameterError
        It is resolved.
    """
    incident = _unresolved(_known(connection, id))
    if incident.state == "acknowledged":
        return incident
    changed = replace(incident, state="acknowledged", snoozed_until=None)
    return _done(connection, incident, changed, "acknowledged", by, now)


def snooze(
    connection: Connection,
    id: str,  # noqa: A002
    until: datetime,
    reason: str = "",
    *,
    by: Doer,
    now: datetime,
) -> Incident:
    """Let it be quiet until a time, or until it gets worse.

    Raises
    ------
    ParameterError
        It is resolved, or the time is past.
    """
    incident = _unresolved(_known(connection, id))
    if until <= now:
        raise ParameterError("'until' must lie in the future.")
    _short(reason, MOST_REASON)
    changed = replace(incident, state="snoozed", snoozed_until=until)
    body = {"until": until.isoformat(), "reason": reason}
    return _done(connection, incident, changed, "snoozed", by, now, **body)


def resolve(
    connection: Connection, id: str, outcome: str = "", comment: str = "", *, by: Doer,  # noqa: A002
    now: datetime,
) -> Incident:  # fmt: skip
    """Say that it is over, and what it was; who was told of it hears of that.

    Raises
    ------
    ParameterError
        The outcome is none of :data:`workbench.core.incident.OUTCOMES`.
    """
    if outcome not in OUTCOMES:
        raise ParameterError(
            f"outcome is 'true', 'false alarm', 'expected' or empty, found {outcome[:40]!r}."
            f"{suggest(outcome, OUTCOMES)}"
        )
    _short(comment, MOST_COMMENT)
    incident = _known(connection, id)
    if incident.state == "resolved" and incident.outcome == outcome:
        return incident
    changed = replace(
        incident, state="resolved", outcome=outcome, resolved=incident.resolved or now,
        snoozed_until=None,
    )  # fmt: skip
    body = {"outcome": outcome} | ({"comment": comment} if comment else {})
    return _done(connection, incident, changed, "resolved", by, now, **body)


def reopen(connection: Connection, id: str, *, by: Doer, now: datetime) -> Incident:  # noqa: A002
    """Take back that it is resolved; who was told of it hears of that too."""
    incident = _known(connection, id)
    if incident.state != "resolved":
        return incident
    changed = replace(incident, state="open", outcome="", resolved=None)
    return _done(connection, incident, changed, "reopened", by, now)


def assign(
    connection: Connection,
    id: str,  # noqa: A002
    user: str | None,
    *,
    by: Doer,
    now: datetime,
) -> Incident:
    """Say whose it is, None for nobody's; they watch it from then on.

    Raises
    ------
    NotFound
        There is no such user.
    """
    incident = _known(connection, id)
    if user is not None:
        found = accounts.find_user(connection, id=user)
        if found is None or not found.active:
            raise NotFound(f"There is no user '{user[:40]}'.")
        store.watch(connection, id, user)
    if incident.assignee == user:
        return incident
    changed = replace(incident, assignee=user)
    return _done(connection, incident, changed, "assigned", by, now, user=user)


def mentions(text: str) -> list[str]:
    """Return the names that a comment calls, in their order; what is written as code calls nobody.

    Examples
    --------
    >>> mentions("@ana please, see `@home` and mail@plant.example. @ben.")
    ['ana', 'ben']
    """
    found = _MENTION.findall(_CODE.sub(" ", text))
    return list(dict.fromkeys(name.rstrip(".-") for name in found if name.rstrip(".-")))


def comment(connection: Connection, id: str, text: str, *, by: Doer, now: datetime) -> Incident:  # noqa: A002
    """Write a comment, in Markdown that is kept as it is; who is mentioned watches from then on.

    Raises
    ------
    ParameterError
        It is empty or too long.
    """
    incident = _known(connection, id)
    if not text.strip():
        raise ParameterError("An empty comment says nothing.")
    _short(text, MOST_COMMENT)
    known = {one.name.casefold(): one.id for one in accounts.all_users(connection) if one.active}
    called = [known[name.casefold()] for name in mentions(text) if name.casefold() in known]
    for user in (*called, *([by.user] if by.user else [])):
        store.watch(connection, id, user)
    body = {"text": text, "mentions": called}
    return _done(connection, incident, incident, "commented", by, now, **body)


def watch(connection: Connection, id: str, user: str) -> None:  # noqa: A002
    """Let a user watch it."""
    store.watch(connection, _known(connection, id).id, user)


def unwatch(connection: Connection, id: str, user: str) -> None:  # noqa: A002
    """Let a user watch it no more."""
    store.unwatch(connection, _known(connection, id).id, user)


def tend(connection: Connection, now: datetime) -> list[Incident]:
    """Do what is due by itself: wake what was snoozed, escalate, resolve what is quiet.

    Whoever runs monitors calls it every few seconds, in a transaction of its own.
    """
    done = []
    for incident in store.due_incidents(connection, now):
        told, document = store.inner_state(connection, incident.id)
        routes = Routes.of(document)
        after, heard = routes.resolve_after, datetime.fromisoformat(told["heard"])
        if after is not None and (now - heard).total_seconds() >= after:
            done.append(_quiet(connection, incident, now))
            continue
        if incident.snoozed_until is not None and incident.snoozed_until <= now:
            store.add_event(connection, incident.id, "woken", now)
            incident = replace(incident, state="open", snoozed_until=None)
            if heard > datetime.fromisoformat(told["snoozed"]):  # it goes on: told anew
                told = {**telling.fresh(now, "reopened", told["count"]), "loud": told["loud"],
                        "heard": told["heard"]}  # fmt: skip
        done.append(keep(connection, incident, told, routes, now))
    return done


def _quiet(connection: Connection, incident: Incident, now: datetime) -> Incident:
    changed = replace(incident, state="resolved", resolved=now, snoozed_until=None)
    return _done(connection, incident, changed, "resolved", SYSTEM, now, quiet=True)


def _done(
    connection: Connection, was: Incident, incident: Incident, kind: str, by: Doer, now: datetime,
    **body: Any,
) -> Incident:  # fmt: skip
    """Keep what was done, with its line in timeline and audit."""
    told, document = store.inner_state(connection, was.id)
    routes = Routes.of(document)
    store.add_event(connection, was.id, kind, now, by.user, **body)
    if kind == "resolved" and was.state != "resolved":
        told = telling.tell_resolved(connection, incident, told, routes, now)
    elif kind == "reopened":
        told = {**told, **telling.fresh(now, "reopened", told["count"]), "loud": told["loud"]}
    elif kind == "snoozed":
        told = {**told, "snoozed": now.isoformat()}
    names = ("state", "outcome", "assignee")
    before, after = ({name: getattr(one, name) for name in names} for one in (was, incident))
    changed = [name for name in names if before[name] != after[name]]
    note = {} if kind != "commented" else {"characters": len(body["text"])}
    append(
        connection,
        by.did(f"incident.{_VERBS[kind]}", f"incident:{was.id}",
               {name: before[name] for name in changed},
               {name: after[name] for name in changed} | note),
    )  # fmt: skip
    return keep(connection, incident, told, routes, now)


_VERBS = {
    "acknowledged": "acknowledge", "snoozed": "snooze", "resolved": "resolve",
    "reopened": "reopen", "assigned": "assign", "commented": "comment",
}  # fmt: skip


def _known(connection: Connection, id: str) -> Incident:  # noqa: A002
    found = store.find_incident(connection, id)
    if found is None:
        raise NotFound(f"There is no incident '{id[:40]}'.")
    return found


def _unresolved(incident: Incident) -> Incident:
    if incident.state == "resolved":
        raise ParameterError("This incident is resolved: reopen it first.")
    return incident


def _short(text: str, most: int) -> None:
    if len(text) > most:
        raise ParameterError(f"At most {most:,} characters, found {len(text):,}.")
    if "\x00" in text:
        raise ParameterError("The character NUL cannot be kept.")
