"""Excel and OpenDocument workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from workbench.sources._files import check_file
from workbench.sources._frames import to_frame
from workbench.sources._isolate import parse
from workbench.sources.base import RawTable, Source

__all__ = ["Excel"]


class Excel(Source):
    """Read one sheet of an Excel or OpenDocument workbook.

    The first row holds the names. Formulas give their stored values; links to other files are
    not followed, macros never run.
    """

    name: ClassVar[str] = "excel"
    suffixes: ClassVar[tuple[str, ...]] = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

    def read(
        self,
        source: Any,
        *,
        sheet: str | int | None = None,
        coerce: Sequence[str] | str = (),
    ) -> RawTable:
        """Read the workbook at ``source``.

        Parameters
        ----------
        source : str or path
            The file.
        sheet : str or int, optional
            Name of the sheet, or its position from 0; the first by default.
        coerce : str or sequence of str, optional
            Columns to read as numbers or dates although some values are neither; those become
            missing, and a notice says how many.
        """
        path = check_file(source)
        table, notes = parse(
            "workbench.sources._excel_reader:read_excel",
            path,
            sheet=sheet,
            coerce=[coerce] if isinstance(coerce, str) else list(coerce),
        )
        notices = list(notes["notices"])
        frame = to_frame(table, path.name, notices)
        return RawTable(frame, path.name, tuple(notices), warnings=dict(notes["warnings"]))
