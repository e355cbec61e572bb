"""Loops of the isolation forests: trees packed as perfect binary trees, walked without branches.

A tree of depth L is 2^L − 1 nodes and 2^L leaves in level order: from node i a row goes to
2i + 1, or to 2i + 2 when its value is above the threshold. A branch that ends early goes on with
thresholds of infinity, always to the left, so that every walk takes L steps.
"""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._chance import chance
from workbench.detectors.kernels._compile import kernel

__all__ = ["grow", "grow_oblique", "lengths", "lengths_oblique", "one_length"]

#: Rows that walk one tree after the other: rows and nodes stay in the first-level cache.
BLOCK = 256


@kernel
def _mean_path(count):  # type: ignore[no-untyped-def]
    """Average path of an unsuccessful search among ``count`` rows (Liu et al. 2008, eq. 1)."""
    if count <= 1.0:
        return 0.0
    if count == 2.0:
        return 1.0
    return 2.0 * (np.log(count - 1.0) + 0.5772156649015329) - 2.0 * (count - 1.0) / count


@kernel
def _partition(shadow, index, low, high, threshold):  # type: ignore[no-untyped-def]
    """Bring the rows of [low, high) with a shadow up to the threshold to the front."""
    first, last = low, high - 1
    while first <= last:
        if shadow[first] <= threshold:
            first += 1
        else:
            shadow[first], shadow[last] = shadow[last], shadow[first]
            index[first], index[last] = index[last], index[first]
            last -= 1
    return first


@kernel
def _threshold(low, high, chance):  # type: ignore[no-untyped-def]
    """Return a place in [low, high), so that neither side of the split is empty."""
    place = low + chance * (high - low)
    return place if place < high else low


@kernel
def grow(sample, depth, seed, feature, threshold, cover, leaf):  # type: ignore[no-untyped-def]
    """Grow one tree on ``sample`` (m, d) into the arrays of its nodes and leaves."""
    rows, width = sample.shape
    inner = 2**depth - 1
    state = np.array([seed], dtype=np.uint64)
    index = np.arange(rows)
    shadow = np.empty(rows)
    start, stop = np.zeros(2 * inner + 1, np.int64), np.zeros(2 * inner + 1, np.int64)
    level = np.zeros(2 * inner + 1, np.int64)
    open_ = np.zeros(2 * inner + 1, np.bool_)
    start[0], stop[0], open_[0] = 0, rows, True
    columns = np.arange(width)
    for node in range(2 * inner + 1):
        low, high = start[node], stop[node]
        cover[node] = high - low
        if node >= inner:
            leaf[node - inner] = level[node] + _mean_path(float(high - low))
            continue
        left, right = 2 * node + 1, 2 * node + 2
        start[left], stop[left], start[right], stop[right] = low, high, high, high
        feature[node], threshold[node] = 0, np.inf
        level[left], level[right] = level[node], level[node]
        if not open_[node] or high - low < 2:
            continue
        left_to_try = width
        while left_to_try > 0:  # a column that varies in this node, each with the same chance
            pick = min(int(chance(state) * left_to_try), left_to_try - 1)
            column = columns[pick]
            lowest = highest = sample[index[low], column]
            for row in range(low, high):
                value = sample[index[row], column]
                shadow[row] = value
                lowest, highest = min(lowest, value), max(highest, value)
            if highest > lowest:
                break
            left_to_try -= 1
            columns[pick], columns[left_to_try] = columns[left_to_try], columns[pick]
        if left_to_try == 0:
            continue
        place = _threshold(lowest, highest, chance(state))
        middle = _partition(shadow, index, low, high, place)
        feature[node], threshold[node] = column, place
        stop[left], start[right] = middle, middle
        open_[left], open_[right] = True, True
        level[left], level[right] = level[node] + 1, level[node] + 1


@kernel
def lengths(X, feature, threshold, leaf, depth, out):  # type: ignore[no-untyped-def]
    """Write the sum over the trees of each row's path length into ``out`` (n,).

    Eight rows walk side by side, because a step waits for the step before it. Positions are
    unsigned: signed ones make numba look for negative indices at each access.
    """
    rows, trees = X.shape[0], feature.shape[0]
    inner, one = np.uint64(feature.shape[1]), np.uint64(1)
    for start in range(0, rows, BLOCK):
        stop = min(start + BLOCK, rows)
        out[start:stop] = 0.0
        for tree in range(trees):
            split, place, end = feature[tree], threshold[tree], leaf[tree]
            r = start
            while r + 8 <= stop:
                x0, x1, x2, x3 = X[r], X[r + 1], X[r + 2], X[r + 3]
                x4, x5, x6, x7 = X[r + 4], X[r + 5], X[r + 6], X[r + 7]
                a = b = c = d = e = f = g = h = np.uint64(0)
                for _ in range(depth):
                    a = a + a + one + np.uint64(x0[split[a]] > place[a])
                    b = b + b + one + np.uint64(x1[split[b]] > place[b])
                    c = c + c + one + np.uint64(x2[split[c]] > place[c])
                    d = d + d + one + np.uint64(x3[split[d]] > place[d])
                    e = e + e + one + np.uint64(x4[split[e]] > place[e])
                    f = f + f + one + np.uint64(x5[split[f]] > place[f])
                    g = g + g + one + np.uint64(x6[split[g]] > place[g])
                    h = h + h + one + np.uint64(x7[split[h]] > place[h])
                out[r] += end[a - inner]
                out[r + 1] += end[b - inner]
                out[r + 2] += end[c - inner]
                out[r + 3] += end[d - inner]
                out[r + 4] += end[e - inner]
                out[r + 5] += end[f - inner]
                out[r + 6] += end[g - inner]
                out[r + 7] += end[h - inner]
                r += 8
            while r < stop:
                a = np.uint64(0)
                for _ in range(depth):
                    a = a + a + one + np.uint64(X[r, split[a]] > place[a])
                out[r] += end[a - inner]
                r += 1


@kernel
def one_length(x, feature, threshold, leaf, depth, largest):  # type: ignore[no-untyped-def]
    """Sum of the path lengths of one row, or NaN where a value cannot be used.

    Eight trees at a time, added up in their order, so that a row alone scores as in a batch.
    """
    for column in range(x.shape[0]):
        if not abs(x[column]) <= largest:
            return np.nan
    trees = feature.shape[0]
    inner, one = np.uint64(feature.shape[1]), np.uint64(1)
    at = np.zeros(8, np.uint64)
    total = 0.0
    for first in range(0, trees, 8):
        count = min(8, trees - first)
        at[:] = np.uint64(0)
        for _ in range(depth):
            for lane in range(count):
                node = at[lane]
                above = x[feature[first + lane, node]] > threshold[first + lane, node]
                at[lane] = node + node + one + np.uint64(above)
        for lane in range(count):
            total += leaf[first + lane, at[lane] - inner]
    return total


@kernel
def _shadow(x, columns, weights):  # type: ignore[no-untyped-def]
    """Project one row on the direction of an oblique split."""
    total = 0.0
    for part in range(columns.shape[0]):
        total += x[columns[part]] * weights[part]
    return total


@kernel
def _normal(state):  # type: ignore[no-untyped-def]
    """One standard normal number (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log(1.0 - chance(state)))
    return radius * np.cos(2.0 * np.pi * chance(state))


@kernel
def _direction(sample, index, low, high, state, columns, weights):  # type: ignore[no-untyped-def]
    """Draw columns that vary in a node, weighed by one over their spread; False if none does."""
    width = sample.shape[1]
    order = np.arange(width)
    found, left_to_try = 0, width
    weights[:] = 0.0
    columns[:] = 0
    while left_to_try > 0 and found < columns.shape[0]:
        pick = min(int(chance(state) * left_to_try), left_to_try - 1)
        column = order[pick]
        left_to_try -= 1
        order[pick], order[left_to_try] = order[left_to_try], order[pick]
        first, mean, square = sample[index[low], column], 0.0, 0.0
        for row in range(low, high):
            mean += sample[index[row], column] - first
        mean /= high - low
        for row in range(low, high):
            apart = sample[index[row], column] - first - mean
            square += apart * apart
        spread = np.sqrt(square / (high - low))
        if spread > 0.0 and np.isfinite(spread):
            columns[found], weights[found] = column, _normal(state) / spread
            found += 1
    return found > 0


@kernel
def grow_oblique(sample, depth, seed, columns, weights, threshold, cover, leaf):  # type: ignore[no-untyped-def]
    """Grow one tree whose splits look at several columns at once (Hariri et al. 2019)."""
    rows = sample.shape[0]
    inner = 2**depth - 1
    state = np.array([seed], dtype=np.uint64)
    index, shadow = np.arange(rows), np.empty(rows)
    start, stop = np.zeros(2 * inner + 1, np.int64), np.zeros(2 * inner + 1, np.int64)
    level = np.zeros(2 * inner + 1, np.int64)
    stop[0] = rows
    for node in range(2 * inner + 1):
        low, high = start[node], stop[node]
        cover[node] = high - low
        if node >= inner:
            leaf[node - inner] = level[node] + _mean_path(float(high - low))
            continue
        left, right = 2 * node + 1, 2 * node + 2
        start[left], stop[left], start[right], stop[right] = low, high, high, high
        threshold[node] = np.inf
        level[left], level[right] = level[node], level[node]
        if high - low < 2:
            continue
        if not _direction(sample, index, low, high, state, columns[node], weights[node]):
            weights[node] = 0.0
            continue
        lowest, highest = np.inf, -np.inf
        for row in range(low, high):
            value = _shadow(sample[index[row]], columns[node], weights[node])
            shadow[row] = value
            lowest, highest = min(lowest, value), max(highest, value)
        if not highest > lowest:
            continue
        threshold[node] = _threshold(lowest, highest, chance(state))
        middle = _partition(shadow, index, low, high, threshold[node])
        stop[left], start[right] = middle, middle
        level[left], level[right] = level[node] + 1, level[node] + 1


@kernel
def lengths_oblique(X, columns, weights, threshold, leaf, depth, out):  # type: ignore[no-untyped-def]
    """Write the sum over the oblique trees of each row's path length into ``out`` (n,)."""
    rows, inner, one = X.shape[0], np.uint64(threshold.shape[1]), np.uint64(1)
    for start in range(0, rows, BLOCK):
        stop = min(start + BLOCK, rows)
        out[start:stop] = 0.0
        for tree in range(threshold.shape[0]):
            which, weight, place, end = columns[tree], weights[tree], threshold[tree], leaf[tree]
            r = start
            while r + 4 <= stop:
                x0, x1, x2, x3 = X[r], X[r + 1], X[r + 2], X[r + 3]
                a = b = c = d = np.uint64(0)
                for _ in range(depth):
                    a = a + a + one + np.uint64(_shadow(x0, which[a], weight[a]) > place[a])
                    b = b + b + one + np.uint64(_shadow(x1, which[b], weight[b]) > place[b])
                    c = c + c + one + np.uint64(_shadow(x2, which[c], weight[c]) > place[c])
                    d = d + d + one + np.uint64(_shadow(x3, which[d], weight[d]) > place[d])
                out[r] += end[a - inner]
                out[r + 1] += end[b - inner]
                out[r + 2] += end[c - inner]
                out[r + 3] += end[d - inner]
                r += 4
            while r < stop:
                a = np.uint64(0)
                for _ in range(depth):
                    a = a + a + one + np.uint64(_shadow(X[r], which[a], weight[a]) > place[a])
                out[r] += end[a - inner]
                r += 1
