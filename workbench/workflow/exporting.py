"""Results out: tables for other tools, and the JSON document that machines read."""

from __future__ import annotations

import csv
import json
import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.core.errors import DataError, ParameterError, WorkbenchError, suggest

if TYPE_CHECKING:
    from workbench.workflow.detection import Detection
    from workbench.workflow.large_detection import LargeDetection

__all__ = [
    "detection_document",
    "export_table",
    "large_document",
    "neutralise",
    "plain",
    "to_json",
    "write_whole",
]

#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: Rows that fit on one Excel sheet, the header included.
_EXCEL_ROWS = 1_048_576
_EXCEL_COLUMNS = 16_384


def export_table(table: pd.DataFrame, path: str | Path) -> Path:
    """Write a table by the ending of the path: .csv, .parquet, .json, .jsonl or .xlsx.

    In CSV and Excel, text cells and column names that a spreadsheet would run as a formula
    get an apostrophe in front; numbers stay numbers. The file appears whole or not at all.

    Raises
    ------
    ParameterError
        The ending is not known.
    DataError
        The file cannot be written, or the table does not fit into the format.
    """
    path = Path(path)
    writers: dict[str, Callable[[pd.DataFrame, Path], None]] = {
        ".csv": _write_csv,
        ".parquet": _write_parquet,
        ".json": _write_json,
        ".jsonl": _write_json_lines,
        ".xlsx": _write_excel,
    }
    ending = path.suffix.lower()
    if ending not in writers:
        known = ", ".join(writers)
        raise ParameterError(
            f"Cannot export to '{path.name}': the ending must be one of {known}."
            f"{suggest(ending, writers)}"
        )
    write_whole(path, lambda scratch: writers[ending](table, scratch))
    return path


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a scratch file beside ``path``, then move it there in one step.

    Raises
    ------
    DataError
        The folder is missing or not writable, or the disk is full; nothing is left behind.
    """
    if path.is_dir():
        raise DataError(f"'{path.name}' is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise DataError(f"The folder '{path.parent.name}' for '{path.name}' does not exist.")
    scratch: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".wb-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        scratch = Path(name)
        write(scratch)
        mask = os.umask(0)
        os.umask(mask)
        scratch.chmod(0o666 & ~mask)
        scratch.replace(path)
    except WorkbenchError:  # of what is written: it says by itself what is wrong
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"Cannot write '{path.name}': {reason}.") from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)


def neutralise(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy in which no text cell or column name can run as a formula."""
    safe = table.copy()
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        if column.dtype == object or isinstance(
            column.dtype, (pd.StringDtype, pd.CategoricalDtype)
        ):
            cells = column.astype(object).map(_neutral, na_action="ignore")
            safe.isetitem(place, cells.to_numpy())
    safe.columns = pd.Index([_neutral(str(name)) for name in table.columns])
    return safe


def _neutral(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _encodable(table: pd.DataFrame) -> pd.DataFrame:
    """Replace lone surrogates, which no file format can hold, by U+FFFD."""

    def mend(cell: Any) -> Any:
        return cell.encode("utf-8", "replace").decode("utf-8") if isinstance(cell, str) else cell

    table = table.set_axis([mend(str(name)) for name in table.columns], axis=1)
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        if column.dtype == object:
            table.isetitem(place, column.map(mend, na_action="ignore").to_numpy())
    return table


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    safe = neutralise(_encodable(table))
    texts = [safe.iloc[:, place] for place in range(safe.shape[1])]
    texts = [text for text in texts if text.dtype == object or text.dtype == "str"]
    # Lone carriage returns are line ends to most readers, and the writer does not quote them.
    torn = any(text.astype(str).str.contains("\r", regex=False).any() for text in texts)
    if torn:
        safe.to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    else:
        safe.to_csv(path, index=False, lineterminator="\n")


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa

    table = _encodable(table)
    try:
        table.to_parquet(path, index=False, engine="pyarrow")
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        # Columns of mixed Python objects have no Arrow type: they are written as text.
        mixed = {name: str for name in table.columns if table[name].dtype == object}
        text = table.astype(mixed).where(table.notna(), None)
        text.to_parquet(path, index=False, engine="pyarrow")


def _write_json(table: pd.DataFrame, path: Path) -> None:
    path.write_text(to_json(_records(table)) + "\n", encoding="utf-8")


def _write_json_lines(table: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        for record in _records(table):
            out.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    table = _encodable(table)
    columns = [[plain(cell) for cell in table[name]] for name in table.columns]
    names = [str(name) for name in table.columns]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _write_excel(table: pd.DataFrame, path: Path) -> None:
    rows, columns = table.shape
    if rows + 1 > _EXCEL_ROWS or columns > _EXCEL_COLUMNS:
        raise DataError(
            f"{rows:,} rows × {columns:,} columns do not fit on an Excel sheet. Export to "
            ".parquet or .csv instead."
        )
    safe = neutralise(_encodable(table))
    for name in safe.columns:  # Excel knows no time zones
        dtype = safe[name].dtype
        if isinstance(dtype, pd.DatetimeTZDtype):
            safe[name] = safe[name].dt.tz_convert("UTC").dt.tz_localize(None)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        safe.to_excel(book, index=False, sheet_name="scores")


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: NaN, infinities and NaT become null, dates ISO text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, (bool, int)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def to_json(value: Any) -> str:
    """Return strict JSON text (no NaN, no infinity)."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, indent=2)


def detection_document(found: Detection) -> dict[str, Any]:
    """Return the document that ``workbench detect --json`` prints (see the published schema)."""
    data = found.dataset
    roles = {role: getattr(data, role) for role in ("time", "label", "entity")}
    document = {
        "format": "workbench.detection/1",
        "data": {
            "name": data.name,
            "kind": data.kind,
            "rows": len(data),
            "features": list(data.features),
            "excluded": data.excluded,
            "fingerprint": data.fingerprint,
            **roles,
        },
        "detector": {"name": found.detector, "params": found.params, "reason": found.reason},
        "threshold": vars(found.threshold),
        "counts": {
            "anomalies": len(found.records),
            "anomalous_rows": int(found.is_anomaly.sum()),
            "bands": found.bands,
        },
        "seconds": found.seconds,
        "notices": list(found.notices),
        "provenance": {key: item for key, item in found.provenance.items() if key != "columns"},
        "anomalies": found.anomalies.to_dict(orient="records"),
    }
    result: dict[str, Any] = plain(document)
    return result


def large_document(found: LargeDetection) -> dict[str, Any]:
    """Return the document that ``--json`` prints of data that were worked on in parts."""
    model = found.model
    document = {
        "format": "workbench.large_detection/1",
        "data": {
            "name": found.name,
            "rows": found.rows,
            "features": list(model.features),
            "time": model.time,
            "label": model.label,
            "entity": model.entity,
        },
        "detector": {"name": found.detector, "params": found.params, "reason": found.reason},
        "how": found.how,
        "engine": found.engine,
        "threshold": vars(found.threshold),
        "counts": {"anomalous_rows": found.flagged},
        "scores": None if found.path is None else str(found.path),
        "seconds": found.seconds,
        "notices": list(found.notices),
        "provenance": {
            key: item
            for key, item in found.provenance.items()
            if key not in ("columns", "how", "engine")
        },
        "anomalies": found.anomalies.to_dict(orient="records"),
    }
    result: dict[str, Any] = plain(document)
    return result
