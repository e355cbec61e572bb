"""Loops of the sketched tails: count rows at and between cut points, and look their parts up."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel
from workbench.detectors.kernels._ranks import _surprise

__all__ = ["one_sketched", "place_counts", "sketched_parts", "sketched_surprise", "tables"]

#: Rows that one column is looked up for at a time: they stay in the first-level cache.
BLOCK = 512


@kernel
def _find(value, cuts, size, first, per):  # type: ignore[no-untyped-def]
    """Return the last cut that is not above ``value``, which lies within the cuts."""
    cells = first.shape[0] - 1
    cell = min(np.int64((value - cuts[0]) * per), cells - 1)
    left, right = first[cell], first[cell + 1]
    while left < right:
        middle = (left + right + 1) // 2
        if cuts[middle] <= value:
            left = middle
        else:
            right = middle - 1
    # The edges of cells are rounded.
    while left > 0 and cuts[left] > value:
        left -= 1
    while left + 1 < size and cuts[left + 1] <= value:
        left += 1
    return left


@kernel
def place_counts(X, cuts, sizes, first, per, mean, scale, counts, cubes):  # type: ignore[no-untyped-def]
    """Add the rows to ``counts`` (2, d, m): at each cut, and between it and the next.

    ``cubes`` (2, d) gets the sum of ((x − mean) / scale)³, and of its size.
    """
    for start in range(0, X.shape[0], BLOCK):
        stop = min(start + BLOCK, X.shape[0])
        for column in range(X.shape[1]):
            points, size = cuts[column], sizes[column]
            total, magnitude = 0.0, 0.0
            for row in range(start, stop):
                value = X[row, column]
                at = _find(value, points, size, first[column], per[column])
                counts[0 if points[at] == value else 1, column, at] += 1
                apart = (value - mean[column]) / scale[column]
                cube = apart * apart * apart
                total += cube
                magnitude += abs(cube)
            cubes[0, column] += total
            cubes[1, column] += magnitude


@kernel
def _at_rank(value, below, up_to, rows, low, high, skew, copod):  # type: ignore[no-untyped-def]
    left = -np.log(max(up_to, 1) / rows)
    right = -np.log(max(rows - below, 1) / rows)
    return _surprise(value, below, up_to, rows, low, high, left, right, skew, copod)


@kernel
def tables(cuts, size, below, up_to, rows, skew, copod, at, start, end):  # type: ignore[no-untyped-def]
    """Write the part of a value at each cut, just above it, and just below the next one."""
    low, high = cuts[0], cuts[size - 1]
    for cut in range(size):
        value = cuts[cut]
        at[cut] = _at_rank(value, below[cut], up_to[cut], rows, low, high, skew, copod)
        if cut + 1 < size:
            after, before = up_to[cut], below[cut + 1]
            start[cut] = _at_rank(value, after, after, rows, low, high, skew, copod)
            end[cut] = _at_rank(value, before, before, rows, low, high, skew, copod)


@kernel
def _part(value, cuts, size, first, per, at, start, end, rows, skew, copod):  # type: ignore[no-untyped-def]
    """One value's part: known at the cuts, on the straight line between two of them."""
    low, high = cuts[0], cuts[size - 1]
    if value < low:
        return _at_rank(value, 0, 0, rows, low, high, skew, copod)
    if value > high:
        return _at_rank(value, rows, rows, rows, low, high, skew, copod)
    place = _find(value, cuts, size, first, per)
    if cuts[place] == value:
        return at[place]
    share = (value - cuts[place]) / (cuts[place + 1] - cuts[place])
    return start[place] + share * (end[place] - start[place])


@kernel
def sketched_surprise(X, cuts, sizes, first, per, at, start, end, rows, skew, copod, out):  # type: ignore[no-untyped-def]
    """Write each row's sum of parts over its columns, in their order."""
    for begin in range(0, X.shape[0], BLOCK):
        stop = min(begin + BLOCK, X.shape[0])
        out[begin:stop] = 0.0
        for column in range(X.shape[1]):
            size = sizes[column]
            if size < 2:
                continue
            points, cells = cuts[column], first[column]
            here, after, before = at[column], start[column], end[column]
            for row in range(begin, stop):
                out[row] += _part(
                    X[row, column], points, size, cells, per[column],
                    here, after, before, rows, skew[column], copod,
                )  # fmt: skip


@kernel
def sketched_parts(X, cuts, sizes, first, per, at, start, end, rows, skew, copod, parts):  # type: ignore[no-untyped-def]
    """Write the part of each value (n, d)."""
    for row in range(X.shape[0]):
        for column in range(X.shape[1]):
            parts[row, column] = 0.0
            if sizes[column] >= 2:
                parts[row, column] = _part(
                    X[row, column], cuts[column], sizes[column], first[column], per[column],
                    at[column], start[column], end[column], rows, skew[column], copod,
                )  # fmt: skip


@kernel
def one_sketched(x, cuts, sizes, first, per, at, start, end, rows, skew, copod, largest):  # type: ignore[no-untyped-def]
    """Sum of one row, or NaN where a value cannot be used."""
    total = 0.0
    for column in range(x.shape[0]):
        if not abs(x[column]) <= largest:
            return np.nan
        if sizes[column] >= 2:
            total += _part(
                x[column], cuts[column], sizes[column], first[column], per[column],
                at[column], start[column], end[column], rows, skew[column], copod,
            )  # fmt: skip
    return total
