"""What is no Parquet file is written to one first, part by part: each pass then reads it fast."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, StorageFull, WorkbenchError
from workbench.core.progress import Progress
from workbench.preparation.kinds import as_text
from workbench.scaling.parts import Table, parquet_table
from workbench.sources._files import check_file, shown
from workbench.sources.base import scheme_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Spool", "table_of"]

#: Rows of one group in the file.
GROUP_ROWS = 262_144
_PARQUET = (".parquet", ".pq")


class Spool:
    """A temporary folder that goes when it is closed, or with whoever holds it.

    Attributes
    ----------
    file : Path
        Where the table is written.
    untyped : bool
        Whether the source does not say which of its numbers are whole: all of them are kept alike.
    """

    untyped: bool = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="workbench-"))
        self.file = self.folder / "table.parquet"
        self.close = weakref.finalize(self, shutil.rmtree, self.folder, True)

    def write(
        self, batches: Iterable[pa.RecordBatch], progress: Progress, of: Callable[[], float]
    ) -> Path:
        """Write batches of one shape to a file in the folder, and return where it lies.

        Parameters
        ----------
        batches : iterable of pyarrow.RecordBatch
        progress : Progress
        of : callable
            Says which share of the source was read.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        writer, waiting, rows = None, list[Any](), 0
        with _kept():
            try:
                for batch in batches:
                    progress.step(of(), "reading")
                    writer = writer or pq.ParquetWriter(self.file, batch.schema, compression="lz4")
                    waiting.append(batch)
                    rows += batch.num_rows
                    if rows >= GROUP_ROWS:
                        writer.write_table(pa.Table.from_batches(waiting))
                        waiting, rows = [], 0
                if writer is None:
                    raise DataError("The source holds no rows. There is nothing to look at.")
                if waiting:
                    writer.write_table(pa.Table.from_batches(waiting))
            finally:
                if writer is not None:
                    writer.close()
        return self.file

    def write_frame(self, frame: pd.DataFrame) -> Path:
        """Write a frame that is in memory to a file in the folder, and return where it lies."""
        with _kept():
            _storable(frame).to_parquet(self.file, index=False, row_group_size=GROUP_ROWS)
        return self.file


@contextmanager
def _kept() -> Iterator[None]:
    """Say in words of ours why a temporary file cannot be written."""
    try:
        yield
    except WorkbenchError:
        raise
    except OSError as error:
        raise StorageFull.of(error) or DataError(
            f"What was read cannot be kept in a temporary file: {error.strerror or error}."
        ) from error


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns of several kinds are text, as preparation takes them."""
    import pyarrow as pa

    mixed = {}
    for name in frame.columns[[kind.kind == "O" for kind in frame.dtypes]]:
        try:
            pa.array(frame[name], from_pandas=True)
        except pa.ArrowException:
            mixed[name] = as_text(frame[name])
    return frame.assign(**mixed)


def table_of(
    source: Any, options: dict[str, Any], progress: Progress
) -> tuple[Table, Spool | None, tuple[str, ...]]:
    """Return a source as parts, the spool that they lie in (None where there is none), notices.

    Parquet files, and folders of them, are read where they lie. Text tables, SQL and DuckDB are
    written to a spool batch by batch. Anything else is read into memory once, and spooled.

    Raises
    ------
    WorkbenchError
        What is wrong with the source.
    """
    progress.step(0.0, "opening")
    if (paths := _parquet_files(source, options)) is not None:
        return parquet_table(paths, _name(source)), None, ()
    spool = Spool()
    try:
        path, notices = _spooled(source, dict(options), spool, progress)
        table = parquet_table([path], _name(source))
    except BaseException:
        spool.close()
        raise
    return table, spool, notices


def _name(source: Any) -> str:
    from os import PathLike, fsdecode

    if isinstance(source, (str, PathLike)):
        text = fsdecode(source)
        # The address of a database may hold a password.
        return shown(text if scheme_of(text) in ("", "sample") else scheme_of(text)).rpartition(
            "/"
        )[2]
    return "table"


def _parquet_files(source: Any, options: dict[str, Any]) -> list[Path] | None:
    """Return the Parquet files that a source is; None where it is something else."""
    from os import PathLike, fsdecode

    if not isinstance(source, (str, PathLike)) or scheme_of(source):
        return None
    path = Path(fsdecode(source))
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.suffix.lower() in _PARQUET)
        if not found:
            raise DataError(f"The folder '{shown(path.name)}' holds no Parquet files.")
        return found
    return [check_file(path)] if path.suffix.lower() in _PARQUET and not options else None


def _spooled(
    source: Any, options: dict[str, Any], spool: Spool, progress: Progress
) -> tuple[Path, tuple[str, ...]]:
    from workbench.scaling import _batches
    from workbench.sources import _choose, catalog

    chosen = _choose.source_for(source, options.pop("format", None), catalog())
    _choose.check_options(chosen, options)
    reader = _batches.READERS.get(chosen.name)
    if reader is None:
        raw = chosen.read(source, **options)
        return spool.write_frame(raw.frame), raw.notices
    spool.untyped = chosen.name == "csv"
    batches, of, notices = reader(source, options)
    return spool.write(_whole(batches), progress, of), notices


def _whole(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    return (batch for batch in batches if batch.num_rows)
