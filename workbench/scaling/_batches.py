"""Text tables and databases as Arrow batches, by engines that stream them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, LimitExceeded, ParameterError, UnreadableFile
from workbench.sources._files import check_file, shown

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = ["READERS"]

#: What a reader gives: the batches, a function that says which share was read, notices.
Read = tuple[Iterator["pa.RecordBatch"], Callable[[], float], tuple[str, ...]]

#: Bytes at the head of a text table that say how it is written; bytes of one batch.
HEAD, BLOCK = 4 * 1024**2, 8 * 1024**2
#: Rows that a database is asked for at a time.
ROWS = 100_000
#: Megabytes that DuckDB may take for a query beside what is done with its rows.
DATABASE_MEGABYTES = 512
_TRUE = ["true", "True", "TRUE", "yes", "Yes", "YES"]
_FALSE = ["false", "False", "FALSE", "no", "No", "NO"]


def _text(source: Any, options: dict[str, Any]) -> Read:
    """Read a text table with Arrow, as the head of it is written."""
    path = check_file(os.fspath(source))
    for name in ("day_first", "coerce"):
        if options.get(name):
            raise ParameterError(
                f"'{name}' is not there for tables that are read in parts. Convert the file to "
                "Parquet first, or read it with wb.load."
            )
    head, encoding = _head(path, options.get("encoding"))
    layout, kinds, notices = _layout(path, head, options)
    told = {"part": 0.0}
    size = max(path.stat().st_size, 1)
    return _parsed(path, layout, kinds, encoding, told, size), lambda: told["part"], notices


def _head(path: Path, encoding: str | None) -> tuple[bytes, str]:
    """Return the first whole lines as UTF-8, and what the file is written in."""
    from workbench.sources import _decode

    label = shown(path.name)
    with _opened(path) as file:
        raw = file.read(HEAD)
    if len(raw) == HEAD:
        raw = raw[: raw.rfind(b"\n") + 1] or raw
    if encoding is None:
        encoding = "utf-8" if raw.startswith(b"\xef\xbb\xbf") else _decode._guess(raw, label)
    return _decode.to_utf8(raw, label, encoding)[0], encoding


def _opened(path: Path) -> Any:
    import pyarrow as pa

    if path.suffix.lower() in (".xz", ".zip"):
        raise ParameterError(
            f"'{shown(path.name)}' is packed in a way that is not read in parts. Unpack it, or "
            "pack it with gzip or zstd."
        )
    return pa.input_stream(str(path), compression="detect")


def _layout(
    path: Path, head: bytes, options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    """Return how the table is laid out, and what each column holds, by the house's own reader."""
    import tempfile

    from workbench.sources._csv_reader import read_text_table
    from workbench.sources._dialect import sniff

    label = shown(path.name)
    dialect = sniff(head, label, options.get("delimiter"), options.get("header"))
    with tempfile.NamedTemporaryFile(suffix=".csv") as scratch:
        scratch.write(head)
        scratch.flush()
        typed, _ = read_text_table(
            path=scratch.name,
            name="head.csv",
            limit=64 * HEAD,
            delimiter=dialect.delimiter,
            decimal=options.get("decimal"),
            header=options.get("header"),
        )
    comma = dialect.delimiter == ";" and re.search(rb";\s*[+-]?\d+,\d+", head)
    layout = {
        "delimiter": dialect.delimiter,
        "names": list(dialect.names),
        "skip": dialect.skip_lines,
        "decimal": options.get("decimal") or ("," if comma else "."),
        "quoted": b'"' in head,
    }
    kinds = dict(zip(typed.columns, typed.dtypes, strict=True))
    return layout, kinds, tuple(dialect.notices)


def _parsed(
    path: Path,
    layout: dict[str, Any],
    kinds: dict[str, Any],
    encoding: str,
    told: dict[str, float],
    size: int,
) -> Iterator[pa.RecordBatch]:
    """Yield batches; what the head has as whole numbers is read as such, so long as all are."""
    import pyarrow as pa
    import pyarrow.csv as csv

    from workbench.sources._types import MISSING

    label = shown(path.name)
    schema = pa.schema([(name, _arrow_type(kinds.get(name))) for name in layout["names"]])
    try:
        with _opened(path) as file:
            reader = csv.open_csv(
                file,
                csv.ReadOptions(
                    block_size=BLOCK, skip_rows=layout["skip"], column_names=layout["names"],
                    encoding=encoding,
                ),
                csv.ParseOptions(
                    delimiter=layout["delimiter"], newlines_in_values=layout["quoted"]
                ),
                csv.ConvertOptions(
                    column_types=schema, null_values=MISSING, true_values=_TRUE,
                    false_values=_FALSE, strings_can_be_null=False,
                    decimal_point=layout["decimal"],
                ),
            )  # fmt: skip
            for batch in reader:
                told["part"] = min(told["part"] + batch.nbytes / size / 2, 0.99)
                yield _without_empty(batch)
    except pa.ArrowInvalid as error:
        reason = (str(error).splitlines() or [""])[0][:300].rstrip(".")
        raise UnreadableFile(
            f"'{label}' goes on in another way than it begins: {reason}. The first "
            f"{HEAD // 1024**2} MiB say what its columns hold; mend the line, convert the file to "
            "Parquet, or read it with wb.load."
        ) from None


def _arrow_type(kind: Any) -> Any:
    """Return what Arrow reads a column as; what the head cannot tell is text."""
    import polars as pl
    import pyarrow as pa

    if kind is not None and kind.is_numeric():
        # A whole number may have a fraction further down; float64 holds both up to 2^53.
        return pa.float64()
    if kind == pl.Boolean:
        return pa.bool_()
    if isinstance(kind, pl.Datetime):
        return pa.timestamp("us", kind.time_zone)
    return pa.string()


def _without_empty(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose empty texts are missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for column in batch.columns:
        if pa.types.is_string(column.type):
            column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _sql(source: Any, options: dict[str, Any]) -> Read:
    """Fetch the rows of a query through a cursor of the server's."""
    from workbench.sources.sql import _address, _database_name

    if options.get("query") is not None and options.get("table") is not None:
        raise ParameterError("Pass query= or table=, not both.")
    url, path = _address(source)
    name = path.name if path else _database_name(url)
    place = None if path is None else str(path)
    batches = _fetched(url, place, name, options.get("query"), options.get("table"))
    return batches, lambda: 0.5, ()


def _fetched(
    url: str, path: str | None, name: str, query: str | None, table: str | None
) -> Iterator[pa.RecordBatch]:
    import sqlalchemy as sa
    from sqlalchemy.exc import SQLAlchemyError

    from workbench.sources import _queries, _sql_reader
    from workbench.sources._json_reader import columns_to_frame

    address = sa.make_url(url)
    # Nobody waits for it with a clock: whoever asked may cancel.
    endless = 7 * 86_400.0
    engine = _sql_reader._engine(address, path, time.monotonic() + endless)
    try:
        with engine.connect() as connection:
            _sql_reader._forbid_writing(connection, engine.dialect.name, endless)
            asked = query or _sql_reader._whole_table(connection, table, name)
            _queries.check_select(asked)
            result = connection.execution_options(
                stream_results=True, no_parameters=True
            ).exec_driver_sql(asked)
            if not result.returns_rows:
                raise DataError("The query returned no table. It must be one SELECT.")
            labels = _sql_reader._unique(list(result.keys()))
            kinds = None
            while rows := result.fetchmany(ROWS):
                columns = [[row[place] for row in rows] for place in range(len(labels))]
                frame = columns_to_frame(dict(zip(labels, columns, strict=True)))
                kinds = kinds or _kinds(frame)
                yield from _cast(frame, kinds, name)
            connection.rollback()
    except SQLAlchemyError as error:
        secrets = _sql_reader._secrets(address)
        raise _sql_reader._explained(error, name, endless, secrets) from None
    finally:
        engine.dispose()


def _kinds(frame: Any) -> dict[str, Any]:
    import polars as pl

    wide = {name: pl.Float64() for name, kind in frame.schema.items() if kind == pl.Null}
    return {**dict(frame.schema), **wide}


def _cast(frame: Any, kinds: dict[str, Any], name: str) -> Iterator[pa.RecordBatch]:
    import polars as pl

    try:
        same = frame.cast(kinds)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0][:200].rstrip(".")
        raise DataError(
            f"A column of '{name}' changes its type on the way: {reason}. Say the type in the "
            "query, as in SELECT CAST(flow AS REAL) AS flow."
        ) from None
    yield from same.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


def _duckdb(source: Any, options: dict[str, Any]) -> Read:
    """Let DuckDB hand over batches."""
    from workbench.sources.base import scheme_of

    if options.get("query") is not None and options.get("table") is not None:
        raise ParameterError("Pass query= or table=, not both.")
    if scheme_of(source) == "duckdb":
        source = str(source).partition("://")[2].removeprefix("/")
    path = check_file(source)
    return _asked(path, options.get("query"), options.get("table")), lambda: 0.5, ()


def _asked(path: Path, query: str | None, table: str | None) -> Iterator[pa.RecordBatch]:
    import duckdb

    from workbench.sources._duckdb_reader import asked

    name = shown(path.name)
    try:
        with asked(str(path), name, query, table, megabytes=DATABASE_MEGABYTES) as found:
            yield from found.to_arrow_reader(ROWS)
    except duckdb.OutOfMemoryException as error:
        raise LimitExceeded(
            f"The query on '{name}' takes more than {DATABASE_MEGABYTES} MB by itself. Leave out "
            "what sorts or joins many rows, or write its result to a table first."
        ) from error


READERS: dict[str, Callable[[Any, dict[str, Any]], Read]] = {
    "csv": _text,
    "sql": _sql,
    "duckdb": _duckdb,
}
