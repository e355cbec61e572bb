"""The one gate that every matrix passes before a detector sees it, at fit and at score."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.errors import DataError

__all__ = ["LARGEST", "check_matrix", "check_scores"]

#: Squares and sums of a few thousand columns of this size still fit into a float64.
LARGEST = 1e150


def check_matrix(values: Any, *, columns: int | None = None, min_rows: int = 0) -> np.ndarray:
    """Return ``values`` as a finite float64 matrix, or say which cell cannot be used.

    Parameters
    ----------
    values : array-like of shape (n, d) or pandas.DataFrame
        Numbers or booleans.
    columns : int, optional
        Number of columns that the fitted detector knows.
    min_rows : int
        Fewest rows that make sense.

    Returns
    -------
    numpy.ndarray of shape (n, d), float64, C-contiguous

    Raises
    ------
    DataError
        Wrong number of dimensions or columns, too few rows, text, missing, infinite or
        astronomically large values. The message names the first offending cell.
    """
    names = [str(name) for name in values.columns] if hasattr(values, "columns") else None
    matrix = _as_float(values, names)
    if matrix.ndim != 2:
        raise DataError(
            f"A table of shape (rows, columns) is needed, found {matrix.ndim} dimension(s). "
            "Reshape a single column with values.reshape(-1, 1)."
        )
    rows, width = matrix.shape
    if width == 0:
        raise DataError("The data have no columns to look at. Name at least one feature.")
    if columns is not None and width != columns:
        raise DataError(
            f"The detector was fitted on {columns} columns, found {width}. Give the same columns."
        )
    if rows < min_rows:
        raise DataError(f"At least {min_rows} rows are needed to fit, found {rows}.")
    _refuse_unusable(matrix, names)
    return matrix


def check_scores(scores: Any, rows: int, who: str) -> np.ndarray:
    """Return ``scores`` as float64 of shape (rows,), or raise when one is not finite.

    Raises
    ------
    DataError
        The detector answered with NaN, infinity or the wrong number of scores.
    """
    result = np.asarray(scores, dtype=np.float64).reshape(-1)
    if result.shape[0] != rows:
        raise DataError(f"{who} gave {result.shape[0]} scores for {rows} rows.")
    bad = np.flatnonzero(~np.isfinite(result))
    if bad.size:
        raise DataError(
            f"{who} cannot score {bad.size} of {rows} rows (first: row {bad[0]}): the data are "
            "degenerate for it. Try 'iforest' or 'hbos', or scale the data first."
        )
    return result


def _as_float(values: Any, names: list[str] | None) -> np.ndarray:
    array = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
    if array.dtype.kind in "mM":
        raise DataError("Dates are not numbers. Load the data with wb.load, which encodes them.")
    if array.dtype.kind == "c":
        raise DataError("Complex numbers cannot be scored. Give real and imaginary part apart.")
    if array.dtype.kind not in "OSUT":
        return np.ascontiguousarray(array, dtype=np.float64)
    try:
        return np.ascontiguousarray(array.astype(np.float64))
    except (TypeError, ValueError, OverflowError):
        where = _first_text(array, names)
        raise DataError(
            f"{where} is not a number. Load the data with wb.load, which encodes text."
        ) from None


def _first_text(array: np.ndarray, names: list[str] | None) -> str:
    for position in np.ndindex(array.shape):
        cell: Any = array[position]
        try:
            float(cell)
        except (TypeError, ValueError, OverflowError):
            shown = repr(str(cell) if isinstance(cell, str) else cell)
            shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
            return f"{_cell(position, names)} ({shown})"
    return "A value"


def _cell(position: tuple[int, ...], names: list[str] | None) -> str:
    row = position[0] if position else 0
    if len(position) < 2:
        return f"Row {row}"
    column = f"column '{names[position[1]]}'" if names else f"column {position[1]}"
    return f"Row {row}, {column}"


def _refuse_unusable(matrix: np.ndarray, names: list[str] | None) -> None:
    if matrix.size == 0:
        return
    largest = max(abs(float(matrix.max())), abs(float(matrix.min())))
    if np.isfinite(largest) and largest <= LARGEST:
        return
    with np.errstate(invalid="ignore"):
        usable = np.abs(matrix) <= LARGEST
    row, column = (int(part) for part in np.argwhere(~usable)[0])
    value = matrix[row, column]
    what = "missing" if np.isnan(value) else f"{value:g}"
    count = int((~usable).sum())
    raise DataError(
        f"{_cell((row, column), names)} is {what} ({count} such cells in all). Detectors need "
        f"finite numbers up to {LARGEST:g}: use wb.detect, which fills, encodes and scales."
    )
