"""What somebody sees of what is kept, and whether they may do what they ask for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table

from workbench.core.errors import NotFound, ParameterError
from workbench.core.registry import KeptData, KeptDetection, KeptModel, KeptReport, SavedView
from workbench.core.stream import Monitor, Stream
from workbench.store import registry as store
from workbench.store.monitors import MONITORS
from workbench.store.paging import Page, page_of
from workbench.store.streams import STREAMS
from workbench.team.access import Identity, allow, may

__all__ = ["check_name", "check_note", "in_utc", "known", "new_id", "pages", "reference", "seen"]

#: What an object of each kind is called in grants, and how its permissions begin.
_KINDS: dict[type, tuple[str, str, Table]] = {
    KeptData: ("dataset", "datasets", store.DATASETS),
    KeptDetection: ("detection", "detections", store.DETECTIONS),
    KeptModel: ("model", "models", store.MODELS),
    SavedView: ("dashboard", "datasets", store.VIEWS),
    KeptReport: ("report", "reports", store.REPORTS),
    Stream: ("stream", "monitors", STREAMS),
    Monitor: ("monitor", "monitors", MONITORS),
}
#: Longest note.
MOST_NOTE = 4000


def new_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_hex(16)


def reference(one: Any) -> str:
    """Return what grants and the audit call an object: "dataset:ID"."""
    return f"{_KINDS[type(one)][0]}:{one.id}"


def _opened_by(one: Any) -> str:
    """Return the object whose grants open this one: results follow their data."""
    return f"dataset:{one.dataset}" if isinstance(one, KeptDetection) else reference(one)


def known(
    connection: Connection,
    who: Identity,
    kind: type[Any],
    id: str,  # noqa: A002
    permission: str = "",
) -> Any:
    """Return an object that somebody may see, and may do something with.

    Parameters
    ----------
    connection : Connection
    who : Identity
    kind : type
        Of the record.
    id : str
    permission : str
        What is to be done; by default seeing it.

    Raises
    ------
    NotFound
        There is none, or none that they may see.
    NotAllowed
        They see it, and may not do that.
    """
    noun, plural, _ = _KINDS[kind]
    one = store.find(connection, kind, id)
    if one is None or not may(who, f"{plural}:read", _opened_by(one), one.owner):
        raise NotFound(f"There is no {noun} '{id[:40]}' that you may see.")
    if permission:
        allow(who, permission, _opened_by(one), one.owner)
    return one


def seen(who: Identity, kind: type[Any]) -> list[ColumnElement[bool]]:
    """Return the condition that somebody may see rows of a kind."""
    noun, _, table = _KINDS[kind]
    if "objects:all" in who.permissions:
        return []
    column = "dataset" if kind is KeptDetection else "id"
    opened = "dataset" if kind is KeptDetection else noun
    objects = [name.partition(":")[2] for name in who.grants if name.partition(":")[0] == opened]
    return [store.within(table, who.user.id, objects, column)]


def pages(
    connection: Connection,
    who: Identity,
    kind: type[Any],
    *,
    where: Sequence[ColumnElement[bool]] = (),
    search: str = "",
    sort: str = "-created",
    limit: int = 50,
    after: str = "",
) -> Page[Any]:
    """Return a part of what somebody may see, in order.

    Parameters
    ----------
    connection : Connection
    who : Identity
    kind : type
    where : sequence of conditions
    search : str
        Part of the name, without regard to case.
    sort : {"name", "created"}
        With "-" before it for descending.
    limit : int
    after : str
        From the page before.

    Raises
    ------
    NotAllowed
        Their role does not see any of these.
    """
    _, plural, table = _KINDS[kind]
    allow(who, f"{plural}:read")
    if sort.removeprefix("-") not in ("name", "created"):
        raise ParameterError(f"sort must be name or created, '-' before it; found {sort[:40]!r}.")
    conditions = [*seen(who, kind), *where]
    if search:
        conditions.append(table.c.name.icontains(search, autoescape=True))
    rows, more, total = page_of(connection, table, conditions, sort=sort, limit=limit, after=after)
    return Page([store.read_as(kind, row) for row in rows], more, total)


def in_utc(name: str, moment: datetime) -> datetime:
    """Return a time in UTC, as databases keep it; ParameterError where it is out of all reason."""
    try:
        plain = moment.astimezone(UTC)
    except OverflowError:
        plain = None
    if plain is None or not 1970 <= plain.year <= 2999:
        raise ParameterError(f"{name} lies between the years 1970 and 2999.")
    return plain


def check_name(name: str) -> str:
    """Return a name without blanks around it; ParameterError where it is none."""
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= 120 or not plain.isprintable():
        raise ParameterError(f"A name has 1 to 120 printable characters, found {len(plain)}.")
    return plain


def check_note(note: str) -> str:
    """Return a note; ParameterError where it is too long."""
    if len(note) > MOST_NOTE:
        raise ParameterError(f"A note has at most {MOST_NOTE:,} characters, found {len(note):,}.")
    return note
