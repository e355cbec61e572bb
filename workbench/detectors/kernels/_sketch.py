"""Loops of the sketched tails: count rows at and between cut points, and look their parts up."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel
from workbench.detectors.kernels._ranks import _surprise

__all__ = [
    "HALF",
    "MANY",
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
LEAST, SHIFT = 2.0**-6, np.uint64(52 - 9)
GROUND = np.uint64((1023 - 6) << 52)
BITS = np.uint64(2**63 - 1)
#: Cells of each sign: 24 powers of two, the last one for all that is beyond.
HALF = 24 * 512
LAST = np.uint64(HALF - 1)
#: Marks a cell with more than one cut; positions are below it.
MANY = np.uint32(2**31)


@kernel
def _cells(values, spread, cells):  # type: ignore[no-untyped-def]
    """Write the cell of each value: its sign, exponent and first bits, so that order is kept."""
    keys = spread.view(np.uint64)
    for row in range(values.shape[0]):
        value = values[row]
        # Adding the least size lets the cells around zero be equally wide.
        spread[row] = value + LEAST if value >= 0.0 else value - LEAST
    for row in range(values.shape[0]):
        size = ((keys[row] & BITS) - GROUND) >> SHIFT
        size = size if size < LAST else LAST
        # Unsigned throughout: registers hold several such numbers and have no signed shift.
        cells[row] = np.uint32(LAST + np.uint64(1) + size if keys[row] <= BITS else LAST - size)


@kernel
def cells_of(values):  # type: ignore[no-untyped-def]
    """Return the cell of each value, in [0, 2 · HALF)."""
    cells = np.empty(values.shape[0], np.uint32)
    _cells(values, np.empty(values.shape[0]), cells)
    return cells


@kernel
def _find(value, cuts, first):  # type: ignore[no-untyped-def]
    """Return the last cut that is not above ``value``, from the last one of lower cells on."""
    # One step without a branch does for nearly all; infinity follows the last cut. Positions are
    # unsigned: of signed ones numba asks at each access whether they are negative.
    one, place = np.uint64(1), np.uint64(first & ~MANY)
    place += np.uint64(cuts[place + one] <= value)
    if first >= MANY:
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
def tables(cuts, size, below, up_to, rows, skew, copod, pieces):  # type: ignore[no-untyped-def]
    """Write ``pieces`` (m, 4): each cut, what a value adds there and just above, and its rise."""
    low, high = cuts[0], cuts[size - 1]
    for cut in range(pieces.shape[0]):
        pieces[cut, 0], pieces[cut, 1:] = cuts[cut], 0.0
    for cut in range(size):
        value = cuts[cut]
        pieces[cut, 1] = _at_rank(value, below[cut], up_to[cut], rows, low, high, skew, copod)
        if cut + 1 < size:
            after, before = up_to[cut], below[cut + 1]
            start = _at_rank(value, after, after, rows, low, high, skew, copod)
            end = _at_rank(value, before, before, rows, low, high, skew, copod)
            pieces[cut, 2], pieces[cut, 3] = start, (end - start) / (cuts[cut + 1] - value)


@kernel
def _part(value, cell, pieces, size, first, rows, skew, copod):  # type: ignore[no-untyped-def]
    """One value's part: known at the cuts, on the straight line between two of them."""
    low, high = pieces[0, 0], pieces[size - 1, 0]
    if value < low:
        return _at_rank(value, 0, 0, rows, low, high, skew, copod)
    if value > high:
        return _at_rank(value, rows, rows, rows, low, high, skew, copod)
    return _inside(value, pieces, first[cell])


@kernel
def _inside(value, pieces, first):  # type: ignore[no-untyped-def]
    """Part of a value between the least and the largest; a piece is half a line of the cache."""
    one, place = np.uint64(1), np.uint64(first & ~MANY)
    place += np.uint64(pieces[place + one, 0] <= value)
    if first >= MANY:
        while pieces[place + one, 0] <= value:
            place += one
    apart = value - pieces[place, 0]
    between = pieces[place, 2] + apart * pieces[place, 3]
    return between if apart > 0.0 else pieces[place, 1]


@kernel
def _parts(values, cells, pieces, first, low, high, place, parts):  # type: ignore[no-untyped-def]
    """Write the part of each value; return how many are outside, whose part is left open.

    Short loops without a branch, so that the look-ups of many rows are under way at a time.
    """
    # Laid out flat, four numbers a cut: a position is then a shift, not a product.
    flat, four, seen, outside = pieces.reshape(-1), np.uint64(4), np.uint32(0), 0
    for row in range(values.shape[0]):
        outside += int(not ((values[row] >= low) & (values[row] <= high)))
    for row in range(values.shape[0]):
        at = first[cells[row]]
        seen |= at
        below = np.uint64(at & ~MANY) * four
        place[row] = below + four * np.uint64(flat[below + four] <= values[row])
    if seen >= MANY:
        for row in range(values.shape[0]):
            while flat[place[row] + four] <= values[row]:
                place[row] += four
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for row in range(values.shape[0]):
        at = place[row]
        apart, here = values[row] - flat[at], flat[at + one]
        between = flat[at + two] + apart * flat[at + three]
        parts[row] = between if apart > 0.0 else here
    return outside


@kernel
def sketched_surprise(columns, pieces, sizes, first, rows, skew, copod, out):  # type: ignore[no-untyped-def]
    """Write each row's sum of parts over ``columns`` (d, n), in their order."""
    spread, cells = np.empty(BLOCK), np.empty(BLOCK, np.uint32)
    place, parts = np.empty(BLOCK, np.uint64), np.empty(BLOCK)
    for begin in range(0, columns.shape[1], BLOCK):
        stop = min(begin + BLOCK, columns.shape[1])
        total = out[begin:stop]
        total[:] = 0.0
        for column in range(columns.shape[0]):
            size = sizes[column]
            if size < 2:
                continue
            values, some, known = columns[column, begin:stop], pieces[column], first[column]
            low, high = some[0, 0], some[size - 1, 0]
            _cells(values, spread, cells)
            if _parts(values, cells, some, known, low, high, place, parts):
                for row in range(values.shape[0]):
                    if not ((values[row] >= low) & (values[row] <= high)):
                        parts[row] = _part(
                            values[row], cells[row], some, size, known, rows, skew[column], copod
                        )
            for row in range(values.shape[0]):
                total[row] += parts[row]


@kernel
def sketched_parts(X, pieces, sizes, first, rows, skew, copod, parts):  # type: ignore[no-untyped-def]
    """Write the part of each value (n, d)."""
    spread, cells = np.empty(1), np.empty(1, np.uint32)
    for row in range(X.shape[0]):
        for column in range(X.shape[1]):
            parts[row, column] = 0.0
            if sizes[column] >= 2:
                _cells(X[row, column : column + 1], spread, cells)
                parts[row, column] = _part(
                    X[row, column], cells[0], pieces[column], sizes[column], first[column],
                    rows, skew[column], copod,
                )  # fmt: skip


@kernel
def one_sketched(x, pieces, sizes, first, rows, skew, copod, largest):  # type: ignore[no-untyped-def]
    """Sum of one row, or NaN where a value cannot be used."""
    spread, cells, total = np.empty(1), np.empty(1, np.uint32), 0.0
    for column in range(x.shape[0]):
        if not abs(x[column]) <= largest:
            return np.nan
        if sizes[column] >= 2:
            _cells(x[column : column + 1], spread, cells)
            total += _part(
                x[column], cells[0], pieces[column], sizes[column], first[column],
                rows, skew[column], copod,
            )  # fmt: skip
    return total
