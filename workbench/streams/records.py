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
from workbench.streams.columns import frame_of, numbers_in, texts_of, times_in, word

__all__ = ["Records", "Shape", "canonical", "from_bytes", "to_bytes"]

#: Features that one stream may have.
MOST_FEATURES = 500


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
    frame = frame_of(rows)
    refused = Refused()
    if not len(frame.columns):
        refused.add(len(frame), "A record is empty, or cannot be read.")
        return Canonical(Records.none(len(shape.features)), shape, refused)
    if shape.time not in frame.columns:
        raise DataError(
            f"The records have no column '{shape.time[:80]}' that says when."
            f"{suggest(shape.time, [str(one) for one in frame.columns])}"
        )
    time, there = times_in(frame[shape.time])
    refused.add(int((~there).sum()), f"'{shape.time}' of a record is no time that can be read.")
    if not shape.features:
        shape = replace(shape, features=_numbers_of(frame, shape))
    values = np.full((len(frame), len(shape.features)), np.nan)
    for number, name in enumerate(shape.features):
        if name in frame.columns:
            values[:, number] = numbers_in(frame[name])
    values[~np.isfinite(values)] = np.nan
    empty = np.isnan(values).all(axis=1) & there
    refused.add(int(empty.sum()), "A record has none of the stream's features.")
    whole = there & ~empty
    records = Records(time, texts_of(frame, shape.entity), texts_of(frame, shape.key), values)
    return Canonical(records if whole.all() else records.take(whole), shape, refused)


def _numbers_of(frame: pd.DataFrame, shape: Shape) -> tuple[str, ...]:
    found = []
    for name in frame.columns:
        if name in (shape.time, shape.entity, shape.key):
            continue
        if word(name) == str(name) and np.isfinite(numbers_in(frame[name])).any():
            found.append(str(name))
    if not found:
        raise DataError("The records have no column of numbers to look at.")
    if len(found) > MOST_FEATURES:
        raise DataError(
            f"The records have {len(found)} columns of numbers; name at most {MOST_FEATURES} as "
            "features."
        )
    return tuple(found)


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
