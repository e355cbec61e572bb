"""Finds the line of a text table that holds a row, as people count who open the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from workbench.sources._dialect import Dialect

__all__ = ["Lines"]


class Lines:
    """Counts lines as an editor does, and as a spreadsheet where that differs.

    Rows of values are counted from 1 without the header, lines with it. Blank lines, which are no
    rows, and fields that go over several lines put the two apart.

    Parameters
    ----------
    read : callable
        Returns the text of the file again (UTF-8); it is called only if somebody asks.
    dialect : Dialect
        How the table is laid out.
    """

    def __init__(self, read: Callable[[], tuple[bytes, list[str]]], dialect: Dialect) -> None:
        self.read = read
        self.dialect = dialect

    def of_row(self, position: int) -> str:
        """Return "row 17 of the data, which is line 18 of the file" for position 16."""
        data, _ = self.read()
        blank = len(data) - len(data.lstrip(b"\n"))
        if b'"' in data or b"\n\n" in data[blank:].rstrip(b"\n"):
            line, sheet = self._counted(data, position)
        else:
            line = sheet = blank + self.dialect.skip_lines + position + 1
        counted = " (its header counted)" if self.dialect.skip_lines else ""
        apart = "" if line == sheet else f", row {sheet:,} in a spreadsheet"
        return (
            f"row {position + 1:,} of the data, which is line {line:,} of the file{apart}{counted}"
        )

    def _counted(self, data: bytes, position: int) -> tuple[int, int]:
        """Return the line that a row begins in, and its row in a spreadsheet."""
        lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
        spaced = f'{self.dialect.delimiter} "'.encode() in data
        reader = csv.reader(lines, delimiter=self.dialect.delimiter, skipinitialspace=spaced)
        keeps_blank = b'"' in data and len(self.dialect.names) == 1
        left = position + bool(self.dialect.skip_lines)
        begins = begun = 0
        for sheet, row in enumerate(reader, start=1):
            begins, begun = begun + 1, reader.line_num
            if row or (keeps_blank and sheet > 1):
                if left == 0:
                    return begins, sheet
                left -= 1
        return begins, sheet
