"""Rows to records, and lists in pages: what every repository does alike."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from workbench.core.errors import ParameterError

__all__ = ["MOST", "Page", "page_of", "record"]

T = TypeVar("T")
#: Most lines of one page.
MOST = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list.

    Attributes
    ----------
    items : list
    next : str
        What to ask with for the part after it; empty at the end.
    total : int
        How many there are in all parts.
    """

    items: list[T]
    next: str
    total: int


def record(kind: type[T], row: Row[Any], *without: str) -> T:
    """Return a row as a record; SQLite forgets that times are UTC."""
    values = {
        name: value.replace(tzinfo=UTC)
        if isinstance(value, datetime) and value.tzinfo is None
        else value
        for name, value in row._mapping.items()
        if name not in without
    }
    return kind(**values)


def page_of(
    connection: Connection,
    table: Table,
    where: Sequence[ColumnElement[bool]],
    *,
    sort: str,
    limit: int = 50,
    after: str = "",
) -> tuple[list[Row[Any]], str, int]:
    """Return rows in order, what to ask with for more, and how many there are in all.

    Pages do not shift when rows are added: the next one begins after the last row seen.

    Parameters
    ----------
    connection : Connection
    table : Table
        With a column "id" (or "number", or "name") that tells rows apart.
    where : sequence of conditions
    sort : str
        Column, with "-" before it for descending.
    limit : int
        At most :data:`MOST`.
    after : str
        From the page before.

    Raises
    ------
    ParameterError
        ``after`` is none of ours, or ``limit`` is out of range.
    """
    if not 1 <= limit <= MOST:
        raise ParameterError(f"limit must be 1 to {MOST}, found {limit}.")
    key = next(table.c[name] for name in ("id", "number", "name") if name in table.c)
    column, down = table.c[sort.removeprefix("-")], sort.startswith("-")
    total = connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
    conditions = list(where)
    if after:
        value, last = _opened(after, column, key)
        beyond = column < value if down else column > value
        tie = key < last if down else key > last
        conditions.append(or_(beyond, and_(column == value, tie)))
    order = [column.desc(), key.desc()] if down else [column.asc(), key.asc()]
    query = select(table).where(*conditions).order_by(*order).limit(limit + 1)
    rows = list(connection.execute(query))
    more = ""
    if len(rows) > limit:
        rows = rows[:limit]
        end = rows[-1]._mapping
        more = _closed(end[column.name], end[key.name])
    return rows, more, total


def _closed(value: Any, key: Any) -> str:
    told = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([told, key]).encode()).decode("ascii").rstrip("=")


def _opened(after: str, column: Any, key: Any) -> tuple[Any, Any]:
    try:
        raw = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4))
        value, last = json.loads(raw)
        if column.type.python_type is datetime:
            value = datetime.fromisoformat(value)
        fits = isinstance(value, column.type.python_type) and isinstance(last, key.type.python_type)
        if not fits or any(isinstance(part, int) and abs(part) >= 2**62 for part in (value, last)):
            raise ValueError(after)
        "".join(part for part in (value, last) if isinstance(part, str)).encode("utf-8")
    except (ValueError, TypeError, RecursionError) as error:
        raise ParameterError("'after' is not what a page of this list gave as 'next'.") from error
    return value, last
