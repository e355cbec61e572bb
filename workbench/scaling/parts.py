"""A table cut into parts, each of which can be read by itself, here or elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, UnreadableFile
from workbench.sources._dialect import tidy_names
from workbench.sources._files import check_file, shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["Batch", "ParquetPart", "Part", "Table", "parquet_table"]

#: Rows of one part: enough that opening it costs nothing, few enough to be done again.
PART_ROWS = 1_000_000
#: Beyond this many bytes in a group of rows its pages are read one after the other.
LARGE_GROUP = 256 * 1024**2


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of a table, one after the other.

    Attributes
    ----------
    start : int
        Row number of the first.
    table : pyarrow.RecordBatch or pandas.DataFrame
    """

    start: int
    table: Any

    def __len__(self) -> int:
        return int(self.table.num_rows) if self._arrow else len(self.table)

    @property
    def _arrow(self) -> bool:
        return type(self.table).__module__.partition(".")[0] == "pyarrow"

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self.table.schema.names if self._arrow else self.table.columns)

    def only(self, columns: Sequence[str]) -> Batch:
        """Return the same rows with some of the columns."""
        names = list(columns)
        return Batch(self.start, self.table.select(names) if self._arrow else self.table[names])

    def taken(self, places: np.ndarray) -> Any:
        """Return rows by their places in the batch, as they lie there."""
        return self.table.take(places) if self._arrow else self.table.iloc[places]

    def frame(self) -> pd.DataFrame:
        """Return the rows as every source hands them over."""
        import pandas as pd
        import pyarrow as pa

        from workbench.sources._frames import to_frame

        if self._arrow:
            return to_frame(pa.Table.from_batches([self.table]), "table", [])
        frame = pd.DataFrame(self.table)
        if any(name is not None for name in frame.index.names):
            return frame.reset_index()
        return frame.reset_index(drop=True)

    def numbers(self, name: str) -> np.ndarray | None:
        """Return a column as it lies there, if it holds plain numbers and none is missing."""
        if self._arrow:
            import pyarrow as pa

            column = self.table.column(name)
            kind = column.type
            plain = pa.types.is_float32(kind) or pa.types.is_float64(kind)
            if column.null_count or not (plain or pa.types.is_integer(kind)):
                return None
            found: np.ndarray = column.to_numpy(zero_copy_only=True)
            return found
        import numpy as np

        if name not in self.table.columns:
            return None
        dtype = self.table[name].dtype
        if not (isinstance(dtype, np.dtype) and dtype.kind in "iuf"):
            return None
        values: np.ndarray = self.table[name].to_numpy()
        return values


class Part(ABC):
    """Rows that can be read by themselves, by whoever holds this; small, and pickled."""

    start: int
    rows: int

    @abstractmethod
    def batches(self, columns: Sequence[str] | None, most: int, threads: bool) -> Iterator[Batch]:
        """Read the rows, ``most`` at a time, all columns or those named."""


@dataclass(frozen=True)
class Table:
    """Parts in their order, and the names of their columns."""

    name: str
    names: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(part.rows for part in self.parts)


@dataclass(frozen=True)
class ParquetPart(Part):
    """Some groups of rows of a Parquet file.

    Attributes
    ----------
    path : str
    groups : tuple of int
    start, rows : int
    stored : dict of str to str
        Names in the file, by the names that are used.
    large : bool
        Whether a group is too large to be read at once.
    """

    path: str
    groups: tuple[int, ...]
    start: int
    rows: int
    stored: dict[str, str]
    large: bool

    def batches(self, columns: Sequence[str] | None, most: int, threads: bool) -> Iterator[Batch]:
        """Read the rows; see :meth:`Part.batches`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = list(self.stored if columns is None else columns)
        raw = [self.stored[name] for name in wanted]
        label = shown(Path(self.path).name)
        row = self.start
        try:
            buffered = 1024**2 if self.large else 0
            with pq.ParquetFile(self.path, buffer_size=buffered, pre_buffer=False) as file:
                for batch in file.iter_batches(
                    most, row_groups=list(self.groups), columns=raw, use_threads=threads
                ):
                    if batch.num_rows:
                        # In the order of the file, whatever was asked for.
                        table = batch.select(raw).rename_columns(wanted)
                        yield Batch(row, table)
                        row += batch.num_rows
        except FileNotFoundError:
            raise UnreadableFile(
                f"'{label}' is not where it was, or not to be seen from this worker. Put it where "
                "all workers can read it."
            ) from None
        except (pa.ArrowException, OSError, ValueError) as error:
            if isinstance(error, DataError):
                raise
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise UnreadableFile(
                f"'{label}' is a damaged Parquet file ({reason}). Write or download it again."
            ) from None
        if row != self.start + self.rows:
            raise UnreadableFile(
                f"'{label}' is a damaged Parquet file: it claims {self.rows:,} rows from row "
                f"{self.start:,} on and holds {row - self.start:,}."
            )


def parquet_table(paths: Sequence[Path], name: str) -> Table:
    """Return the parts of one or more Parquet files with the same columns, by their footers.

    Raises
    ------
    UnreadableFile
        One of them is damaged, or no Parquet file.
    DataError
        There are no rows, or the columns differ.
    """
    parts: list[Part] = []
    names: tuple[str, ...] = ()
    start = 0
    for path in paths:
        found, here = _parts_of(path, start)
        if names and here != names:
            raise DataError(
                f"'{shown(path.name)}' has other columns than the files before it. Keep files of "
                "one shape in a folder."
            )
        names = here
        parts += found
        start += sum(part.rows for part in found)
    if not start:
        raise DataError(f"'{shown(name)}' holds no rows. There is nothing to look at.")
    return Table(name, names, tuple(parts))


def _parts_of(path: Path, start: int) -> tuple[list[Part], tuple[str, ...]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from workbench.sources._parquet_reader import _check_ends, _name_index

    path = check_file(path)
    label = shown(path.name)
    _check_ends(str(path), label)
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            claimed, schema = file.metadata, file.schema_arrow
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UnreadableFile(
            f"'{label}' is a damaged Parquet file ({reason}). Write or download it again."
        ) from None
    names, _ = tidy_names(_name_index(schema.empty_table()).column_names)
    stored = dict(zip(names, schema.names, strict=True))
    parts: list[Part] = []
    groups: list[int] = []
    rows, size = 0, 0
    for number in range(claimed.num_row_groups):
        group = claimed.row_group(number)
        if groups and rows + group.num_rows > PART_ROWS:
            parts.append(
                ParquetPart(str(path), tuple(groups), start, rows, stored, size > LARGE_GROUP)
            )
            start, rows, size, groups = start + rows, 0, 0, []
        groups.append(number)
        rows += group.num_rows
        size = max(size, group.total_byte_size)
    if rows:
        parts.append(ParquetPart(str(path), tuple(groups), start, rows, stored, size > LARGE_GROUP))
    return parts, tuple(names)
