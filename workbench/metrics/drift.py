"""How far a column has moved between two periods: one number in [0, 1], no labels needed."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["distribution_distance"]


def distribution_distance(before: pd.Series, now: pd.Series) -> float:
    """Return how unlike two samples of one column are; 0 alike, 1 with nothing in common.

    Numbers and dates: the largest gap between the empirical distributions (Kolmogorov-Smirnov).
    Everything else: the share of rows that would have to change category (total variation).
    Missing cells are left out; NaN where one side has none left. Rows of a series are alike, so
    that no p-value is given.

    Parameters
    ----------
    before, now : pandas.Series
        Of the same column.

    Examples
    --------
    >>> distribution_distance(pd.Series([1.0, 2.0]), pd.Series([3.0, 4.0]))
    1.0
    >>> distribution_distance(pd.Series(["a", "b"]), pd.Series(["a", "a"]))
    0.5
    """
    before, now = before.dropna(), now.dropna()
    if before.empty or now.empty:
        return float("nan")
    if pd.api.types.is_bool_dtype(before.dtype) or not _ordered(before) or not _ordered(now):
        shares = [side.astype(str).value_counts(normalize=True) for side in (before, now)]
        return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)
    first, second = np.sort(_numbers(before)), np.sort(_numbers(now))
    every = np.concatenate([first, second])
    below = [np.searchsorted(side, every, side="right") / side.size for side in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def _ordered(values: pd.Series) -> bool:
    dtype = values.dtype
    numeric = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    return numeric or pd.api.types.is_datetime64_any_dtype(dtype)


def _numbers(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return np.asarray(pd.to_datetime(values, utc=True).astype("int64"), dtype=float)
    return values.to_numpy(dtype=float)
