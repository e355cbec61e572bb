"""Reads text tables that a fast parser gets wrong: stray quotes, and errors with line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.core.errors import UnreadableFile
from workbench.sources._dialect import Dialect

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_slowly", "well_quoted"]

CHUNK = 4 * 1024 * 1024
#: Cells that wait as Python objects before they become columns.
PENDING = 1_000_000


def well_quoted(data: bytes, delimiter: str) -> bool:
    r"""Return whether quotes only open and close whole fields, as RFC 4180 wants.

    Fast parsers silently take ``5" pipe`` for the beginning of a quoted text. In a proper file
    every second quote, from the first on, follows the start of a field or another quote, and
    every other one comes before the end of a field or another quote.

    Examples
    --------
    >>> well_quoted(b'a,"b ""c"" d"\n', ","), well_quoted(b'5" pipe,6" pipe\n', ",")
    (True, False)
    """
    import numpy as np

    edge = np.zeros(256, dtype=bool)
    edge[[ord(delimiter), ord("\n"), ord('"')]] = True
    letters = np.frombuffer(data, np.uint8)
    seen = 0
    for start in range(0, len(data), CHUNK):
        places = np.flatnonzero(letters[start : start + CHUNK] == ord('"')) + start
        opening, closing = places[seen % 2 :: 2], places[1 - seen % 2 :: 2]
        before = letters[opening[opening > 0] - 1]
        after = letters[closing[closing < len(data) - 1] + 1]
        if not (edge[before].all() and edge[after].all()):
            return False
        seen += len(places)
    return seen % 2 == 0


def read_slowly(data: bytes, dialect: Dialect, name: str) -> pl.DataFrame:
    """Return the table as text, row by row; quotes inside fields are letters.

    Blank lines are skipped, short rows filled. A space between delimiter and quote is ignored.

    Raises
    ------
    UnreadableFile
        A row is too long, or a quote never closed; the message names the line.
    """
    import polars as pl

    schema = dict.fromkeys(dialect.names, pl.String())
    width = len(dialect.names)
    pieces: list[pl.DataFrame] = []
    rows: list[list[str | None]] = []
    for row in _rows(data, dialect, name):
        rows.append(row + [None] * (width - len(row)))
        if len(rows) * width >= PENDING:
            pieces.append(pl.DataFrame(rows, schema=schema, orient="row"))
            rows = []
    pieces.append(pl.DataFrame(rows, schema=schema, orient="row"))
    return pl.concat(pieces)


def _rows(data: bytes, dialect: Dialect, name: str) -> Iterator[list[str | None]]:
    width = len(dialect.names)
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    before = len(data) - len(data.lstrip(b"\n")) + dialect.skip_lines
    for _ in range(before):
        next(lines, "")
    spaced = f'{dialect.delimiter} "'.encode() in data
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True, skipinitialspace=spaced)
    line = before + 1
    try:
        for row in reader:
            if len(row) > width:
                raise UnreadableFile(
                    f"'{name}' is ragged: line {line} has {len(row)} fields, "
                    f"the first line {width}. Mend that line, or pass delimiter=."
                )
            line = before + reader.line_num + 1
            if row or width == 1:
                yield list(row)
    except csv.Error:
        raise UnreadableFile(
            f"'{name}' has a quote that opens in line {line} and is never closed, or is "
            "followed by letters. Mend that line."
        ) from None
