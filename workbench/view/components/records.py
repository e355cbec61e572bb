"""Lists what is kept, a page at a time: search, filter, sort, open, pick several and act."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import param

from workbench.view.components import _examples
from workbench.view.components._state import BadWish, ComponentState, Wish
from workbench.view.wording import plural, text

__all__ = ["Asked", "Line", "Part", "RecordsState"]

#: Longest cell.
MOST = 160
#: Most lines that are acted on at once.
MOST_PICKED = 200


@dataclass(frozen=True)
class Asked:
    """What part of a list is wanted.

    Attributes
    ----------
    search, sort, after : str
        ``sort`` names a column, with "-" before it for descending.
    filters : dict of str to str
    """

    search: str = ""
    sort: str = ""
    after: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A line: ``cells`` in the order of the columns; ``href`` leads on, if anywhere."""

    id: str
    cells: Sequence[Any]
    href: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a list: its lines, what to ask with for the next, and how many there are."""

    lines: Sequence[Line]
    next: str
    total: int


class RecordsState(ComponentState):
    """A list whose parts come from elsewhere: it holds one page, never all.

    Parameters
    ----------
    fetch : callable
        Called with :class:`Asked`, returns a :class:`Part`.

    Examples
    --------
    >>> state = RecordsState(lambda asked: Part([Line("1", ["Ada", "admin"])], "", 1))
    >>> state.columns = [{"name": "Name", "key": "name"}, {"name": "Role", "key": ""}]
    >>> state.refresh()
    >>> state.lines[0]["cells"], state.status
    (['Ada', 'admin'], '1 record')
    """

    WIRE = (
        "columns", "lines", "selected", "sort", "page", "more", "status", "search", "filters",
        "actions", "picked", "nouns", "searchable",
    )  # fmt: skip

    nouns = param.List(default=["record", "records"], doc="What a line is: one, and several.")
    columns = param.List(default=[], doc="Columns: name, and key if the list can be sorted by it.")
    lines = param.List(default=[], doc="Visible lines: id, cells in words, href.")
    selected = param.String(default="", doc="Id of the line that is open.")
    sort = param.String(default="", doc="Key that is sorted by, '-' before it for descending.")
    page = param.Integer(default=0, doc="Visible page from 0.")
    more = param.Boolean(default=False, doc="Whether another page follows.")
    status = param.String(default="", doc="How many there are, in words.")
    search = param.String(default="", doc="Text that lines must contain.")
    searchable = param.Boolean(default=True, doc="Whether one can search.")
    filters = param.List(default=[], doc="Filters: key, name, options [value, words], value.")
    actions = param.List(default=[], doc="What can be done with picked lines: key, name, danger.")
    picked = param.List(default=[], doc="Ids of picked lines.")

    def __init__(self, fetch: Callable[[Asked], Part] | None = None, **params: Any) -> None:
        super().__init__(**params)
        self._fetch = fetch or (lambda asked: Part([], "", 0))
        self._ways: list[str] = [""]
        #: Called with the id of a line that is opened, and with action and ids.
        self.on_open: Callable[[str], None] = lambda opened: None
        self.on_act: Callable[[str, list[str]], None] = lambda action, ids: None

    @classmethod
    def example(cls, case: str) -> RecordsState:
        """Return a state for the gallery."""
        people = [
            ("ada", "admin", "yes"), ("ben", "analyst", "yes"), ("cleo", "operator", "yes"),
            ("dan", "viewer", "no"), ("eve", "analyst", "yes"), ("fay", "viewer", "yes"),
        ]  # fmt: skip
        shown = people if case == "many" else people[:2]
        lines = [Line(name, [name, role, active]) for name, role, active in shown]
        state = cls(lambda asked: Part(lines, "next" if case == "many" else "", 27), page=0)
        if _examples.phase(state, case, "Nobody is here yet. Invite somebody."):
            return state
        state.param.update(
            nouns=["person", "people"],
            columns=[{"name": "Name", "key": "name"}, {"name": "Role", "key": ""},
                     {"name": "Active", "key": ""}],
            filters=[{"key": "role", "name": "Role", "value": "",
                      "options": [["", "all"], ["admin", "admin"], ["viewer", "viewer"]]}],
            actions=[{"key": "disable", "name": "Disable", "danger": True}],
            sort="name",
        )  # fmt: skip
        state.refresh()
        state.param.update(selected="ben", picked=["ben"] if case == "few" else [])
        return state

    @property
    def asked_for(self) -> Asked:
        """What part of the list is shown."""
        filters = {one["key"]: one["value"] for one in self.filters if one["value"]}
        return Asked(self.search, self.sort, self._ways[self.page], filters)

    def refresh(self) -> None:
        """Fetch the visible page again."""
        part = self._fetch(self.asked_for)
        del self._ways[self.page + 1 :]
        if part.next:
            self._ways.append(part.next)
        lines = [
            {"id": line.id, "href": line.href, "cells": [text(cell, MOST) for cell in line.cells]}
            for line in part.lines
        ]
        ids = {line["id"] for line in lines}
        self.param.update(
            lines=lines, more=bool(part.next), status=plural(part.total, *self.nouns),
            picked=[one for one in self.picked if one in ids],
        )  # fmt: skip

    def first(self) -> None:
        """Go to the first page and fetch it."""
        self._ways = [""]
        self.param.update(page=0, picked=[])
        self.refresh()

    def _on_search(self, wish: Wish) -> None:
        self.search = wish.words("text", 120).replace("\x00", "")
        self.first()

    def _on_sort(self, wish: Wish) -> None:
        key = wish.words("key")
        if key not in {column["key"] for column in self.columns if column["key"]}:
            raise BadWish(key)
        self.sort = f"-{key}" if self.sort == key else key
        self.first()

    def _on_filter(self, wish: Wish) -> None:
        key, value = wish.words("key"), wish.words("value")
        filters = [dict(one) for one in self.filters]
        for one in filters:
            if one["key"] == key and value in {option[0] for option in one["options"]}:
                one["value"] = value
        self.filters = filters
        self.first()

    def _on_page(self, wish: Wish) -> None:
        page = wish.whole("page")
        if not 0 <= page < len(self._ways):
            raise BadWish("page")
        self.param.update(page=page, picked=[])
        self.refresh()

    def _known(self, ids: Any) -> list[str]:
        if not isinstance(ids, (list, tuple)) or len(ids) > MOST_PICKED:
            raise BadWish("ids")
        here = {line["id"] for line in self.lines}
        return [one for one in ids if isinstance(one, str) and one in here]

    def _on_pick(self, wish: Wish) -> None:
        self.picked = self._known(wish.asked.get("ids"))

    def _on_open(self, wish: Wish) -> None:
        for known in self._known([wish.words("id")]):
            self.selected = known
            self.on_open(known)

    def _on_act(self, wish: Wish) -> None:
        action, ids = wish.words("action"), self._known(wish.asked.get("ids"))
        if ids and action in {one["key"] for one in self.actions}:
            self.on_act(action, ids)
            self.picked = []
