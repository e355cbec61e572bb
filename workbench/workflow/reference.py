"""Which rows to learn from: a period, a range of rows, or a mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.core.dataset import DatasetRecord
from workbench.core.errors import DataError, ParameterError

__all__ = ["parse_reference", "reference_rows", "show_reference"]


def reference_rows(data: DatasetRecord, reference: Any) -> np.ndarray | None:
    """Return a mask of the rows to learn from, or None for all.

    Parameters
    ----------
    data : DatasetRecord
    reference : None, slice, or array-like
        A slice of times (both ends included, "2026-03" means the whole month), a slice of row
        positions, a mask of booleans, or row positions.

    Raises
    ------
    DataError
        Nothing is in the reference.
    ParameterError
        It cannot be understood.
    """
    if reference is None:
        return None
    by_slice = isinstance(reference, slice)
    mask = _by_slice(data, reference) if by_slice else _by_rows(data, reference)
    if not mask.any():
        raise DataError(f"The reference {show_reference(reference)} holds no rows.{_span(data)}")
    return mask


def parse_reference(text: str) -> slice:
    """Return the slice that ``FROM:TO`` stands for; times may hold colons themselves.

    Raises
    ------
    ParameterError
        No colon splits the text into two times or two numbers.

    Examples
    --------
    >>> parse_reference("2026-01-01T00:00:2026-02-01T00:00")
    slice('2026-01-01T00:00', '2026-02-01T00:00', None)
    """
    places = [place for place, letter in enumerate(text) if letter == ":"]
    # The middle colon splits two times of equal form; try outwards from there.
    for place in sorted(places, key=lambda p: abs(p - len(text) / 2)):
        first, last = text[:place].strip(), text[place + 1 :].strip()
        if _is_end(first) and _is_end(last) and (first or last):
            return slice(_end(first), _end(last))
    raise ParameterError(
        f"The reference {text!r} is not FROM:TO. Write two dates (2026-01-01:2026-02-01) or two "
        "row numbers (0:1000)."
    )


def _is_end(text: str) -> bool:
    import pandas as pd

    if not text or text.lstrip("-").isdigit():
        return True
    try:
        pd.Timestamp(text)
    except ValueError:
        return False
    return True


def _end(text: str) -> Any:
    if not text:
        return None
    return int(text) if text.lstrip("-").isdigit() and len(text) != 4 else text


def _by_slice(data: DatasetRecord, reference: slice) -> np.ndarray:
    import pandas as pd

    ends = [end for end in (reference.start, reference.stop) if end is not None]
    by_position = all(isinstance(end, (int, np.integer)) for end in ends)
    dated = data.time is not None and pd.api.types.is_datetime64_any_dtype(
        data.frame[data.time].dtype
    )
    if by_position and (dated or data.time is None):
        mask = np.zeros(len(data.frame), dtype=bool)
        mask[reference] = True
        return mask
    if data.time is None:
        raise ParameterError(
            f"The reference {show_reference(reference)} is a period, but the data have no time. "
            "Name the time column with time='…', or give row numbers."
        )
    times = data.frame[data.time]
    rows = pd.Series(np.arange(len(times)), index=pd.Index(times))
    try:
        ordered = rows[rows.index.notna()].sort_index(kind="stable")
        picked = ordered.loc[_zoned(reference, times)].to_numpy()
    except (TypeError, ValueError, KeyError) as error:
        raise ParameterError(
            f"The reference {show_reference(reference)} does not fit '{data.time}': {error}."
            f"{_span(data)}"
        ) from error
    mask = np.zeros(len(times), dtype=bool)
    mask[picked] = True
    return mask


def _zoned(reference: slice, times: Any) -> slice:
    """Numbers stay, text stays text so that "2026-03" means the whole month."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(times.dtype):
        ends = (reference.start, reference.stop)
        return slice(*(None if end is None else float(end) for end in ends))
    return reference


def _by_rows(data: DatasetRecord, reference: Any) -> np.ndarray:
    rows = np.asarray(reference)
    if rows.ndim == 1 and rows.dtype == bool and len(rows) == len(data.frame):
        return rows
    if rows.ndim == 1 and rows.dtype.kind in "iu":
        outside = rows[(rows < 0) | (rows >= len(data.frame))]
        if outside.size:
            raise ParameterError(
                f"The reference names row {outside[0]}; there are rows 0 to {len(data.frame) - 1}."
            )
        mask = np.zeros(len(data.frame), dtype=bool)
        mask[rows] = True
        return mask
    raise ParameterError(
        f"The reference must be a slice, a mask of {len(data.frame)} booleans, or row numbers; "
        f"found {type(reference).__name__} of shape {rows.shape} and type {rows.dtype}."
    )


def show_reference(reference: Any) -> str:
    """Return a reference as people write it: FROM:TO, or what kind of rows it is."""
    if isinstance(reference, slice):
        ends = ("" if end is None else str(end) for end in (reference.start, reference.stop))
        return ":".join(ends)
    return type(reference).__name__


def _span(data: DatasetRecord) -> str:
    if data.time is None:
        return f" The data have rows 0 to {len(data.frame) - 1}."
    times = data.frame[data.time].dropna()
    return "" if times.empty else f" The data run from {times.min()} to {times.max()}."
