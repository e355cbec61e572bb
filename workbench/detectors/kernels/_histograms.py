"""Loops of HBOS and LODA: bins counted and looked up in blocks of rows that stay in the cache."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel
from workbench.detectors.kernels._fused import fused

__all__ = [
    "bin_counts",
    "bin_surprise",
    "column_ends",
    "column_surprise",
    "cut_counts",
    "cut_ends",
    "cut_surprise",
    "cut_surprise_of_columns",
    "one_bin_surprise",
    "one_cut_surprise",
]

#: Rows that a block of projections is made for.
BLOCK = 512
#: Their places: no multiple of 4,096 bytes, or all columns of a row would share a set of the cache.
APART = BLOCK + 8
#: Up to this many slots of a cut two cuts are looked up at once: 50 KB lie in the cache.
PAIRED = 32


@kernel
def column_ends(X, low, high):  # type: ignore[no-untyped-def]
    """Write the least and the largest value of each column."""
    low[:] = X[0]
    high[:] = X[0]
    for row in range(X.shape[0]):
        for column in range(X.shape[1]):
            value = X[row, column]
            low[column] = value if value < low[column] else low[column]
            high[column] = value if value > high[column] else high[column]


@kernel
def _turned(X, start, used, block):  # type: ignore[no-untyped-def]
    """Lay a block of rows down column by column: lanes of rows can then be worked on at once."""
    for row in range(used):
        for column in range(X.shape[1]):
            block[column, row] = X[start + row, column]


@kernel
def _bin(value, low, inverse, bins, tol):  # type: ignore[no-untyped-def]
    """Bin number of a value; ``bins`` stands for "outside of all bins"."""
    place = (value - low) * inverse
    # Written so that NaN, too, ends inside of the table.
    inside = place if place > 0.0 else 0.0
    inside = inside if inside < bins - 1.0 else bins - 1.0
    outside = (place < -tol) | (place > bins + tol)
    return np.uint32(bins if outside else inside)


@kernel
def _inverse(width):  # type: ignore[no-untyped-def]
    """One over the width of a bin; 0 where a column does not vary, so that all is in one bin."""
    return 1.0 / width if width > 0.0 else 0.0


@kernel
def bin_counts(X, low, width, bins, counts):  # type: ignore[no-untyped-def]
    """Add the rows of a block to ``counts`` (d, bins + 1); a column of width 0 is left out."""
    whole = np.float64(bins)
    block, place = np.empty((X.shape[1], APART)), np.empty(BLOCK, np.uint32)
    lanes = np.zeros((4, bins + 1), np.int64)
    for start in range(0, X.shape[0], BLOCK):
        used = min(BLOCK, X.shape[0] - start)
        _turned(X, start, used, block)
        for column in range(X.shape[1]):
            if width[column] > 0.0:
                values = block[column, :used]
                _bins(values, low[column], _inverse(width[column]), whole, 0.5, place)
                _add_counts(place, used, lanes, counts[column])


@kernel
def _add_counts(place, used, lanes, counts):  # type: ignore[no-untyped-def]
    """Count the slots of a block."""
    # Four counters a slot: neighbouring rows often fall into the same one.
    lanes[:] = 0
    row = 0
    while row + 4 <= used:
        lanes[0, place[row]] += 1
        lanes[1, place[row + 1]] += 1
        lanes[2, place[row + 2]] += 1
        lanes[3, place[row + 3]] += 1
        row += 4
    while row < used:
        lanes[0, place[row]] += 1
        row += 1
    for slot in range(counts.shape[0]):
        counts[slot] += lanes[0, slot] + lanes[1, slot] + lanes[2, slot] + lanes[3, slot]


@kernel
def _bins(values, low, inverse, whole, tol, place):  # type: ignore[no-untyped-def]
    """Write the bin of each value, as :func:`_bin` tells it."""
    outside, last = 0, whole - 1.0
    for row in range(values.shape[0]):
        at = (values[row] - low) * inverse
        outside += int(not ((at >= 0.0) & (at <= whole)))
        # One comparison is enough where none is outside, and several values fit into a register.
        place[row] = np.int32(at if at < last else last)
    if outside:
        for row in range(values.shape[0]):
            place[row] = _bin(values[row], low, inverse, whole, tol)


@kernel
def _sum_of_bins(columns, start, low, width, bins, tol, surprise, place, total):  # type: ignore[no-untyped-def]
    """Write the sums of ``surprise`` of some rows from ``start`` on."""
    whole, used = np.float64(bins), total.shape[0]
    stop, count = start + used, columns.shape[0]
    total[:] = 0.0
    column = 0
    # Four columns at a time: the sum is read and written once for them, in the same order.
    while column + 4 <= count:
        for part in range(4):
            at = column + part
            _bins(columns[at, start:stop], low[at], _inverse(width[at]), whole, tol, place[part])
        p0, p1, p2, p3 = place[0], place[1], place[2], place[3]
        s0, s1, s2, s3 = (
            surprise[column], surprise[column + 1], surprise[column + 2], surprise[column + 3],
        )  # fmt: skip
        for row in range(used):
            total[row] = total[row] + s0[p0[row]] + s1[p1[row]] + s2[p2[row]] + s3[p3[row]]
        column += 4
    while column < count:
        _bins(
            columns[column, start:stop], low[column], _inverse(width[column]), whole, tol, place[0]
        )
        known, only = surprise[column], place[0]
        for row in range(used):
            total[row] += known[only[row]]
        column += 1


@kernel
def bin_surprise(X, low, width, bins, tol, surprise, out):  # type: ignore[no-untyped-def]
    """Write each row's sum of ``surprise`` (d, bins + 1) over its columns."""
    block, place = np.empty((X.shape[1], APART)), np.empty((4, APART), np.uint32)
    for start in range(0, X.shape[0], BLOCK):
        used = min(BLOCK, X.shape[0] - start)
        _turned(X, start, used, block)
        total = out[start : start + used]
        _sum_of_bins(block, 0, low, width, bins, tol, surprise, place, total)


@kernel
def column_surprise(columns, low, width, bins, tol, surprise, out):  # type: ignore[no-untyped-def]
    """Do as :func:`bin_surprise` for rows that lie column by column (d, n)."""
    place = np.empty((4, APART), np.uint32)
    for start in range(0, columns.shape[1], BLOCK):
        stop = min(start + BLOCK, columns.shape[1])
        total = out[start:stop]
        _sum_of_bins(columns, start, low, width, bins, tol, surprise, place, total)


@kernel
def one_bin_surprise(x, low, width, bins, tol, surprise, largest):  # type: ignore[no-untyped-def]
    """Sum of one row, or NaN where a value cannot be used."""
    whole, total = np.float64(bins), 0.0
    for column in range(x.shape[0]):
        if not abs(x[column]) <= largest:
            return np.nan
        if width[column] > 0.0:
            place = _bin(x[column], low[column], _inverse(width[column]), whole, tol)
            total += surprise[column, place]
    return total


@kernel
def _project(block, used, columns, weights, shadow):  # type: ignore[no-untyped-def]
    """Project a block on one cut; the order of the sum is that of the columns of the cut."""
    parts, done = columns.shape[0], 1
    v0, w0 = block[columns[0]], weights[0]
    if parts < 3:
        for row in range(used):
            shadow[row] = w0 * v0[row]
    else:
        v1, v2, w1, w2 = block[columns[1]], block[columns[2]], weights[1], weights[2]
        for row in range(used):
            shadow[row] = fused(w2, v2[row], fused(w1, v1[row], w0 * v0[row]))
        done = 3
    for part in range(done, parts):
        values, weight = block[columns[part]], weights[part]
        for row in range(used):
            shadow[row] = fused(weight, values[row], shadow[row])


@kernel
def cut_ends(X, columns, weights, low, high):  # type: ignore[no-untyped-def]
    """Write the least and the largest projection of each cut."""
    cuts = columns.shape[0]
    block, shadow = np.empty((X.shape[1], APART)), np.empty(BLOCK)
    low[:], high[:] = np.inf, -np.inf
    for start in range(0, X.shape[0], BLOCK):
        used = min(BLOCK, X.shape[0] - start)
        _turned(X, start, used, block)
        for cut in range(cuts):
            _project(block, used, columns[cut], weights[cut], shadow)
            # Eight ends side by side, because a comparison waits for the one before.
            a0 = a1 = a2 = a3 = low[cut]
            b0 = b1 = b2 = b3 = high[cut]
            row = 0
            while row + 4 <= used:
                v0, v1, v2, v3 = shadow[row], shadow[row + 1], shadow[row + 2], shadow[row + 3]
                a0, b0 = (v0 if v0 < a0 else a0), (v0 if v0 > b0 else b0)
                a1, b1 = (v1 if v1 < a1 else a1), (v1 if v1 > b1 else b1)
                a2, b2 = (v2 if v2 < a2 else a2), (v2 if v2 > b2 else b2)
                a3, b3 = (v3 if v3 < a3 else a3), (v3 if v3 > b3 else b3)
                row += 4
            while row < used:
                a0, b0 = min(a0, shadow[row]), max(b0, shadow[row])
                row += 1
            low[cut] = min(min(a0, a1), min(a2, a3))
            high[cut] = max(max(b0, b1), max(b2, b3))


@kernel
def _cut_bins(shadow, used, low, scale, bins, place):  # type: ignore[no-untyped-def]
    """Write the bin of each projection: 1 to ``bins``, with 0 below and ``bins`` + 1 above."""
    most = bins + 1.0
    for row in range(used):
        at = fused(shadow[row] - low, scale, 1.0)
        # Written so that NaN, too, ends inside of the table.
        at = at if at > 0.0 else 0.0
        place[row] = np.int32(at if at < most else most)


@kernel
def _place(block, used, columns, weights, low, scale, bins, shadow, place):  # type: ignore[no-untyped-def]
    """Write the bin of a cut for each row of a block; of three columns without a stop between."""
    if columns.shape[0] != 3:
        _project(block, used, columns, weights, shadow)
        _cut_bins(shadow, used, low, scale, bins, place)
        return
    v0, v1, v2 = block[columns[0]], block[columns[1]], block[columns[2]]
    w0, w1, w2, most = weights[0], weights[1], weights[2], bins + 1.0
    for row in range(used):
        at = fused(w2, v2[row], fused(w1, v1[row], w0 * v0[row]))
        at = fused(at - low, scale, 1.0)
        at = at if at > 0.0 else 0.0
        place[row] = np.int32(at if at < most else most)


@kernel
def cut_counts(X, columns, weights, low, scale, counts):  # type: ignore[no-untyped-def]
    """Add the rows of a block to ``counts`` (cuts, bins + 2)."""
    cuts, slots = counts.shape
    block, shadow = np.empty((X.shape[1], APART)), np.empty(BLOCK)
    place = np.empty(BLOCK, np.uint32)
    lanes = np.zeros((4, slots), np.int64)
    for start in range(0, X.shape[0], BLOCK):
        used = min(BLOCK, X.shape[0] - start)
        _turned(X, start, used, block)
        for cut in range(cuts):
            _place(block, used, columns[cut], weights[cut], low[cut], scale[cut], slots - 2.0,
                   shadow, place)  # fmt: skip
            _add_counts(place, used, lanes, counts[cut])


@kernel
def _pairs(surprise):  # type: ignore[no-untyped-def]
    """Return the sums of two cuts' surprise by both bins: half as many look-ups, and half the sum.

    Where that table would not stay in the first-level cache, it is (0, 0), and two are looked up.
    """
    cuts, slots = surprise.shape
    table = np.empty((cuts // 2 if slots <= PAIRED else 0, slots * slots))
    for pair in range(table.shape[0]):
        for one in range(slots):
            for other in range(slots):
                both = surprise[2 * pair, one] + surprise[2 * pair + 1, other]
                table[pair, one * slots + other] = both
    return table


@kernel
def _mean_surprise(block, columns, weights, low, scale, surprise, pairs, shadow, place, total):  # type: ignore[no-untyped-def]
    """Write the mean surprise of the rows of one block, which lie column by column."""
    cuts, slots = surprise.shape
    used, bins = total.shape[0], slots - 2.0
    total[:] = 0.0
    wide, cut = np.uint32(slots), 0
    p0, p1, p2, p3 = place[0], place[1], place[2], place[3]
    p4, p5, p6, p7 = place[4], place[5], place[6], place[7]
    # Eight cuts at a time, so that the sums are read and written four times less.
    while cut + 8 <= 2 * pairs.shape[0]:
        for part in range(cut, cut + 8):
            _place(block, used, columns[part], weights[part], low[part], scale[part], bins,
                   shadow, place[part - cut])  # fmt: skip
        pair = cut // 2
        s0, s1, s2, s3 = pairs[pair], pairs[pair + 1], pairs[pair + 2], pairs[pair + 3]
        for row in range(used):
            p0[row] = p0[row] * wide + p1[row]
            p2[row] = p2[row] * wide + p3[row]
            p4[row] = p4[row] * wide + p5[row]
            p6[row] = p6[row] * wide + p7[row]
        for row in range(used):
            total[row] = total[row] + s0[p0[row]] + s1[p2[row]] + s2[p4[row]] + s3[p6[row]]
        cut += 8
    while cut < cuts:
        both = cut + 1 < cuts
        for part in range(cut, cut + 2 if both else cuts):
            _place(block, used, columns[part], weights[part], low[part], scale[part], bins,
                   shadow, place[part - cut])  # fmt: skip
        one, other = surprise[cut], surprise[cut + 1 if both else cut]
        for row in range(used):
            total[row] += one[p0[row]] + other[p1[row]] if both else one[p0[row]]
        cut += 2
    for row in range(used):
        total[row] /= cuts


@kernel
def cut_surprise(X, columns, weights, low, scale, surprise, out):  # type: ignore[no-untyped-def]
    """Write each row's mean of ``surprise`` (cuts, bins + 2) over the cuts."""
    block, shadow = np.empty((X.shape[1], APART)), np.empty(BLOCK)
    place, pairs = np.zeros((8, APART), np.uint32), _pairs(surprise)
    for start in range(0, X.shape[0], BLOCK):
        used = min(BLOCK, X.shape[0] - start)
        _turned(X, start, used, block)
        total = out[start : start + used]
        _mean_surprise(block, columns, weights, low, scale, surprise, pairs, shadow, place, total)


@kernel
def cut_surprise_of_columns(X, columns, weights, low, scale, surprise, out):  # type: ignore[no-untyped-def]
    """Do as :func:`cut_surprise` for rows that lie column by column: ``X`` is (d, n)."""
    block, shadow = np.empty((X.shape[0], APART)), np.empty(BLOCK)
    place, pairs = np.zeros((8, APART), np.uint32), _pairs(surprise)
    for start in range(0, X.shape[1], BLOCK):
        used = min(BLOCK, X.shape[1] - start)
        for column in range(X.shape[0]):
            for row in range(used):
                block[column, row] = X[column, start + row]
        total = out[start : start + used]
        _mean_surprise(block, columns, weights, low, scale, surprise, pairs, shadow, place, total)


@kernel
def _cut_slot(x, columns, weights, low, scale, slots):  # type: ignore[no-untyped-def]
    """Bin of the projection of one row."""
    shadow = weights[0] * x[columns[0]]
    for part in range(1, columns.shape[0]):
        shadow = fused(weights[part], x[columns[part]], shadow)
    at = fused(shadow - low, scale, 1.0)
    at = at if at > 0.0 else 0.0
    return np.uint32(at if at < slots - 1.0 else slots - 1.0)


@kernel
def one_cut_surprise(x, columns, weights, low, scale, surprise, largest):  # type: ignore[no-untyped-def]
    """Mean surprise of one row, or NaN where a value cannot be used."""
    for column in range(x.shape[0]):
        if not abs(x[column]) <= largest:
            return np.nan
    cuts, slots = surprise.shape
    total = 0.0
    for cut in range(0, cuts, 2):  # two at a time, as everywhere
        part = surprise[cut, _cut_slot(x, columns[cut], weights[cut], low[cut], scale[cut], slots)]
        if cut + 1 < cuts:
            after = cut + 1
            part += surprise[
                after, _cut_slot(x, columns[after], weights[after], low[after], scale[after], slots)
            ]
        total += part
    return total / cuts
