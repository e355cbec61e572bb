"""Parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse
from workbench.sources.base import RawTable, Source

__all__ = ["Parquet"]


class Parquet(Source):
    """Read a Parquet file fast, and safely: what it claims is checked before it is unpacked.

    Page checksums are verified where the writer made some (pyarrow: ``write_page_checksum``).
    """

    name: ClassVar[str] = "parquet"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def read(self, source: Any, *, columns: Sequence[str] | None = None) -> RawTable:
        """Read the file at ``source``.

        Parameters
        ----------
        source : str or path
            The file.
        columns : sequence of str, optional
            Columns to read; all by default.
        """
        path = check_file(source)
        wanted = None if columns is None else [str(column) for column in columns]
        table, notes = parse("workbench.sources._parquet_reader:read_parquet", path, columns=wanted)
        notices = list(notes["notices"])
        return RawTable(to_frame(table, path.name, notices), path.name, tuple(notices))
