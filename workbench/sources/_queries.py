"""What all databases share: which query to run, and which never to run."""

from __future__ import annotations

import re

from workbench.core.errors import ParameterError, UnknownName, suggest

__all__ = ["check_select", "first_line", "quoted", "select_all"]

_COMMENTS = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)


def check_select(query: str) -> None:
    """Refuse what does not begin like a question; the connection is read-only besides.

    Raises
    ------
    ParameterError
        The query does not begin with SELECT, WITH, VALUES or FROM.
    """
    position = 0
    while match := _COMMENTS.match(query, position):
        position = match.end()
    word = re.match(r"\(*\s*([A-Za-z]+)", query[position:])
    if word is None or word.group(1).upper() not in ("SELECT", "WITH", "VALUES", "FROM"):
        found = (
            query[position:].split(maxsplit=1)[0][:20] if query[position:].strip() else "nothing"
        )
        raise ParameterError(f"A query must begin with SELECT or WITH, found {found!r}.")


def select_all(table: str | None, known: list[str], name: str) -> str:
    """Return the query for a whole table; without a name for the only one there is.

    Raises
    ------
    UnknownName
        There is no such table.
    ParameterError
        No table was named and there are several, or none.
    """
    if table is None:
        if len(known) != 1:
            listed = f"It holds: {', '.join(known[:20])}." if known else "It holds no tables."
            raise ParameterError(f"'{name}': say which table= or query= to read. {listed}")
        table = known[0]
    if table not in known:
        raise UnknownName(
            f"There is no table '{table}' in '{name}'.{suggest(table, known)} "
            f"It holds: {', '.join(known[:20]) or 'nothing'}."
        )
    return f"SELECT * FROM {quoted(table)}"  # noqa: S608 - quoted, and known to exist


def quoted(label: str) -> str:
    """Return an SQL name in quotes.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + label.replace('"', '""') + '"'


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, without its dot."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300].rstrip(".")
