"""A time column as dates or numbers, whatever it is stored as."""

from __future__ import annotations

import pandas as pd

from workbench.core.errors import DataError
from workbench.preparation.kinds import as_numbers, kind_of

__all__ = ["as_times", "span_days"]


def as_times(column: pd.Series) -> pd.Series:
    """Return a column as dates, or as numbers when it holds plain numbers.

    Raises
    ------
    DataError
        Some cells are neither; the message names the first.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.to_timestamp()
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return column
    if kind_of(column) == "numeric":
        return as_numbers(column)
    times = _parsed(column)
    bad = times.isna() & column.notna()
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise DataError(
            f"Column '{column.name}' is not a time: row {row} holds {column.iloc[row]!r}. "
            "Use dates such as 2026-03-01 10:00, or numbers."
        )
    return times


def _parsed(column: pd.Series) -> pd.Series:
    for options in ({"format": "ISO8601"}, {"format": "mixed"}):
        for utc in (False, True):
            try:
                return pd.to_datetime(column, utc=utc, **options)  # type: ignore[call-overload]
            except (ValueError, TypeError, OverflowError):
                continue
    return pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)


def span_days(times: pd.Series | None) -> float | None:
    """Return the days between the first and the last date, or None where there are no dates."""
    if times is None or not pd.api.types.is_datetime64_any_dtype(times.dtype):
        return None
    known = times.dropna()
    if known.empty:
        return None
    return float((known.max() - known.min()).total_seconds() / 86_400.0)
