"""Loops of the sketched tails: count rows at and between cut points, and look their parts up."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel
from workbench.detectors.kernels._ranks import _surprise

__all__ = [
    "HALF",
    "cells_of",
    "one_sketched",
    "place_counts",
    "sketched_parts",
    "sketched_surprise",
    "tables",
]

#: Rows that one column is looked up for at a time: they stay in the first-level cache.
BLOCK = 512
#: Cells are as wide as 1/512 of the power of two that they begin with, and as those of 2^−6 below
#: it: prepared values are about 1 in size, so that few cells hold more than one cut.
LEAST, SHIFT = 2.0**-6, 52 - 9
GROUND = np.int64((1023 - 6) << 52)
BITS = np.int64(2**63 - 1)
#: Cells of each sign: 24 powers of two, the last one for all that is beyond.
HALF = 24 * 512


@kernel
def _cells(values, spread, cells):  # type: ignore[no-untyped-def]
    """Write the cell of each value: its sign, exponent and first bits, so that order is kept."""
    keys = spread.view(np.int64)
    for row in range(values.shape[0]):
        value = values[row]
        # Adding the least size lets the cells around zero be equally wide.
        spread[row] = value + LEAST if value >= 0.0 else value - LEAST
    for row in range(values.shape[0]):
        size = ((keys[row] & BITS) - GROUND) >> SHIFT
        size = size if size < HALF - 1 else HALF - 1
        cells[row] = np.uint32(HALF + size if keys[row] >= 0 else HALF - 1 - size)


@kernel
def cells_of(values):  # type: ignore[no-untyped-def]
    """Return the cell of each value, in [0, 2 · HALF)."""
    cells = np.empty(values.shape[0], np.uint32)
    _cells(values, np.empty(values.shape[0]), cells)
    return cells


@kernel
def _find(value, cuts, first):  # type: ignore[no-untyped-def]
    """Return the last cut that is not above ``value``, from the last one of lower cells on."""
    # Two steps without a branch do for nearly all; infinity follows the last cut. Positions are
    # unsigned: of signed ones numba asks at each access whether they are negative.
    one, place = np.uint64(1), np.uint64(first)
    place += np.uint64(cuts[place + one] <= value)
    place += np.uint64(cuts[place + one] <= value)
    while cuts[place + one] <= value:
        place += one
    return place


@kernel
def place_counts(X, cuts, first, mean, scale, counts, cubes):  # type: ignore[no-untyped-def]
    """Add the rows to ``counts`` (2, d, m): at each cut, and between it and the next.

    ``cubes`` (2, d) gets the sum of ((x − mean) / scale)³, and of its size.
    """
    values, spread = np.empty(BLOCK), np.empty(BLOCK)
    cells = np.empty(BLOCK, np.uint32)
    for start in range(0, X.shape[0], BLOCK):
        used = min(BLOCK, X.shape[0] - start)
        for column in range(X.shape[1]):
            points, known = cuts[column], first[column]
            for row in range(used):
                values[row] = X[start + row, column]
            _cells(values[:used], spread, cells)
            total, magnitude = 0.0, 0.0
            for row in range(used):
                value = values[row]
                at = _find(value, points, known[cells[row]])
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
def tables(cuts, size, below, up_to, rows, skew, copod, at, start, rise):  # type: ignore[no-untyped-def]
    """Write the part of a value at each cut and just above it, and how it rises to the next."""
    low, high = cuts[0], cuts[size - 1]
    for cut in range(size):
        value = cuts[cut]
        at[cut] = _at_rank(value, below[cut], up_to[cut], rows, low, high, skew, copod)
        if cut + 1 < size:
            after, before = up_to[cut], below[cut + 1]
            start[cut] = _at_rank(value, after, after, rows, low, high, skew, copod)
            end = _at_rank(value, before, before, rows, low, high, skew, copod)
            rise[cut] = (end - start[cut]) / (cuts[cut + 1] - value)


@kernel
def _part(value, cell, cuts, size, first, at, start, rise, rows, skew, copod):  # type: ignore[no-untyped-def]
    """One value's part: known at the cuts, on the straight line between two of them."""
    low, high = cuts[0], cuts[size - 1]
    if value < low:
        return _at_rank(value, 0, 0, rows, low, high, skew, copod)
    if value > high:
        return _at_rank(value, rows, rows, rows, low, high, skew, copod)
    place = _find(value, cuts, first[cell])
    apart = value - cuts[place]
    return start[place] + apart * rise[place] if apart > 0.0 else at[place]


@kernel
def sketched_surprise(columns, cuts, sizes, first, at, start, rise, rows, skew, copod, out):  # type: ignore[no-untyped-def]
    """Write each row's sum of parts over ``columns`` (d, n), in their order."""
    spread, cells = np.empty(BLOCK), np.empty(BLOCK, np.uint32)
    for begin in range(0, columns.shape[1], BLOCK):
        stop = min(begin + BLOCK, columns.shape[1])
        total = out[begin:stop]
        total[:] = 0.0
        for column in range(columns.shape[0]):
            size = sizes[column]
            if size < 2:
                continue
            values = columns[column, begin:stop]
            _cells(values, spread, cells)
            points, known = cuts[column], first[column]
            here, after, slope = at[column], start[column], rise[column]
            low, high = points[0], points[size - 1]
            for row in range(values.shape[0]):
                value = values[row]
                if (value >= low) & (value <= high):
                    place = _find(value, points, known[cells[row]])
                    apart = value - points[place]
                    between = after[place] + apart * slope[place]
                    total[row] += between if apart > 0.0 else here[place]
                else:
                    total[row] += _part(
                        value, cells[row], points, size, known, here, after, slope,
                        rows, skew[column], copod,
                    )  # fmt: skip


@kernel
def sketched_parts(X, cuts, sizes, first, at, start, rise, rows, skew, copod, parts):  # type: ignore[no-untyped-def]
    """Write the part of each value (n, d)."""
    spread, cells = np.empty(1), np.empty(1, np.uint32)
    for row in range(X.shape[0]):
        for column in range(X.shape[1]):
            parts[row, column] = 0.0
            if sizes[column] >= 2:
                _cells(X[row, column : column + 1], spread, cells)
                parts[row, column] = _part(
                    X[row, column], cells[0], cuts[column], sizes[column], first[column],
                    at[column], start[column], rise[column], rows, skew[column], copod,
                )  # fmt: skip


@kernel
def one_sketched(x, cuts, sizes, first, at, start, rise, rows, skew, copod, largest):  # type: ignore[no-untyped-def]
    """Sum of one row, or NaN where a value cannot be used."""
    spread, cells, total = np.empty(1), np.empty(1, np.uint32), 0.0
    for column in range(x.shape[0]):
        if not abs(x[column]) <= largest:
            return np.nan
        if sizes[column] >= 2:
            _cells(x[column : column + 1], spread, cells)
            total += _part(
                x[column], cells[0], cuts[column], sizes[column], first[column],
                at[column], start[column], rise[column], rows, skew[column], copod,
            )  # fmt: skip
    return total
