"""Records as they come, made into columns: when, about what, which, and the numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.core.errors import DataError, ParameterError, suggest

__all__ = ["Records", "Shape", "canonical", "from_bytes", "to_bytes"]

#: Features that one stream may have, and characters of an entity or a key.
MOST_FEATURES, LONGEST = 500, 200
#: Times that numbers can mean: seconds, milliseconds, microseconds, nanoseconds since 1970.
_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_FIRST, _LAST = -2_208_988_800_000_000, 7_258_118_400_000_000  # 1900 and 2200, in microseconds


@dataclass(frozen=True)
class Shape:
    """What the columns of a stream's records mean.

    Attributes
    ----------
    time : str
        Column that says when it happened.
    entity : str
        Column that says what it is about; "" where there is one thing only.
    key : str
        Column that tells records apart; "" for time and entity.
    features : tuple of str
        Columns with numbers; empty: all numbers of the first records.
    lateness : float
        Seconds that a record may come after others that happened later.
    """

    time: str = "time"
    entity: str = ""
    key: str = ""
    features: tuple[str, ...] = ()
    lateness: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(self.features))
        if not self.time:
            raise ParameterError("A stream needs the name of the column that says when: time.")
        if not 0.0 <= self.lateness <= 7 * 86_400:
            raise ParameterError(
                f"lateness must lie between 0 s and a week, found {self.lateness:g}."
            )
        if len(self.features) > MOST_FEATURES:
            raise ParameterError(
                f"A stream has at most {MOST_FEATURES} features, found {len(self.features)}."
            )
        if len(set(self.features)) < len(self.features):
            raise ParameterError("A feature is named twice.")


@dataclass(frozen=True)
class Records:
    """n records with d features, in the order in which they came.

    Attributes
    ----------
    time : numpy.ndarray of shape (n,)
        Microseconds since 1970 (UTC), ``int64``.
    entity, key : numpy.ndarray of shape (n,)
        Text.
    values : numpy.ndarray of shape (n, d)
        NaN where a value is missing.
    """

    time: np.ndarray
    entity: np.ndarray
    key: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    def take(self, which: Any) -> Records:
        """Return some of them, by a mask or by positions."""
        return Records(self.time[which], self.entity[which], self.key[which], self.values[which])

    @classmethod
    def none(cls, features: int) -> Records:
        """Return no records."""
        text = np.empty(0, dtype=object)
        return cls(np.empty(0, np.int64), text, text.copy(), np.empty((0, features)))

    @classmethod
    def join(cls, parts: Sequence[Records]) -> Records:
        """Return several after one another; at least one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            *(np.concatenate([getattr(one, name) for one in parts]) for name in (
                "time", "entity", "key", "values",
            ))
        )  # fmt: skip


@dataclass
class Refused:
    """Records that could not be used.

    Attributes
    ----------
    count : int
    reason : str
        Of the first one.
    """

    count: int = 0
    reason: str = ""

    def add(self, count: int, reason: str) -> None:
        """Count some."""
        if count and not self.count:
            self.reason = reason
        self.count += count


@dataclass(frozen=True)
class Canonical:
    """What became of some records.

    Attributes
    ----------
    records : Records
    shape : Shape
        With the features that were found, where none were named.
    refused : Refused
    """

    records: Records
    shape: Shape
    refused: Refused = field(default_factory=Refused)


def canonical(
    rows: Iterable[Mapping[str, Any]] | pd.DataFrame | pa.Table, shape: Shape
) -> Canonical:
    """Return records in columns; one that has no time that can be read is left out, and counted.

    Parameters
    ----------
    rows : iterable of mappings, pandas.DataFrame or pyarrow.Table
    shape : Shape

    Raises
    ------
    DataError
        None of them has the column of time, or no numbers are found where features are not named.
    """
    frame = _frame(rows)
    if frame.empty:
        return Canonical(Records.none(len(shape.features)), shape)
    refused = Refused()
    if shape.time not in frame.columns:
        raise DataError(
            f"The records have no column '{shape.time[:80]}' that says when."
            f"{suggest(shape.time, [str(one) for one in frame.columns])}"
        )
    time, there = _times(frame[shape.time])
    refused.add(int((~there).sum()), f"'{shape.time}' of a record is no time that can be read.")
    if not shape.features:
        shape = replace(shape, features=_numbers_of(frame, shape))
    values = np.full((len(frame), len(shape.features)), np.nan)
    for number, name in enumerate(shape.features):
        if name in frame.columns:
            values[:, number] = _numbers(frame[name])
    values[~np.isfinite(values)] = np.nan
    empty = np.isnan(values).all(axis=1) & there
    refused.add(int(empty.sum()), "A record has none of the stream's features.")
    whole = there & ~empty
    records = Records(time, _texts(frame, shape.entity), _texts(frame, shape.key), values)
    return Canonical(records if whole.all() else records.take(whole), shape, refused)


def _frame(rows: Any) -> pd.DataFrame:
    if isinstance(rows, pa.Table):
        return rows.to_pandas()
    return rows if isinstance(rows, pd.DataFrame) else pd.DataFrame.from_records(list(rows))


def _times(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return microseconds, and which of them are times."""
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return _counted(column.to_numpy(dtype=float, na_value=np.nan))
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        numbers = pd.to_numeric(column, errors="coerce")
        if numbers.notna().all():
            return _counted(numbers.to_numpy(dtype=float))
    read = pd.to_datetime(column, errors="coerce", utc=True, format=_format(column))
    there = read.notna().to_numpy()
    time = read.fillna(pd.Timestamp(0, tz="UTC")).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return time, there & (time > _FIRST) & (time < _LAST)


def _format(column: pd.Series) -> str | None:
    return None if pd.api.types.is_datetime64_any_dtype(column.dtype) else "ISO8601"


def _counted(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return times that are given as numbers: their size says which unit they are in."""
    usual = np.nanmedian(np.abs(numbers)) if np.isfinite(numbers).any() else 0.0
    factor = 1e6 if usual < 1e11 else 1e3 if usual < 1e14 else 1.0 if usual < 1e17 else 1e-3
    micro = np.round(numbers * factor)
    there = np.isfinite(micro) & (micro > _FIRST) & (micro < _LAST)
    return np.where(there, micro, 0).astype(np.int64), there


def _numbers_of(frame: pd.DataFrame, shape: Shape) -> tuple[str, ...]:
    found = []
    for name in frame.columns:
        if name in (shape.time, shape.entity, shape.key):
            continue
        if np.isfinite(_numbers(frame[name])).any():
            found.append(str(name))
    if not found:
        raise DataError("The records have no column of numbers to look at.")
    if len(found) > MOST_FEATURES:
        raise DataError(
            f"The records have {len(found)} columns of numbers; name at most {MOST_FEATURES} as "
            "features."
        )
    return tuple(found)


def _numbers(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.full(len(column), np.nan)
    read = pd.to_numeric(column, errors="coerce")
    return np.asarray(read.to_numpy(dtype=float, na_value=np.nan))


def _texts(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as text: few different texts are kept once each."""
    if not name or name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    codes, known = pd.factorize(frame[name])
    texts = np.array([*(str(one)[:LONGEST] for one in known), ""], dtype=object)
    return texts[codes]


# ---- kept -------------------------------------------------------------------------------------


def to_bytes(records: Records) -> bytes:
    """Return records as bytes to keep (Arrow, compressed)."""
    columns: dict[str, Any] = {"time": pa.array(records.time, pa.int64())}
    for name in ("entity", "key"):
        column = pa.array(getattr(records, name), pa.string())
        columns[name] = column.dictionary_encode() if name == "entity" else column
    for number in range(records.values.shape[1]):
        columns[f"{number}"] = pa.array(np.ascontiguousarray(records.values[:, number]))
    table = pa.table(columns)
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd" if len(records) > 50 else None)
    with pa.ipc.new_stream(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


def from_bytes(told: bytes) -> Records:
    """Return records that were kept."""
    with pa.ipc.open_stream(told) as reader:
        table = reader.read_all()
    width = table.num_columns - 3
    values = np.empty((table.num_rows, width))
    for number in range(width):
        values[:, number] = table.column(f"{number}").to_numpy()
    entity, key = (
        table.column(name).to_pandas().to_numpy(dtype=object) for name in ("entity", "key")
    )
    return Records(table.column("time").to_numpy(), entity, key, values)
