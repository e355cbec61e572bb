"""Reads from a DuckDB file that cannot reach anything else; whole tables in the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, UnreadableFile
from workbench.sources import _queries

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["asked", "read_duckdb"]

MIB = 1024 * 1024


def read_duckdb(
    *, path: str, name: str, limit: int, query: str | None, table: str | None, patience: float
) -> tuple[pa.Table, dict[str, Any]]:
    """Return the result of ``query``, or the whole ``table``."""
    import duckdb

    try:
        with asked(path, name, query, table, megabytes=max(limit // MIB, 64)) as found:
            return found.to_arrow_table(), {"notices": []}
    except duckdb.OutOfMemoryException:
        raise MemoryError from None


@contextmanager
def asked(
    path: str, name: str, query: str | None, table: str | None, *, megabytes: int
) -> Iterator[Any]:
    """Give what a query finds, or a whole table, while the file is open; it can reach nothing else.

    Raises
    ------
    UnreadableFile, DataError
        It is no such file, or the query is none that only reads. Too little memory is DuckDB's own
        error.
    """
    import duckdb

    closed = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
        "memory_limit": f"{megabytes}MB",
        "threads": "2",
        "lock_configuration": "true",
    }
    try:
        with duckdb.connect(path, read_only=True, config=dict(closed)) as connection:
            if query is None:
                rows = connection.sql(
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
                ).fetchall()
                query = _queries.select_all(table, [str(row[0]) for row in rows], name)
            _queries.check_select(query)
            found = connection.sql(query)
            if found is None:
                raise DataError("The query returned no table. It must be one SELECT.")
            yield found
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.IOException, duckdb.SerializationException) as error:
        reason = _queries.first_line(error).replace(path, name)
        raise UnreadableFile(
            f"'{name}' cannot be opened as a DuckDB database ({reason})."
        ) from None
    except duckdb.Error as error:
        raise DataError(f"The query on '{name}' failed: {_queries.first_line(error)}.") from None
