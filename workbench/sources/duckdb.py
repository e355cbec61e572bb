"""DuckDB files."""

from __future__ import annotations

from typing import Any, ClassVar

from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse_database
from workbench.sources.base import RawTable, Source, scheme_of

__all__ = ["DuckDB"]


class DuckDB(Source):
    """Read a table or a query from a DuckDB file, read-only and cut off from other files.

    Addresses: ``plant.duckdb`` or ``duckdb:///plant.duckdb``.
    """

    name: ClassVar[str] = "duckdb"
    suffixes: ClassVar[tuple[str, ...]] = (".duckdb", ".ddb")
    schemes: ClassVar[tuple[str, ...]] = ("duckdb",)

    def read(self, source: Any, *, query: str | None = None, table: str | None = None) -> RawTable:
        """Read from the database at ``source``.

        Parameters
        ----------
        source : str or path
            The file.
        query : str, optional
            One SELECT.
        table : str, optional
            A whole table, instead of a query; needed only if there are several.
        """
        if scheme_of(source) == "duckdb":
            source = str(source).partition("://")[2].removeprefix("/")
        path = check_file(source)
        found, notes = parse_database(
            "workbench.sources._duckdb_reader:read_duckdb",
            path,
            path.name,
            query=query,
            table=table,
        )
        notices = list(notes["notices"])
        return RawTable(to_frame(found, path.name, notices), table or path.stem, tuple(notices))
