"""What others send, read column by column: times, numbers and words, whatever they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.core.errors import DataError

__all__ = ["frame_of", "numbers_in", "texts_of", "times_in", "word"]

#: Characters of an entity or a key.
LONGEST = 200
#: Times that are believed: between 1900 and 2200, in microseconds since 1970.
_FIRST, _LAST = -2_208_988_800_000_000, 7_258_118_400_000_000


def frame_of(rows: Any) -> pd.DataFrame:
    """Return records as a frame; those without any field are rows of it all the same.

    Parameters
    ----------
    rows : iterable of mappings, pandas.DataFrame or pyarrow.Table

    Raises
    ------
    DataError
        Two columns have the same name.
    """
    frame = rows.to_pandas() if isinstance(rows, pa.Table) else rows
    if not isinstance(frame, pd.DataFrame):
        told = list(rows)
        try:
            frame = pd.DataFrame.from_records(told, index=range(len(told)) if any(told) else None)
        except UnicodeError:  # half a pair of surrogates, as JSON can say it
            told = [{word(name): _clean(value) for name, value in row.items()} for row in told]
            frame = pd.DataFrame.from_records(told)
        if not len(frame.columns):
            frame = pd.DataFrame(index=range(len(told)))
    if not frame.columns.is_unique:
        raise DataError("Two columns of the records have the same name.")
    return frame


def _clean(value: Any) -> Any:
    return word(value) if isinstance(value, (str, list, Mapping)) else value


def times_in(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return microseconds since 1970, and which of them are times.

    Numbers are seconds, milliseconds, microseconds or nanoseconds, by their size.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _read(column)
    numbers = _coerced(column)
    time, there = _counted(numbers)
    text = np.isnan(numbers) & column.notna().to_numpy()
    if text.any():  # some say it in numbers, and some in words
        time[text], there[text] = _read(column[text].astype(str), "ISO8601")
    return time, there


def _read(column: pd.Series, form: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    read = pd.to_datetime(column, errors="coerce", utc=True, format=form)
    there = read.notna().to_numpy()
    time = read.fillna(pd.Timestamp(0, tz="UTC")).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return time, there & (time > _FIRST) & (time < _LAST)


def _counted(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return times that are given as numbers: their size says which unit they are in."""
    usual = np.nanmedian(np.abs(numbers)) if np.isfinite(numbers).any() else 0.0
    factor = 1e6 if usual < 1e11 else 1e3 if usual < 1e14 else 1.0 if usual < 1e17 else 1e-3
    micro = np.round(numbers * factor)
    there = np.isfinite(micro) & (micro > _FIRST) & (micro < _LAST)
    return np.where(there, micro, 0).astype(np.int64), there


def numbers_in(column: pd.Series) -> np.ndarray:
    """Return the numbers of a column; NaN for what is none, or too large to be one."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.full(len(column), np.nan)
    return _coerced(column)


def _coerced(column: pd.Series) -> np.ndarray:
    try:
        read = pd.to_numeric(column, errors="coerce")
    except (OverflowError, TypeError, ValueError):
        read = column.map(_number)
    return np.array(read.to_numpy(dtype=float, na_value=np.nan))


def _number(told: Any) -> float:
    try:
        return float(told)
    except (OverflowError, TypeError, ValueError):
        return np.nan


def texts_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as text: few different texts are kept once each."""
    if not name or name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    try:
        codes, known = pd.factorize(frame[name])
    except TypeError:  # lists and mappings
        codes, known = pd.factorize(frame[name].map(word, na_action="ignore"))
    texts = np.array([*(word(one) for one in known), ""], dtype=object)
    return texts[codes]


def word(told: Any) -> str:
    """Return text that can be kept.

    A whole number is the same text beside gaps, which make it float.

    Examples
    --------
    >>> word(7.0), word("pump")
    ('7', 'pump')
    """
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    return str(told)[:LONGEST].encode("utf-8", "replace").decode()
