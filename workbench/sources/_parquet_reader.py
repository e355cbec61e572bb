"""Reads a Parquet file with its claims checked first; runs in the worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import ColumnError, DataError, LimitExceeded, UnreadableFile, suggest
from workbench.sources._dialect import MAX_COLUMNS
from workbench.sources._files import identify

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["read_parquet"]

GIB = 1024**3
BATCH_ROWS = 65_536
#: Bytes that a cell takes at least, once it is a plain column.
CELL_BYTES = 8


def read_parquet(
    *, path: str, name: str, limit: int, columns: list[str] | None
) -> tuple[pa.Table, dict[str, Any]]:
    """Return the table; page checksums are verified where the writer made some."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _check_ends(path, name)
    try:
        with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as file:
            wanted = _check_claims(file, name, limit, columns)
            table = _in_batches(file, name, limit, wanted)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, (DataError, LimitExceeded)):
            raise
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise UnreadableFile(
            f"'{name}' is a damaged Parquet file ({reason}). Write or download it again."
        ) from None
    return _name_index(table), {"notices": []}


def _check_ends(path: str, name: str) -> None:
    with Path(path).open("rb") as file:
        head = file.read(64)
        file.seek(max(0, Path(path).stat().st_size - 4))
        tail = file.read(4)
    if not head:
        raise DataError(f"'{name}' is empty.")
    if head[:4] == b"PARE":
        raise UnreadableFile(f"'{name}' is encrypted. Decrypt it first.")
    if head[:4] != b"PAR1":
        found = identify(head) or "something else"
        raise UnreadableFile(f"'{name}' is not a Parquet file but {found}. Rename it.")
    if tail != b"PAR1":
        raise UnreadableFile(
            f"'{name}' is a damaged Parquet file: its end is missing. Write or download it again."
        )


def _check_claims(
    file: pq.ParquetFile, name: str, limit: int, columns: list[str] | None
) -> list[str]:
    """Refuse by the footer alone what can never fit; return the columns to read."""
    schema, claimed = file.schema_arrow, file.metadata
    if len(schema.names) > MAX_COLUMNS:
        raise LimitExceeded(
            f"'{name}' has {len(schema.names):,} columns; {MAX_COLUMNS:,} are allowed. "
            "Write the columns you need to another file."
        )
    for column in columns or ():
        if column not in schema.names:
            raise ColumnError(
                f"Column '{column}' is not in '{name}'.{suggest(column, schema.names)}"
            )
    wanted = list(columns or schema.names)
    groups = [claimed.row_group(index).num_rows for index in range(claimed.num_row_groups)]
    if claimed.num_rows < 0 or sum(groups) != claimed.num_rows or min(groups, default=0) < 0:
        raise UnreadableFile(f"'{name}' is a damaged Parquet file: its row counts disagree.")
    size = claimed.num_rows * max(len(wanted), 1) * CELL_BYTES
    if size > 2 * limit:
        raise LimitExceeded(
            f"'{name}' claims {claimed.num_rows:,} rows of {len(wanted):,} column(s), which need "
            f"{size / GIB:,.1f} GiB of memory or more. Read fewer columns (columns=), or raise "
            "WORKBENCH_PARSE_MEMORY if you trust it."
        )
    return wanted


def _in_batches(file: pq.ParquetFile, name: str, limit: int, wanted: list[str]) -> pa.Table:
    import pyarrow as pa

    batches, size = [], 0
    rows = max(1024, min(BATCH_ROWS, 2_000_000 // max(len(wanted), 1)))
    for batch in file.iter_batches(batch_size=rows, columns=wanted, use_threads=True):
        size += batch.nbytes
        if size > 2 * limit:
            raise LimitExceeded(
                f"'{name}' needs more than {2 * limit / GIB:.1f} GiB of memory to read. Read fewer "
                "columns (columns=), or raise WORKBENCH_PARSE_MEMORY if you trust it."
            )
        batches.append(batch)
    found = sum(batch.num_rows for batch in batches)
    if found != file.metadata.num_rows:
        raise UnreadableFile(
            f"'{name}' is a damaged Parquet file: it claims {file.metadata.num_rows:,} rows "
            f"and holds {found:,}."
        )
    if not batches:
        raise DataError(f"'{name}' has columns but no rows. There is nothing to look at.")
    return pa.Table.from_batches(batches)


def _name_index(table: pa.Table) -> pa.Table:
    """Give the nameless index that pandas writes a name people understand."""
    import pyarrow as pa

    hidden = "__index_level_0__"
    if hidden not in table.column_names:
        return table
    timed = pa.types.is_timestamp(table.schema.field(hidden).type)
    better = "time" if timed and "time" not in table.column_names else "index"
    return table.rename_columns([better if n == hidden else n for n in table.column_names])
