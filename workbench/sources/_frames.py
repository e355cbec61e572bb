"""Turns an Arrow table into the pandas frame that every source promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError, LimitExceeded
from workbench.sources._dialect import MAX_COLUMNS, tidy_names

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["plain_column", "to_frame"]


def to_frame(table: pa.Table, name: str, notices: list[str]) -> pd.DataFrame:
    """Return ``table`` as pandas: few, plain types, unique names, a counting index.

    Raises
    ------
    DataError
        It has no rows or no columns.
    LimitExceeded
        It has too many columns.
    """
    import pandas as pd

    if table.num_columns > MAX_COLUMNS:
        raise LimitExceeded(
            f"'{name}' has {table.num_columns:,} columns; {MAX_COLUMNS:,} are allowed. "
            "Keep the columns you need."
        )
    if not table.num_columns or not table.num_rows:
        what = "columns" if not table.num_columns else "rows"
        raise DataError(f"'{name}' holds no {what}. There is nothing to look at.")
    names, said = tidy_names(table.column_names)
    notices += said
    columns = {}
    for position, label in enumerate(names):
        columns[label] = plain_column(table.column(position), label, notices)
    return pd.DataFrame(columns, copy=False)


def plain_column(values: pa.ChunkedArray, label: str, notices: list[str]) -> pd.Series[Any]:
    """Return one Arrow column as a pandas series of a plain type."""
    import pandas as pd
    import pyarrow as pa

    values = _plain(values, label, notices)
    kind = values.type
    if pa.types.is_integer(kind) and values.null_count:
        _mention_rounding(values, label, notices)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return pd.Series(values.to_numpy().copy(), name=label)
    made: pd.Series[Any] = values.to_pandas()
    if pa.types.is_boolean(kind) and values.null_count:
        return made.astype("boolean")
    return made.astype("str") if pa.types.is_large_string(kind) else made


def _plain(values: pa.ChunkedArray, label: str, notices: list[str]) -> pa.ChunkedArray:
    """Cast an Arrow column to one of: bool, int64, float64, large_string, timestamp."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        return _plain(values, label, notices)
    if pa.types.is_null(kind):
        return values.cast(pa.float64())
    if pa.types.is_integer(kind):
        if kind == pa.uint64() and (pc.max(values).as_py() or 0) >= 2**63:
            return values.cast(pa.float64(), safe=False)
        return values.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return values.cast(pa.float64(), safe=False)
    if pa.types.is_date(kind):
        return _in_microseconds(values.cast(pa.timestamp("ms")))
    if pa.types.is_duration(kind):
        notices.append(f"Column '{label}' holds durations; they were turned into seconds.")
        counts = values.cast(pa.int64()).cast(pa.float64(), safe=False)
        return pc.divide(counts, {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit])
    if pa.types.is_timestamp(kind):
        if kind.tz not in (None, "UTC"):
            values = values.cast(pa.timestamp(kind.unit, "UTC"))
        return values if kind.unit == "ns" else _in_microseconds(values)
    if pa.types.is_boolean(kind) or pa.types.is_large_string(kind):
        return values
    return _as_text(values, label, notices)


def _in_microseconds(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return moments in the unit that pandas likes, if they fit."""
    import pyarrow as pa

    try:
        return values.cast(pa.timestamp("us", values.type.tz))
    except pa.ArrowInvalid:
        return values


def _as_text(values: pa.ChunkedArray, label: str, notices: list[str]) -> pa.ChunkedArray:
    import pyarrow as pa

    kind = values.type
    if (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    ):
        notices.append(f"Column '{label}' holds bytes; they are shown as hexadecimal text.")
        return _mapped(values, lambda item: bytes(item).hex())
    try:
        return values.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        notices.append(f"Column '{label}' holds {kind}; it is kept as text.")
        return _mapped(values, str)


def _mapped(values: pa.ChunkedArray, change: object) -> pa.ChunkedArray:
    import pyarrow as pa

    assert callable(change)
    texts = [None if item is None else change(item) for item in values.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def _mention_rounding(values: pa.ChunkedArray, label: str, notices: list[str]) -> None:
    import pyarrow.compute as pc

    span = pc.min_max(values).as_py()
    if max(abs(span["min"] or 0), abs(span["max"] or 0)) > 2**53:
        notices.append(
            f"Column '{label}' has gaps and very large whole numbers, which were rounded."
        )
