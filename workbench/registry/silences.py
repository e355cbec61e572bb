"""Silences of the house: who mutes what, until when, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_

from workbench.alerts.silencing import check_silence, covers
from workbench.core.channel import Silence
from workbench.core.errors import NotFound, ParameterError
from workbench.registry._access import check_note, in_utc, new_id
from workbench.store import channels as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

__all__ = [
    "add_silence", "change_silence", "find_silence", "in_force", "list_silences", "remove_silence",
]  # fmt: skip

#: Silences that a house may have, those that are over left out: each firing is held against them.
MOST = 1000
_PARTS = ("match", "effect", "reason", "start", "until", "cron", "seconds", "dates", "country",
          "zone")  # fmt: skip


def list_silences(
    who: Identity, *, over: bool = False, sort: str = "-created", limit: int = 50, after: str = ""
) -> Page[Silence]:
    """Return a part of the silences; those that are over only where they are asked for."""
    allow(who, "monitors:read")
    if sort.removeprefix("-") != "created":
        raise ParameterError(f"sort is created, '-' before it; found {sort[:40]!r}.")
    until = store.SILENCES.c.until
    where = [] if over else [or_(until.is_(None), until > datetime.now(UTC))]
    with reading() as connection:
        return store.silences_page(connection, where, sort=sort, limit=limit, after=after)


def find_silence(who: Identity, silence: str) -> Silence:
    """Return a silence by id.

    Raises
    ------
    NotFound
        There is none.
    """
    allow(who, "monitors:read")
    return _known(silence)


def _known(silence: str) -> Silence:
    with reading() as connection:
        found = store.find_silence(connection, silence)
    if found is None:
        raise NotFound(f"There is no silence '{silence[:40]}'.")
    return found


def in_force(silence: Silence) -> bool:
    """Return whether a silence holds now."""
    return covers(silence, datetime.now(UTC))


def add_silence(who: Identity, *, by: Doer, **parts: Any) -> Silence:
    """Keep a silence.

    Parameters
    ----------
    who : Identity
    by : Doer
    **parts
        match, effect, reason, start, until, cron, seconds, dates, country, zone: as
        :class:`workbench.core.channel.Silence` has them.

    Raises
    ------
    NotAllowed, ParameterError
    """
    allow(who, "monitors:write")
    usual: dict[str, Any] = {
        "match": {}, "effect": "suppress", "reason": "", "start": None, "until": None, "cron": "",
        "seconds": 0, "dates": [], "country": "", "zone": "UTC",
    }  # fmt: skip
    now = datetime.now(UTC)
    made = _checked(Silence(**usual | parts, id=new_id(), author=who.user.id, created=now))
    with writing() as connection:
        if len(store.every_silence(connection, now)) >= MOST:
            raise ParameterError(f"{MOST:,} silences are the most: remove one first.")
        store.add_silence(connection, made)
        append(connection, by.did("silence.create", f"silence:{made.id}", after=_told(made)))
    return made


def change_silence(who: Identity, silence: str, *, by: Doer, **parts: Any) -> Silence:
    """Change parts of a silence; those that are not named stay.

    Raises
    ------
    NotAllowed, NotFound, ParameterError
    """
    allow(who, "monitors:write")
    was = _known(silence)
    now = _checked(replace(was, **parts))
    with writing() as connection:
        store.change_silence(connection, silence, **{name: getattr(now, name) for name in _PARTS})
        before, after = _told(was), _told(now)
        changed = [name for name in after if before[name] != after[name]]
        told = ({name: one[name] for name in changed} for one in (before, after))
        append(connection, by.did("silence.change", f"silence:{silence}", *told))
    return now


def remove_silence(who: Identity, silence: str, *, by: Doer) -> None:
    """Lift a silence."""
    allow(who, "monitors:write")
    was = _known(silence)
    with writing() as connection:
        store.drop_silence(connection, silence)
        append(connection, by.did("silence.remove", f"silence:{silence}", before=_told(was)))


def _checked(silence: Silence) -> Silence:
    start = None if silence.start is None else in_utc("start", silence.start)
    until = None if silence.until is None else in_utc("until", silence.until)
    silence = replace(silence, start=start, until=until)
    check_note(silence.reason)
    check_silence(silence)
    return silence


def _told(silence: Silence) -> dict[str, Any]:
    told = {name: getattr(silence, name) for name in _PARTS}
    times = {name: told[name].isoformat() for name in ("start", "until") if told[name]}
    return {**told, **times}
