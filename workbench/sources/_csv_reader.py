"""Reads a text table; runs in the worker, so nothing heavy but Polars is imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, LimitExceeded
from workbench.sources import _types
from workbench.sources._csv_slowly import read_slowly, well_quoted
from workbench.sources._decode import to_utf8
from workbench.sources._dialect import Dialect, sniff
from workbench.sources._files import GROWTH, refuse_foreign, snapshot
from workbench.sources._lines import Lines
from workbench.sources._unpack import compression_of, unpack

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_text_table"]

SAMPLE_ROWS = 1000
MAX_CELLS = 2_000_000_000


def read_text_table(
    *,
    path: str,
    name: str,
    limit: int,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    day_first: bool | None = None,
    coerce: Sequence[str] = (),
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the table in a CSV, TSV or text file, and what was noticed."""
    import polars as pl

    def read() -> tuple[bytes, list[str]]:
        return _letters(path, name, limit, encoding)

    data, notices = read()
    whole, data = data, _without_outer_blank_lines(data)
    dialect = sniff(data, name, delimiter, header)
    notices += dialect.notices
    quoted = b'"' in data
    if not quoted and b"\n\n" in data:
        data = _without_blank_lines(data, notices)
    frame = _parse(data, dialect, quoted)
    if frame is None:
        frame = read_slowly(whole, dialect, name)
    elif quoted and frame.width > 1 and b"\n\n" in data:
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.is_empty():
        raise DataError(f"'{name}' has a header but no rows. There is nothing to look at.")
    _mention_short_rows(data, frame, dialect, notices)
    del data, whole
    decimal = decimal or ("," if dialect.delimiter == ";" and _decimal_commas(frame) else None)
    habits = _types.Habits(
        decimal, day_first, notices, coerce=tuple(coerce), place=Lines(read, dialect).of_row
    )
    _types.check_coerced(frame.columns, habits)
    typed = _types.infer_types(frame, habits)
    return typed, {"notices": notices, "warnings": habits.warnings}


def _letters(path: str, name: str, limit: int, encoding: str | None) -> tuple[bytes, list[str]]:
    """Return the text of a file, unpacked, as UTF-8 with plain line ends."""
    data, grew = snapshot(path)
    if compression_of(name):
        data = unpack(data, name, limit=limit)
    refuse_foreign(data[:64], name, "a text table (CSV)")
    if grew:
        data = data[: data.rfind(b"\n") + 1] or data
    data, notices = to_utf8(data, name, encoding)
    return data, [*notices, *((GROWTH,) if grew else ())]


def _without_outer_blank_lines(data: bytes) -> bytes:
    """Strip blank lines at both ends; the last line may keep its end, to spare a copy."""
    if data.startswith(b"\n") or data.endswith(b"\n\n"):
        return data.strip(b"\n")
    return data


def _without_blank_lines(data: bytes, notices: list[str]) -> bytes:
    before = data.count(b"\n")
    while b"\n\n" in data:
        data = data.replace(b"\n\n", b"\n")
    skipped = before - data.count(b"\n")
    notices.append(f"{skipped:,} blank line(s) were skipped.")
    return data


def _decimal_commas(frame: pl.DataFrame) -> bool:
    """Whether some value is plainly written with a decimal comma, as 1,5 is."""
    import polars as pl

    text = frame.head(SAMPLE_ROWS).select(pl.col(pl.String))
    found = text.select(pl.all().str.contains(r"^\s*[+-]?[\d.]*,(\d{1,2}|\d{4,})\s*$").any())
    return any(found.row(0)) if found.width else False


def _parse(data: bytes, dialect: Dialect, quoted: bool) -> pl.DataFrame | None:
    """Parse with Polars, numbers at once where a sample allows it; None where it gives up."""
    import polars as pl

    if not quoted or well_quoted(data, dialect.delimiter):
        layout: dict[str, Any] = {
            "has_header": False,
            "skip_lines": dialect.skip_lines,
            "separator": dialect.delimiter,
            "quote_char": '"' if quoted else None,
            "missing_columns": "insert",
        }
        text = dict.fromkeys(dialect.names, pl.String())
        for direct in (True, False):
            try:
                kinds: dict[str, pl.DataType] = dict(text)
                if direct:
                    sample = pl.read_csv(data, schema=text, n_rows=SAMPLE_ROWS, **layout)
                    kinds |= _types.plain_numbers(sample)
                return pl.read_csv(data, schema=kinds, **layout)
            except pl.exceptions.NoDataError:
                return pl.DataFrame(schema=text)
            except pl.exceptions.PolarsError:
                continue
    return None


def _mention_short_rows(
    data: bytes, frame: pl.DataFrame, dialect: Dialect, notices: list[str]
) -> None:
    expected = (frame.width - 1) * frame.height
    if frame.width * frame.height > MAX_CELLS:
        raise LimitExceeded(f"The table has {frame.height:,} rows of {frame.width:,} columns.")
    found = data.count(dialect.delimiter.encode()) - (frame.width - 1 if dialect.skip_lines else 0)
    if found < expected:
        notices.append(
            f"Some rows are shorter than the header: {expected - found:,} cell(s) or more "
            "were filled as missing."
        )
