"""Firings become incidents: one for each cause, and one word to each channel."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from workbench.alerts import silencing, telling
from workbench.core.anomaly import band
from workbench.core.channel import Silence
from workbench.core.firing import KINDS, Firing
from workbench.core.incident import Incident
from workbench.core.routes import Routes
from workbench.store import incidents as store
from workbench.store.channels import every_silence

__all__ = ["keep", "raise_firings"]

#: Ids of firings that one line of a timeline names.
MOST_NAMED = 20
MOST_TEXT = 500


@dataclass
class _GoingOn:
    """Known firings of an incident that went on; ``freed`` where one is silenced no longer."""

    firings: list[Firing] = field(default_factory=list)
    freed: bool = False


def raise_firings(
    connection: Connection, firings: Iterable[Firing], routes: Routes, now: datetime
) -> list[Incident]:
    """Put firings into incidents and what is to be told into the outbox, in one transaction.

    A firing whose id is known is not counted and adds no line to a timeline; where it went on, the
    incident hears of its end and of its severity. Everything else about it is as it was, so that a
    monitor which was killed may raise again whatever it raised before.

    New firings of a cause go into the incident of that cause which is not resolved, else into one
    that was resolved less than ``routes.regroup`` seconds ago, which is then reopened, else into a
    new one. Each channel of the routes is told once when it opens or reopens, and again when the
    severity rises into a higher band than it was told, however many firings there are.

    Firings that a silence covers are kept and marked, and tell nobody. Where no other firing of
    that cause is there, "suppress" leaves the incident open and untold (the first firing after the
    silence tells it), and "expected" resolves it at once with that outcome. What begins under a
    silence and goes on after it is told then.

    Parameters
    ----------
    connection : Connection
        From :func:`workbench.store.database.writing`; the caller's transaction.
    firings : iterable of Firing
        Of one monitor.
    routes : Routes
        Of that monitor.
    now : datetime.datetime
        UTC.

    Returns
    -------
    list of Incident
        Those that something was added to, as they are now.
    """
    latest = {one.id: _cleaned(one) for one in firings}
    if not latest:
        return []
    known = store.known_firings(connection, list(latest))
    silences = every_silence(connection, min(one.start for one in latest.values()))
    cases: dict[tuple[str, str], list[Firing]] = {}
    grown: dict[str, _GoingOn] = {}
    for one in latest.values():
        was = known.get(one.id)
        if was is None:
            cases.setdefault((one.monitor, one.cause), []).append(one)
        elif one.end > was.end or one.severity > was.severity:
            quiet = was.suppressed and _is_quiet(one, silences, now)
            _update(connection, one, was, suppressed=quiet)
            if not quiet:
                case = grown.setdefault(was.incident, _GoingOn())
                case.firings.append(one)
                case.freed = case.freed or was.suppressed
    changed: dict[str, Incident] = {}
    for id, case in grown.items():  # noqa: A001
        found = store.find_incident(connection, id)
        if found is not None:
            changed[id] = _go_on(connection, found, case, routes, now)
    for (monitor, cause), new in cases.items():
        taken = _take_in(connection, monitor, cause, new, silences, routes, now)
        changed[taken.id] = taken
    return list(changed.values())


def _is_quiet(firing: Firing, silences: Sequence[Silence], now: datetime) -> bool:
    """Return whether a firing that went on is still silenced at its end."""
    in_force = {one.id: silencing.covers(one, now) for one in silences}
    here = replace(firing, start=firing.end)
    return silencing.silence_of(silences, here, now, in_force) is not None


def _update(
    connection: Connection, firing: Firing, was: store.KeptFiring, *, suppressed: bool
) -> None:
    values: dict[str, Any] = {"end": max(firing.end, was.end), "suppressed": suppressed}
    if firing.severity > was.severity:
        values |= {"severity": firing.severity, "detail": store.detail_of(firing)}
    store.change_firing(connection, firing.id, **values)


def _cleaned(firing: Firing) -> Firing:
    """Return a firing that any database can keep, whatever the data are."""

    def text(value: str, most: int) -> str:
        plain = value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
        return plain if len(plain) <= most else plain[: most - 1] + "…"

    def finite(value: float | None) -> float | None:
        return None if value is None or not math.isfinite(value) else float(value)

    severity = min(max(finite(firing.severity) or 0.0, 0.0), 100.0)
    return replace(
        firing, severity=severity, text=text(firing.text, MOST_TEXT),
        cause=text(firing.cause, 300), entity=text(firing.entity, MOST_TEXT),
        rule=text(firing.rule, 120), score=finite(firing.score),
        threshold=finite(firing.threshold), p_value=finite(firing.p_value),
        actual={text(k, 200): float(v) for k, v in firing.actual.items() if math.isfinite(v)},
        parts={text(k, 200): float(v) for k, v in firing.parts.items() if math.isfinite(v)},
        expected={
            text(name, 200): (float(low), float(high))
            for name, (low, high) in firing.expected.items()
            if math.isfinite(low) and math.isfinite(high)
        },
    )  # fmt: skip


def _take_in(
    connection: Connection, monitor: str, cause: str, new: Sequence[Firing],
    silences: Sequence[Silence], routes: Routes, now: datetime,
) -> Incident:  # fmt: skip
    """Put new firings of one cause into its incident."""
    in_force = {one.id: silencing.covers(one, now) for one in silences}
    quiet = {
        one.id: found
        for one in new
        if (found := silencing.silence_of(silences, one, now, in_force)) is not None
    }
    loud = max((one.severity for one in new if one.id not in quiet), default=None)
    incident, told = _incident_for(connection, monitor, cause, new, quiet, routes, now)
    worst = max(new, key=lambda one: one.severity)
    deeper = worst.severity > incident.severity or incident.firings == 0
    incident = replace(
        incident, firings=incident.firings + len(new),
        severity=max(incident.severity, worst.severity),
        started=min(incident.started, *(one.start for one in new)),
        latest=max(incident.latest, *(one.end for one in new)),
        detail=store.detail_of(worst) if deeper else incident.detail,
    )  # fmt: skip
    store.add_firings(connection, incident.id, new, quiet, now)
    named = [one.id for one in new[:MOST_NAMED]]
    store.add_event(connection, incident.id, "fired", now, count=len(new), firings=named,
                    severity=worst.severity, text=worst.text)  # fmt: skip
    if quiet:
        reasons = sorted({one.reason for one in quiet.values()})
        store.add_event(connection, incident.id, "suppressed", now, count=len(quiet),
                        reasons=reasons)  # fmt: skip
    if loud is not None:
        told = {**told, "loud": max(loud, told["loud"] or 0.0), "heard": now.isoformat()}
    return keep(connection, _woken(connection, incident, told, now), told, routes, now)


def _incident_for(
    connection: Connection, monitor: str, cause: str, new: Sequence[Firing],
    quiet: dict[str, Silence], routes: Routes, now: datetime,
) -> tuple[Incident, dict[str, Any]]:  # fmt: skip
    """Return the incident that new firings belong to, opened or reopened, and what was told."""
    found = store.latest_of_cause(connection, monitor, cause)
    all_quiet = len(quiet) == len(new)
    if found is not None:
        told, _ = store.inner_state(connection, found.id)
        if found.state != "resolved":
            return found, told
        since = found.resolved or found.changed
        if now - since <= timedelta(seconds=routes.regroup):
            return (found, told) if all_quiet else _reopened(connection, found, told, now)
    return _opened(connection, new[0], quiet if all_quiet else {}, routes, now)


def _opened(
    connection: Connection, first: Firing, quiet: dict[str, Silence], routes: Routes, now: datetime
) -> tuple[Incident, dict[str, Any]]:
    expected = bool(quiet) and all(one.effect == "expected" for one in quiet.values())
    entity = first.entity if first.entity and f":{first.entity}" in first.cause else ""
    where = " / ".join(part for part in (routes.name, entity) if part)
    about = KINDS.get(first.kind, first.kind)
    incident = Incident(
        id=hashlib.sha256(f"incident {first.id}".encode()).hexdigest()[:32],
        monitor=first.monitor, cause=first.cause, kind=first.kind,
        title=f"{where}: {about}" if where else about, state="resolved" if expected else "open",
        severity=0.0, firings=0, started=first.start, latest=first.end, opened=now, changed=now,
        resolved=now if expected else None, snoozed_until=None,
        outcome="expected" if expected else "", assignee=None, detail={}, owner=routes.owner,
        entity=entity, version=0,
    )  # fmt: skip
    store.add_incident(connection, incident)
    store.add_event(connection, incident.id, "opened", now, text=first.text)
    if expected:
        reasons = sorted({one.reason for one in quiet.values()})
        store.add_event(connection, incident.id, "resolved", now, outcome="expected",
                        reasons=reasons)  # fmt: skip
    return incident, telling.fresh(now)


def _reopened(
    connection: Connection, incident: Incident, told: dict[str, Any], now: datetime
) -> tuple[Incident, dict[str, Any]]:
    store.add_event(connection, incident.id, "reopened", now)
    again = replace(incident, state="open", resolved=None, outcome="")
    return again, telling.fresh(now, "reopened", told["count"])


def _go_on(
    connection: Connection, incident: Incident, case: _GoingOn, routes: Routes, now: datetime
) -> Incident:
    """Let an incident know how far firings that it has went on."""
    told, _ = store.inner_state(connection, incident.id)
    worst = max(case.firings, key=lambda one: one.severity)
    if worst.severity > incident.severity:
        incident = replace(incident, severity=worst.severity, detail=store.detail_of(worst))
    incident = replace(incident, latest=max(incident.latest, *(one.end for one in case.firings)))
    told = {**told, "loud": max(worst.severity, told["loud"] or 0.0), "heard": now.isoformat()}
    if incident.state == "resolved" and (case.freed or telling.is_worse(told)):
        # Somebody was done with it, and not with this.
        incident, again = _reopened(connection, incident, told, now)
        told = {**again, "loud": told["loud"]}
    return keep(connection, _woken(connection, incident, told, now), told, routes, now)


def _woken(
    connection: Connection, incident: Incident, told: dict[str, Any], now: datetime
) -> Incident:
    """Return an incident that got worse: no longer snoozed, and its timeline says so."""
    if incident.state == "resolved" or not telling.is_worse(told):
        return incident
    store.add_event(connection, incident.id, "worse", now, severity=told["loud"])
    if incident.state == "snoozed":
        return replace(incident, state="open", snoozed_until=None)
    return incident


def keep(
    connection: Connection, incident: Incident, told: dict[str, Any], routes: Routes, now: datetime
) -> Incident:
    """Store an incident as it is now, tell what is owed, and note when to look again."""
    incident = replace(incident, changed=now, version=incident.version + 1)
    told = telling.tell(connection, incident, told, routes, now)
    told = {**told, "band": "" if told["loud"] is None else band(told["loud"])}
    store.change_incident(
        connection, incident.id, **{**vars(incident), "told": told, "routes": routes.document(),
                                    "due": telling.next_look(incident, told, routes)},
    )  # fmt: skip
    return incident
