"""Objects that are in memory already."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.core.errors import DataError, ParameterError
from workbench.sources._dialect import tidy_names
from workbench.sources.base import RawTable, Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Memory"]


class Memory(Source):
    """Take a DataFrame, Series, Polars, Arrow or NumPy object, a dict, a list of dicts or of texts.

    A pandas index that is more than a count becomes a column if it is named or holds times
    (then called "time"); else it stays the index. The frame is copied lazily: what you passed
    is never changed. NumPy columns are called ``x1``, ``x2``, ….
    """

    name: ClassVar[str] = "memory"

    def accepts(self, source: Any) -> bool:
        """Return whether ``source`` is one of the objects above."""
        if isinstance(source, (str, bytes, os.PathLike)):
            return False
        return _kind(source) != ""

    def read(self, source: Any, *, name: str = "table") -> RawTable:
        """Take the object, and call it ``name``."""
        kind = _kind(source)
        if not kind:
            raise ParameterError(
                f"An object of type {type(source).__name__} is not a table. Pass a DataFrame, "
                "an array, a dict of columns or a list of dicts."
            )
        notices: list[str] = []
        frame = _TAKERS[kind](source, name, notices)
        if not len(frame) or not frame.shape[1]:
            what = "rows" if frame.shape[1] else "columns"
            raise DataError(f"'{name}' holds no {what}. There is nothing to look at.")
        names, said = tidy_names(list(frame.columns))
        if list(frame.columns) != list(names):
            frame.columns = list(names)
        return RawTable(frame, name, (*notices, *said))


def _kind(source: Any) -> str:
    root = type(source).__module__.partition(".")[0]
    label = type(source).__name__
    if root == "pandas":
        return "pandas" if label in ("DataFrame", "Series") else ""
    if root == "polars":
        return "polars" if label in ("DataFrame", "LazyFrame", "Series") else ""
    if root == "pyarrow":
        return "arrow" if label in ("Table", "RecordBatch") else ""
    if root == "numpy":
        return "numpy" if hasattr(source, "ndim") else ""
    if isinstance(source, Mapping):
        return "columns"
    if isinstance(source, (list, tuple)):
        return "records"
    return "pandas" if _inherits_pandas(source) else ""


def _inherits_pandas(source: Any) -> bool:
    return any(
        base.__module__.startswith("pandas.") and base.__name__ in ("DataFrame", "Series")
        for base in type(source).__mro__
    )


def _from_pandas(source: Any, name: str, notices: list[str]) -> pd.DataFrame:
    import pandas as pd

    series = isinstance(source, pd.Series)
    frame = (
        source.to_frame(name="value" if source.name is None else source.name) if series else source
    )
    frame = pd.DataFrame(frame).copy(deep=False)
    if isinstance(frame.columns, pd.MultiIndex):
        frame.columns = ["_".join(map(str, parts)) for parts in frame.columns]
        notices.append("Column names of several levels were joined with '_'.")
    timed = isinstance(frame.index, (pd.DatetimeIndex, pd.PeriodIndex))
    if isinstance(frame.index, pd.PeriodIndex):
        frame.index = frame.index.to_timestamp()
    if timed and frame.index.name is None and "time" not in frame.columns:
        frame.index.name = "time"
    if timed or any(label is not None for label in frame.index.names):
        kept = [label for label in frame.index.names if label in frame.columns]
        if not kept:
            shown = ", ".join(str(label) for label in frame.index.names)
            frame = frame.reset_index()
            notices.append(f"The index became a column: {shown}.")
    return frame


def _from_polars(source: Any, name: str, notices: list[str]) -> pd.DataFrame:
    import polars as pl

    if isinstance(source, pl.LazyFrame):
        source = source.collect()
    if isinstance(source, pl.Series):
        source = source.to_frame()
    return _from_arrow(source.to_arrow(compat_level=pl.CompatLevel.oldest()), name, notices)


def _from_arrow(source: Any, name: str, notices: list[str]) -> pd.DataFrame:
    import pyarrow as pa

    from workbench.sources._frames import to_frame

    table = pa.Table.from_batches([source]) if isinstance(source, pa.RecordBatch) else source
    return to_frame(table, name, notices)


def _from_numpy(source: Any, name: str, notices: list[str]) -> pd.DataFrame:
    import pandas as pd

    if source.dtype.names:
        return pd.DataFrame({label: source[label] for label in source.dtype.names})
    if source.ndim not in (1, 2):
        raise ParameterError(
            f"An array must have 1 or 2 dimensions, found {source.ndim}. "
            "Reshape it to rows and columns."
        )
    table = source.reshape(-1, 1) if source.ndim == 1 else source
    return pd.DataFrame(table, columns=[f"x{position + 1}" for position in range(table.shape[1])])


def _from_columns(source: Any, name: str, notices: list[str]) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.DataFrame(dict(source))
    except (ValueError, TypeError) as error:
        raise DataError(f"A dict of columns needs columns of one length: {error}.") from None


def _from_records(source: Any, name: str, notices: list[str]) -> pd.DataFrame:
    import pandas as pd

    rows = list(source)
    if rows and all(isinstance(row, Mapping) for row in rows):
        return pd.DataFrame.from_records(rows)
    if rows and all(isinstance(row, str) for row in rows):
        return pd.DataFrame({"text": rows})
    try:
        import numpy as np

        return _from_numpy(np.asarray(rows), name, notices)
    except ValueError as error:
        raise DataError(f"A list must hold dicts, or rows of one length: {error}.") from None


_TAKERS = {
    "pandas": _from_pandas,
    "polars": _from_polars,
    "arrow": _from_arrow,
    "numpy": _from_numpy,
    "columns": _from_columns,
    "records": _from_records,
}
