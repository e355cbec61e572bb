"""Reads one sheet of a workbook; runs in the worker."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, LimitExceeded, UnknownName, UnreadableFile, suggest
from workbench.sources import _types
from workbench.sources._dialect import MAX_COLUMNS
from workbench.sources._files import identify, snapshot

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_excel"]

MIB = 1024 * 1024
RATIO, RATIO_FROM = 250, 32 * MIB


def read_excel(
    *, path: str, name: str, limit: int, sheet: str | int | None, coerce: Sequence[str] = ()
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return one sheet; formulas give their stored values, links are not followed."""
    import fastexcel

    data, _ = snapshot(path)
    _check_container(data, name, limit)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = fastexcel.read_excel(data)
            chosen = _choose_sheet(book.sheet_names, sheet, name)
            loaded = book.load_sheet(chosen, schema_sample_rows=None)
            frame = loaded.to_polars() if loaded.width else None
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0][:200]
        raise UnreadableFile(
            f"'{name}' cannot be read as a workbook ({reason}). Save it again in Excel."
        ) from None
    if frame is None or frame.is_empty():
        raise DataError(f"Sheet '{chosen}' of '{name}' holds no rows under a header.")
    if frame.width > MAX_COLUMNS:
        raise LimitExceeded(f"'{name}' has {frame.width:,} columns; {MAX_COLUMNS:,} are allowed.")
    notices = []
    if len(book.sheet_names) > 1 and sheet is None:
        others = ", ".join(repr(s) for s in book.sheet_names[1:6])
        notices.append(f"Sheet '{chosen}' was read; there are also {others}. Pass sheet=.")
    frame = _whole_numbers(_without_empty_rows(frame))
    habits = _types.Habits(None, None, notices, coerce=tuple(coerce))
    _types.check_coerced(frame.columns, habits)
    typed = _types.infer_types(frame, habits)
    return typed, {"notices": notices, "warnings": habits.warnings}


def _without_empty_rows(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _whole_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """Excel knows no whole numbers: take a column without fractions and gaps as such."""
    import polars as pl

    whole = [
        column.name
        for column in frame.iter_columns()
        if column.dtype == pl.Float64
        and column.null_count() == 0
        and bool((column == column.floor()).all())
        and bool((column.abs() < 2**53).all())
    ]
    return frame.with_columns(pl.col(whole).cast(pl.Int64)) if whole else frame


def _choose_sheet(names: list[str], sheet: str | int | None, name: str) -> str:
    if not names:
        raise DataError(f"'{name}' holds no sheets.")
    if sheet is None:
        return names[0]
    if isinstance(sheet, int):
        if not 0 <= sheet < len(names):
            raise UnknownName(f"'{name}' has {len(names)} sheets, counted from 0; found {sheet}.")
        return names[sheet]
    if sheet not in names:
        known = ", ".join(names[:20])
        raise UnknownName(
            f"'{name}' has no sheet '{sheet}'.{suggest(sheet, names)} Sheets: {known}."
        )
    return sheet


def _check_container(data: bytes, name: str, limit: int) -> None:
    """Unpack every part once, counting only, so that a bomb is found before it is parsed."""
    if not data:
        raise DataError(f"'{name}' is empty.")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return  # an old .xls is not packed
    if not data.startswith(b"PK"):
        found = identify(data[:64]) or "something else"
        raise UnreadableFile(f"'{name}' is not an Excel workbook but {found}. Rename it.")
    try:
        size = 0
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if (
                "encryption" in (names := " ".join(archive.namelist()).lower())
                and "xl/" not in names
            ):
                raise UnreadableFile(f"'{name}' is locked with a password.")
            for member in archive.infolist():
                with archive.open(member) as part:
                    while piece := part.read(MIB):
                        size += len(piece)
                        _check_size(size, len(data), name, limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(
            f"'{name}' is a damaged workbook ({error}). Save it again in Excel."
        ) from None


def _check_size(size: int, packed: int, name: str, limit: int) -> None:
    if size > limit or (size > RATIO_FROM and size > RATIO * packed):
        raise LimitExceeded(
            f"'{name}' ({packed / MIB:.1f} MiB) unpacks to more than {size // MIB} MiB, which "
            "looks like a compression bomb. Save the sheet as CSV if you trust it."
        )
