"""SQL databases, by SQLAlchemy address; SQLite also by its file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

from workbench.core.errors import ParameterError
from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse_database
from workbench.sources.base import RawTable, Source, scheme_of

__all__ = ["Sql"]


class Sql(Source):
    """Read a table or a query from any SQL database, without writing and without waiting forever.

    Addresses are SQLAlchemy's: ``sqlite:///plant.db``, ``postgresql+psycopg://user:pw@host/db``.
    The query runs in the capped worker: what takes longer than ``parse_seconds`` ends with a
    clear error. Passwords never show in messages.
    """

    name: ClassVar[str] = "sql"
    suffixes: ClassVar[tuple[str, ...]] = (".db", ".sqlite", ".sqlite3")
    schemes: ClassVar[tuple[str, ...]] = (
        "sqlite",
        "postgresql",
        "mysql",
        "mariadb",
        "mssql",
        "oracle",
        "snowflake",
        "bigquery",
        "redshift",
        "trino",
        "clickhouse",
    )

    def read(self, source: Any, *, query: str | None = None, table: str | None = None) -> RawTable:
        """Read from the database at ``source``.

        Parameters
        ----------
        source : str or path
            An address, or the path of an SQLite file.
        query : str, optional
            One SELECT.
        table : str, optional
            A whole table, instead of a query; needed only if there are several.
        """
        if query is not None and table is not None:
            raise ParameterError("Pass query= or table=, not both.")
        url, path = _address(source)
        name = path.name if path else _database_name(url)
        found, notes = parse_database(
            "workbench.sources._sql_reader:read_sql", path, name, url=url, query=query, table=table
        )
        notices = list(notes["notices"])
        called = table or (path.stem if path else name)
        return RawTable(to_frame(found, name, notices), called, tuple(notices))


def _address(source: Any) -> tuple[str, Path | None]:
    """Return the address, and the path if it is an SQLite file (which must be there)."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if not scheme_of(source):
        return "sqlite://", check_file(os.fspath(source))
    try:
        url = make_url(str(source))
    except (ArgumentError, ValueError):
        raise ParameterError(
            "This database address cannot be understood. Write it like "
            "dialect+driver://user:password@host/database."
        ) from None
    if url.get_backend_name() != "sqlite":
        return str(source), None
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ParameterError("Name an SQLite file: sqlite:///folder/plant.db.")
    return "sqlite://", check_file(url.database)


def _database_name(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).database or "database"
