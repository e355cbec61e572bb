"""Loops of the empirical tails: sort a column with its row numbers, walk it once, write surprises.

Value and row number are packed into one 64-bit word, because sorting words is several times
faster than sorting positions by value. The number takes the lowest bits, so near values may
come out in the order of their rows: such runs are found and put right while they are read back.
"""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = [
    "log_table",
    "one_surprise",
    "pack",
    "row_surprises",
    "sign_of_skew",
    "sorted_surprises",
    "unpack",
]

#: Values that one pass of the sort tells apart.
DIGITS = 2_048
#: Runs up to this length are put right by insertion.
SHORT = 16


@kernel
def log_table(rows):  # type: ignore[no-untyped-def]
    """Return −log(k / rows) for k from 0 to ``rows``; 0 counts as 1."""
    table = np.empty(rows + 1)
    for count in range(rows + 1):
        table[count] = -np.log(max(count, 1) / rows)
    return table


@kernel
def pack(X, column, values, words, bits):  # type: ignore[no-untyped-def]
    """Copy a column to ``values``; return its words, sorted by their first 33 bits.

    A word holds the place of the value between the least and the largest (exponent and 28 bits
    of the fraction of a float, so that one far value does not blur the others) and the number
    of the row in the last ``bits``. Three stable passes of eleven bits sort it; ``words`` is
    made use of.
    """
    rows = X.shape[0]
    least, most = np.inf, -np.inf
    for row in range(rows):
        value = X[row, column]
        values[row] = value
        least = value if value < least else least
        most = value if value > most else most
    span = most - least if most > least else 1.0
    share = words.view(np.float64)
    for row in range(rows):
        # Adding zero turns −0 into 0: its sign bit would spell the largest word of all.
        share[row] = (values[row] - least) / span + 0.0
    counts = np.zeros((3, DIGITS), np.int64)
    ground = np.uint64(992) << np.uint64(52)  # shares below 2^−31 count as 0: repaired later
    shift, last = np.uint64(bits), np.uint64(DIGITS - 1)
    for row in range(rows):
        spelled = words[row]
        key = (spelled - ground) >> np.uint64(24) if spelled > ground else np.uint64(0)
        counts[0, key & last] += 1
        counts[1, (key >> np.uint64(11)) & last] += 1
        counts[2, key >> np.uint64(22)] += 1
        words[row] = (key << shift) | np.uint64(row)
    spare = np.empty(rows, np.uint64)
    for digit in range(3):
        place, total = counts[digit], 0
        for number in range(DIGITS):
            place[number], total = total, total + place[number]
        down = np.uint64(bits + 11 * digit)
        for row in range(rows):
            word = words[row]
            number = (word >> down) & last
            spare[np.uint64(place[number])] = word
            place[number] += 1
        words, spare = spare, words
    return words


@kernel
def unpack(words, values, bits, ordered):  # type: ignore[no-untyped-def]
    """Write the values in their order, and repair the order of the words where it is wrong."""
    rows = words.shape[0]
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64(bits)
    for row in range(rows):
        ordered[row] = values[words[row] & mask]
    row = 1
    while row < rows:
        if ordered[row] >= ordered[row - 1]:
            row += 1
            continue
        first, last = row - 1, row + 1
        while first > 0 and words[first - 1] >> shift == words[row] >> shift:
            first -= 1
        while last < rows and words[last] >> shift == words[row] >> shift:
            last += 1
        if last - first <= SHORT:
            for right in range(first + 1, last):
                value, word, left = ordered[right], words[right], right - 1
                while left >= first and ordered[left] > value:
                    ordered[left + 1], words[left + 1] = ordered[left], words[left]
                    left -= 1
                ordered[left + 1], words[left + 1] = value, word
        else:
            order = np.argsort(ordered[first:last])
            ordered[first:last] = ordered[first:last][order]
            words[first:last] = words[first:last][order]
        row = last


@kernel
def sign_of_skew(ordered):  # type: ignore[no-untyped-def]
    """Return the sign of the skewness of a sorted column; 0 where it is mere rounding.

    Small and large values are added in pairs, so that a symmetric column cancels, and the
    order of the rows does not matter.
    """
    rows = ordered.shape[0]
    half = rows // 2
    origin = ordered[half]
    scale = max(ordered[rows - 1] - origin, origin - ordered[0])
    if not scale > 0.0:
        return 0.0
    mean = 0.0 if rows % 2 == 0 else (ordered[half] - origin) / scale
    for row in range(half):
        mean += (ordered[row] - origin) / scale + (ordered[rows - 1 - row] - origin) / scale
    mean /= rows
    middle = (ordered[half] - origin) / scale - mean
    total = 0.0 if rows % 2 == 0 else middle * middle * middle
    size = abs(total)
    for row in range(half):
        low = (ordered[row] - origin) / scale - mean
        high = (ordered[rows - 1 - row] - origin) / scale - mean
        total += low * low * low + high * high * high
        size += abs(low * low * low) + abs(high * high * high)
    if abs(total) <= 1e-13 * size:
        return 0.0
    return 1.0 if total > 0.0 else -1.0


@kernel
def _surprise(value, below, up_to, rows, low, high, left, right, skew, copod):  # type: ignore[no-untyped-def]
    """One value's part, from the counts of known values below it and up to it."""
    if up_to == 0 or below == rows:  # beyond all known values: goes on growing with distance
        distance = low - value if up_to == 0 else value - high
        more = np.log((rows + 1) / rows) + np.log1p(min(distance / (high - low), 1e300))
        left += more if up_to == 0 else 0.0
        right += more if below == rows else 0.0
    both = left + right
    chosen = left if skew < 0.0 else (right if skew > 0.0 else both)
    if copod:
        return max(chosen, both / 2.0)
    return max(max(left, right), chosen)


@kernel
def sorted_surprises(words, ordered, bits, known, learning, skew, copod, table, out):  # type: ignore[no-untyped-def]
    """Walk sorted values beside the known ones; write each row's part to ``out`` (n,).

    ``learning`` says that they are the known ones.
    """
    rows, size = ordered.shape[0], known.shape[0]
    low, high = known[0], known[size - 1]
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    below = up_to = row = 0
    while row < rows:
        value, last = ordered[row], row + 1
        while last < rows and ordered[last] == value:
            last += 1
        if learning:
            below, up_to = row, last
        else:
            below = up_to
            while below < size and known[below] < value:
                below += 1
            up_to = below
            while up_to < size and known[up_to] <= value:
                up_to += 1
        part = _surprise(
            value, below, up_to, size, low, high,
            table[np.uint64(up_to)], table[np.uint64(size - below)], skew, copod,
        )  # fmt: skip
        for same in range(row, last):
            out[words[same] & mask] = part
        row = last


@kernel
def _search(known, value):  # type: ignore[no-untyped-def]
    """Count the known values below ``value`` and up to it."""
    first, size = 0, known.shape[0]
    while size > 0:
        half = size // 2
        step = known[first + half] < value
        first, size = (first + half + 1, size - half - 1) if step else (first, half)
    below = first
    # Ties are mostly few: gallop, then halve.
    total, reach = known.shape[0], 1
    while first + reach <= total and known[first + reach - 1] <= value:
        first += reach
        reach *= 2
    size = min(reach, total - first)
    while size > 0:
        half = size // 2
        step = known[first + half] <= value
        first, size = (first + half + 1, size - half - 1) if step else (first, half)
    return below, first


@kernel
def row_surprises(X, known, varies, skew, copod, parts):  # type: ignore[no-untyped-def]
    """Write the part of each value (n, d): for few rows, by search in the known values."""
    size = known.shape[1]
    for row in range(X.shape[0]):
        for column in range(X.shape[1]):
            if not varies[column]:
                parts[row, column] = 0.0
                continue
            value = X[row, column]
            below, up_to = _search(known[column], value)
            left = -np.log(max(up_to, 1) / size)
            right = -np.log(max(size - below, 1) / size)
            parts[row, column] = _surprise(
                value, below, up_to, size, known[column, 0], known[column, size - 1],
                left, right, skew[column], copod,
            )  # fmt: skip


@kernel
def one_surprise(x, known, varies, skew, copod, largest):  # type: ignore[no-untyped-def]
    """Score of one row, or NaN where a value cannot be used."""
    size, total = known.shape[1], 0.0
    for column in range(x.shape[0]):
        value = x[column]
        if not abs(value) <= largest:
            return np.nan
        if varies[column]:
            below, up_to = _search(known[column], value)
            left = -np.log(max(up_to, 1) / size)
            right = -np.log(max(size - below, 1) / size)
            total += _surprise(
                value, below, up_to, size, known[column, 0], known[column, size - 1],
                left, right, skew[column], copod,
            )  # fmt: skip
    return total
