"""Views of pages under a name: the page with the query of its address, shared by grants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from workbench.core.errors import ParameterError
from workbench.core.registry import SavedView
from workbench.registry._access import check_name, known, new_id, pages, reference
from workbench.store import registry as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.store.paging import Page
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

__all__ = ["PAGES", "change_view", "find_view", "list_views", "remove_view", "save_view"]

#: Pages whose state is in their address.
PAGES = ("explore", "compare", "investigate", "incidents")
MOST_QUERY = 4000


def save_view(who: Identity, name: str, page: str, query: str, *, by: Doer) -> SavedView:
    """Keep a page's state under a name.

    Raises
    ------
    ParameterError
        No such page, no name, or a query that is too long.
    """
    allow(who, "datasets:read")
    if page not in PAGES:
        raise ParameterError(f"page must be one of {', '.join(PAGES)}, found {page[:40]!r}.")
    if len(query) > MOST_QUERY or not query.isprintable():
        raise ParameterError(f"query has at most {MOST_QUERY:,} printable characters.")
    now = datetime.now(UTC)
    view = SavedView(new_id(), who.user.id, check_name(name), page, query.lstrip("?"), now)
    with writing() as connection:
        store.add(connection, view)
        told = {"name": view.name, "page": page}
        append(connection, by.did("dashboard.create", reference(view), after=told))
    return view


def list_views(who: Identity, **asked: Any) -> Page[SavedView]:
    """Return a part of the views that somebody may see."""
    with reading() as connection:
        return pages(connection, who, SavedView, **asked)


def find_view(who: Identity, view: str) -> SavedView:
    """Return a view by id."""
    with reading() as connection:
        found: SavedView = known(connection, who, SavedView, view)
        return found


def _own(connection: Connection, who: Identity, view: str) -> SavedView:
    """Return a view that somebody may change: their own, or one they were granted to write."""
    one: SavedView = known(connection, who, SavedView, view)
    if one.owner != who.user.id:
        known(connection, who, SavedView, view, "datasets:write")
    return one


def change_view(who: Identity, view: str, name: str, *, by: Doer) -> SavedView:
    """Give a view another name; only whose it is, or who was granted to write."""
    with writing() as connection:
        one = _own(connection, who, view)
        new = replace(one, name=check_name(name))
        store.change(connection, SavedView, view, name=new.name)
        before, after = {"name": one.name}, {"name": new.name}
        append(connection, by.did("dashboard.change", reference(one), before, after))
    return new


def remove_view(who: Identity, view: str, *, by: Doer) -> None:
    """Remove a view."""
    with writing() as connection:
        one = _own(connection, who, view)
        store.drop(connection, SavedView, view)
        append(connection, by.did("dashboard.remove", reference(one), {"name": one.name}))
