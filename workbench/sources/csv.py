"""Text tables: CSV, TSV, TXT, also compressed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

from workbench.core.errors import ParameterError
from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse
from workbench.sources._unpack import COMPRESSIONS
from workbench.sources.base import RawTable, Source

__all__ = ["Csv"]

_PLAIN = (".csv", ".tsv", ".txt")


class Csv(Source):
    """Read a CSV, TSV or text file as it comes: delimiter, letters, numbers and dates are found.

    Delimiter (comma, semicolon, tab, bar), encoding (UTF-8/16/32 or an old one), decimal comma,
    thousands marks where they are certain, line ends, header, numbers, yes/no and dates are
    worked out from the whole file; what was decided by judgement is among the notices. In
    columns of numbers, dates and yes/no these mean "no value": empty, NA, N/A, NaN, null, None,
    "-", "?"; in text only empty does. ``0x1F`` and ``1_000`` stay text. Whole numbers beyond
    64 bits become floats, numbers beyond 1.8e308 infinite, both with a notice. Compressed files
    (.gz, .zst, .bz2, .xz, and .zip with one file in it) are unpacked up to half the memory cap.
    """

    name: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (
        *_PLAIN,
        *(plain + packed for plain in _PLAIN for packed in COMPRESSIONS),
    )

    def read(
        self,
        source: Any,
        *,
        delimiter: str | None = None,
        encoding: str | None = None,
        decimal: str | None = None,
        header: bool | None = None,
        day_first: bool | None = None,
        coerce: Sequence[str] | str = (),
    ) -> RawTable:
        """Read the file at ``source``.

        Parameters
        ----------
        source : str or path
            The file.
        delimiter : str, optional
            One character between fields.
        encoding : str, optional
            For example "utf-8" or "cp1252".
        decimal : {".", ","}, optional
            Decimal mark.
        header : bool, optional
            Whether the first row holds names.
        day_first : bool, optional
            Whether 03/04/2024 is the third of April.
        coerce : str or sequence of str, optional
            Columns to read as numbers or dates although some values are neither; those become
            missing, and a notice says how many.
        """
        if delimiter is not None and (
            len(delimiter) != 1 or delimiter in '"\n\r' or not delimiter.isascii()
        ):
            raise ParameterError(f"delimiter must be one character, found {delimiter!r}.")
        if decimal not in (None, ".", ","):
            raise ParameterError(f"decimal must be '.' or ',', found {decimal!r}.")
        path = check_file(os.fspath(source))
        table, notes = parse(
            "workbench.sources._csv_reader:read_text_table",
            path,
            delimiter=delimiter,
            encoding=encoding,
            decimal=decimal,
            header=header,
            day_first=day_first,
            coerce=[coerce] if isinstance(coerce, str) else list(coerce),
        )
        notices = list(notes["notices"])
        frame = to_frame(table, path.name, notices)
        return RawTable(frame, path.name, tuple(notices), warnings=dict(notes["warnings"]))
