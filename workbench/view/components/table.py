"""Lists anomalies so that anyone can sort, search and open them, by mouse, key or screen reader."""

from __future__ import annotations

from typing import Any

import param

from workbench.view.components import _examples
from workbench.view.components._state import ComponentState, Wish
from workbench.view.wording import SHAPES, text, value

__all__ = ["TableState"]

PAGE = 12
MOST_COLUMNS = 14
#: What one decides by stands where a narrow table still shows it.
LEADING = ("row", "severity", "band")
OWN = {"severity", "band", "row", "start", "end", "rows", "score"}


class TableState(ComponentState):
    """One page of a table of anomalies, as words; sorting and searching happen here.

    Examples
    --------
    >>> import pandas as pd
    >>> state = TableState()
    >>> state.show(pd.DataFrame({"row": [4, 2], "score": [0.5, 0.9]}))
    >>> [line["row"] for line in state.lines]
    [4, 2]
    """

    WIRE = ("columns", "lines", "selected", "sort", "page", "pages", "status", "search", "nouns")

    nouns = param.List(default=["anomaly", "anomalies"], doc="What a line is: one, and several.")
    columns = param.List(default=[], doc="Columns: name, whether numeric.")
    lines = param.List(default=[], doc="Visible lines: row, cells in words.")
    selected = param.Integer(default=None, allow_None=True, doc="Row of the data that is open.")
    sort = param.Dict(default={}, doc="Sorted column and direction, or empty for severity.")
    page = param.Integer(default=0, doc="Visible page from 0.")
    pages = param.Integer(default=1, doc="Number of pages.")
    status = param.String(default="", doc="How many of how many are listed, in words.")
    search = param.String(default="", doc="Text that lines must contain.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._table: Any = None
        self._visible: Any = None
        self._keep: set[int] | None = None

    @classmethod
    def example(cls, case: str) -> TableState:
        """Return a state for the gallery."""
        state = cls()
        if _examples.phase(state, case, "No anomalies. Lower the threshold to list more rows."):
            return state
        table = _examples.detection("many").anomalies
        state.show(table if case == "many" else table.head(3))
        state.open(int(table["row"].iloc[0]))
        return state

    def show(self, table: Any) -> None:
        """Take the table ``Detection.anomalies``; it needs a column "row"."""
        first = [name for name in LEADING if name in table.columns]
        rest = [name for name in table.columns if name not in (*LEADING, "id")]
        names = [*first, *rest][:MOST_COLUMNS]
        self._table = table[names].reset_index(drop=True)
        self._keep = None
        self.columns = [
            {"name": text(name, 40), "numeric": self._table[name].dtype.kind in "iuf"}
            for name in names
        ]
        self.param.update(sort={}, page=0, search="", phase={})
        self._refresh()

    def keep(self, rows: set[int] | None) -> None:
        """List only anomalies whose row is in ``rows`` (a brushed range); None lists all."""
        self._keep = rows
        self.page = 0
        self._refresh()

    def open(self, row: int | None) -> None:
        """Mark the line of this row and turn to its page; a row that is not listed marks none."""
        self.selected = row
        if self._visible is None or row is None:
            return
        places = (self._visible["row"] == row).to_numpy().nonzero()[0]
        if places.size:
            self.page = int(places[0]) // PAGE
            self._page()

    def neighbour(self, step: int) -> int | None:
        """Return the row of the next or previous line as listed."""
        if self._visible is None or self._visible.empty:
            return None
        rows = [int(row) for row in self._visible["row"]]
        if self.selected not in rows:
            return rows[0] if step > 0 else rows[-1]
        return rows[(rows.index(self.selected) + step) % len(rows)]

    def _on_select(self, wish: Wish) -> None:
        self.open(wish.whole("row"))

    def _on_page(self, wish: Wish) -> None:
        if self._visible is not None:
            self.page = min(max(wish.whole("page"), 0), self.pages - 1)
            self._page()

    def _on_search(self, wish: Wish) -> None:
        self.param.update(search=wish.words("text"), page=0)
        self._refresh()

    def _on_sort(self, wish: Wish) -> None:
        column = wish.whole("column")
        if not 0 <= column < len(self.columns):
            return
        again = self.sort.get("column") == column
        down = not self.sort.get("down") if again else True
        self.param.update(sort={"column": column, "down": down}, page=0)
        self._refresh()

    def _refresh(self) -> None:
        if self._table is None:
            return
        table = self._table
        if self._keep is not None:
            table = table[table["row"].isin(self._keep)]
        if wanted := self.search.strip().casefold():
            words = table.map(lambda item: text(item).casefold())
            hit = words.apply(lambda column: column.str.contains(wanted, regex=False))
            table = table[hit.any(axis=1)]
        if self.sort:
            name = table.columns[self.sort["column"]]
            table = _sorted(table, name, bool(self.sort["down"]))
        self._visible = table
        self.pages = max(1, -(-len(table) // PAGE))
        everything = len(self._table)
        self.status = (
            f"{everything:,d}"
            if len(table) == everything
            else f"{len(table):,d} of {everything:,d}"
        )
        self._page()

    def _page(self) -> None:
        part = self._visible.iloc[self.page * PAGE : (self.page + 1) * PAGE]
        self.lines = [
            {"row": int(line["row"]), "cells": [_cell(name, line[name]) for name in part.columns]}
            for line in part.to_dict("records")
        ]


def _sorted(table: Any, name: Any, down: bool) -> Any:
    try:
        return table.sort_values(name, ascending=not down, kind="stable")
    except TypeError:  # values of several types in one column
        return table.sort_values(
            name, ascending=not down, kind="stable", key=lambda c: c.astype(str)
        )


def _cell(name: Any, item: Any) -> str:
    if name == "band":
        return f"{SHAPES.get(item, '')} {item}"
    return f"{float(item):.0f}" if name == "severity" else value(item)
