"""What kind of values a column holds, whatever its dtype says."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

__all__ = ["ColumnKind", "as_numbers", "as_text", "holds_texts", "kind_of"]

ColumnKind = Literal["numeric", "boolean", "category", "date", "text", "empty", "nested"]

#: A text column counts as numeric when at least this share of its cells are numbers.
NUMERIC_SHARE = 0.9
#: Text with more distinct values than this, and mostly unique, is prose or keys.
MOST_CATEGORIES = 50


def kind_of(column: pd.Series) -> ColumnKind:
    """Return the kind of a column from its values.

    Parameters
    ----------
    column : pandas.Series
        Any dtype.

    Examples
    --------
    >>> kind_of(pd.Series(["1.5", "2", "n/a", *["3"] * 20]))
    'numeric'
    """
    dtype = column.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return "date"
    present = column.dropna()
    if present.empty:
        return "empty"
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return "numeric"
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    return _kind_of_objects(present)


def _kind_of_objects(present: pd.Series) -> ColumnKind:
    first = present.iloc[0]
    if isinstance(first, (list, dict, set, tuple, np.ndarray)):
        return "nested"
    if all(isinstance(cell, (bool, np.bool_)) for cell in present.head(200)):
        return "boolean" if present.map(lambda c: isinstance(c, (bool, np.bool_))).all() else "text"
    if as_numbers(present).notna().mean() >= NUMERIC_SHARE:
        return "numeric"
    distinct = as_text(present).nunique()
    if distinct > MOST_CATEGORIES and distinct > 0.5 * len(present):
        return "text"
    return "category"


def holds_texts(column: pd.Series, *, repeated: bool = False) -> bool:
    """Tell whether a column holds texts: its typical cell has more than two words.

    Parameters
    ----------
    column : pandas.Series
    repeated : bool
        Whether the same ones may come again and again, as lines of a log do; else these are
        categories.

    Examples
    --------
    >>> lines = pd.Series(["the disk is full", "fan 3 is slow"] * 50)
    >>> holds_texts(lines), holds_texts(lines, repeated=True)
    (False, True)
    """
    kind = kind_of(column)
    if kind not in ("text", "category"):
        return False
    present = as_text(column.dropna())
    if kind == "category" and not (repeated or present.is_unique):
        return False
    return bool(present.map(lambda cell: len(cell.split())).median() > 2)


def as_numbers(column: pd.Series) -> pd.Series:
    """Return a column as float64; cells that are not numbers become NaN."""
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        return column.dt.total_seconds()
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        # Seconds since 1970; NaT has no number.
        zoneless = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz else column
        seconds = zoneless.astype("datetime64[us]").astype("int64") / 1e6
        return seconds.where(column.notna()).astype("float64")
    if column.dtype == object:
        column = column.map(_plain_number)
    numbers = pd.to_numeric(column, errors="coerce")
    return pd.Series(
        numbers.to_numpy(dtype="float64", na_value=np.nan), index=column.index, name=column.name
    )


def _plain_number(cell: object) -> object:
    """Make one object cell digestible for pandas: whole numbers beyond int64 become floats."""
    if isinstance(cell, int):
        try:
            return float(cell)
        except OverflowError:
            return float("inf") if cell > 0 else float("-inf")
    return cell if isinstance(cell, (float, str, np.number)) else None


def as_text(column: pd.Series) -> pd.Series:
    """Return a column as text; missing cells stay missing."""
    text = column.astype("object")
    return text.where(text.isna(), text.map(str)).astype("object")
