"""Loops of the exact neighbour search: boxes of 64 points, measured lane by lane.

The points lie in boxes of a k-d tree. A group of queries that lie near each other looks at the
boxes from the nearest outwards and skips those that cannot hold a nearer point; a box that can
is measured whole, which the processor does for sixteen points at a time, in float32 around the
centre of the box: points that rounding might have kept out are let in, and what is let in is
measured again exactly. Equal
distances are told apart by the row number, so the answer does not depend on groups, threads or
batches.
"""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel, kernel_with_fused_sums

__all__ = ["GROUP", "LANES", "nearest"]

#: Points of a box.
LANES = 64
#: Boxes that a group looks at first, before the others are sorted.
FIRST = 8
#: Queries that are measured side by side: each load of a point serves all of them.
SIDE = 4
#: Most queries that look at the boxes together.
GROUP = 32
#: Squared lengths from here on (in half widths of the data) are not measured in float32.
FAR = 1e30
#: A bound is rounded; it must not exceed the rounded distance that it bounds.
SAFE = 1.0 - 1e-12


@kernel
def _bound(low_a, high_a, low_b, high_b):  # type: ignore[no-untyped-def]
    """Squared distance of two boxes."""
    total = 0.0
    for column in range(low_a.shape[0]):
        gap = max(max(low_a[column] - high_b[column], low_b[column] - high_a[column]), 0.0)
        total += gap * gap
    return total * SAFE


@kernel
def _place(queries, which, first, centre, scale, moved, size):  # type: ignore[no-untyped-def]
    """Move four queries to a box's centre, in rough units; write them and their squared length."""
    for q in range(SIDE):
        total = 0.0
        for column in range(centre.shape[0]):
            value = (queries[which[first + q], column] - centre[column]) * scale
            total += value * value
            moved[q, column] = np.float32(-2.0 * value)
        if not total < FAR:  # beyond float32: all points of the box are let in
            moved[q] = np.float32(0.0)
        size[q] = total


@kernel_with_fused_sums
def _measure(moved, coarse, norm, box, apart):  # type: ignore[no-untyped-def]
    """Write rough squared distances less the query's squared length, for four queries."""
    width, column = moved.shape[1], 0
    for lane in range(LANES):
        value = norm[box, lane]
        apart[0, lane] = apart[1, lane] = apart[2, lane] = apart[3, lane] = value
    while column + 4 <= width:  # few passes: writing the sums down is what costs
        a0, a1, a2, a3 = moved[0, column], moved[1, column], moved[2, column], moved[3, column]
        b0, b1 = moved[0, column + 1], moved[1, column + 1]
        b2, b3 = moved[2, column + 1], moved[3, column + 1]
        c0, c1 = moved[0, column + 2], moved[1, column + 2]
        c2, c3 = moved[2, column + 2], moved[3, column + 2]
        d0, d1 = moved[0, column + 3], moved[1, column + 3]
        d2, d3 = moved[2, column + 3], moved[3, column + 3]
        for lane in range(LANES):
            p, r = coarse[box, column, lane], coarse[box, column + 1, lane]
            s, t = coarse[box, column + 2, lane], coarse[box, column + 3, lane]
            apart[0, lane] += a0 * p + b0 * r + c0 * s + d0 * t
            apart[1, lane] += a1 * p + b1 * r + c1 * s + d1 * t
            apart[2, lane] += a2 * p + b2 * r + c2 * s + d2 * t
            apart[3, lane] += a3 * p + b3 * r + c3 * s + d3 * t
        column += 4
    while column + 2 <= width:
        a0, a1, a2, a3 = moved[0, column], moved[1, column], moved[2, column], moved[3, column]
        b0, b1 = moved[0, column + 1], moved[1, column + 1]
        b2, b3 = moved[2, column + 1], moved[3, column + 1]
        for lane in range(LANES):
            p, r = coarse[box, column, lane], coarse[box, column + 1, lane]
            apart[0, lane] += a0 * p + b0 * r
            apart[1, lane] += a1 * p + b1 * r
            apart[2, lane] += a2 * p + b2 * r
            apart[3, lane] += a3 * p + b3 * r
        column += 2
    if column < width:
        for lane in range(LANES):
            p = coarse[box, column, lane]
            apart[0, lane] += moved[0, column] * p
            apart[1, lane] += moved[1, column] * p
            apart[2, lane] += moved[2, column] * p
            apart[3, lane] += moved[3, column] * p


@kernel
def _limit(distance, scale, size, reach, width):  # type: ignore[no-untyped-def]
    """What no rough distance within ``distance`` (squared, exact) exceeds, rounding counted in."""
    if not size < FAR:
        return np.float32(np.inf)
    length = np.sqrt(size) + reach
    blur = (width + 8.0) * 2.0**-22 * length * length + 1e-36
    return np.float32(min(distance * scale * scale * 1.000001 - size + blur, 3e38))


@kernel
def _distance(queries, q, points, box, lane):  # type: ignore[no-untyped-def]
    """Squared distance of a query and a point, always summed in the order of the columns."""
    total = 0.0
    for column in range(queries.shape[1]):
        gap = points[box, lane, column] - queries[q, column]
        total += gap * gap
    return total


@kernel
def _insert(near, rows, distance, row):  # type: ignore[no-untyped-def]
    """Keep the nearest in their order; equal distances by row number."""
    place = near.shape[0] - 1
    if distance == near[place] and row > rows[place]:
        return
    while place > 0 and (
        near[place - 1] > distance or (near[place - 1] == distance and rows[place - 1] > row)
    ):
        near[place], rows[place] = near[place - 1], rows[place - 1]
        place -= 1
    near[place], rows[place] = distance, row


@kernel
def _who_needs(turned, first, count, low, high, box, near, gaps, which):  # type: ignore[no-untyped-def]
    """Write the queries of a group for which a box may hold a nearer point; return how many."""
    last, found = near.shape[1] - 1, 0
    for q in range(GROUP):
        gaps[q] = 0.0
    for column in range(turned.shape[0]):
        least, most = low[box, column], high[box, column]
        for q in range(GROUP):
            value = turned[column, q]
            below, above = least - value, value - most
            part = below if below > above else above
            part = part if part > 0.0 else 0.0
            gaps[q] += part * part
    for q in range(count):
        if gaps[q] * SAFE <= near[first + q, last]:
            which[found] = first + q
            found += 1
    for q in range(found, found + SIDE):  # the last four are filled up, and not looked at
        which[q] = first
    return found


@kernel
def _visit(  # type: ignore[no-untyped-def]
    which, count, queries, points, coarse, norm, centres, reach, scale, numbers, sizes,
    box, near, rows, moved, size, apart,
):  # fmt: skip
    """Let some queries look into one box, four at a time."""
    last, width = near.shape[1] - 1, queries.shape[1]
    for four in range(0, count, SIDE):
        _place(queries, which, four, centres[box], scale, moved, size)
        _measure(moved, coarse, norm, box, apart)
        for k in range(min(SIDE, count - four)):
            q = which[four + k]
            limit = _limit(near[q, last], scale, size[k], reach[box], width)
            hits = np.int32(0)
            for lane in range(LANES):
                hits += np.int32(apart[k, lane] <= limit)
            if hits == 0:
                continue
            for lane in range(sizes[box]):
                if apart[k, lane] <= limit:
                    distance = _distance(queries, q, points, box, lane)
                    if distance <= near[q, last]:
                        _insert(near[q], rows[q], distance, numbers[box, lane])


@kernel
def nearest(  # type: ignore[no-untyped-def]
            queries, points, coarse, norm, centres, reach, scale, numbers, sizes, low, high,
            group, near, rows):  # fmt: skip
    """Write squared distances and row numbers of the nearest points, (n, k) each, in order.

    Parameters
    ----------
    queries : (n, d)
    points : (boxes, 64, d)
    coarse, norm : (boxes, d, 64) and (boxes, 64): the points moved to the centre of their box,
        multiplied by ``scale`` and rounded to float32; their squared lengths
    centres, reach : (boxes, d) and (boxes,), the longest of the lengths
    numbers, sizes : (boxes, 64) row numbers and (boxes,) points in use
    low, high : (boxes, d) ends of the boxes
    group : queries that look at the boxes together, at most ``GROUP``
    """
    boxes, width = low.shape
    bounds, apart = np.empty(boxes), np.empty((SIDE, LANES), np.float32)
    moved, size = np.empty((SIDE, width), np.float32), np.empty(SIDE)
    some = np.empty(boxes, np.int64)
    turned, gaps = np.zeros((width, GROUP)), np.empty(GROUP)
    which = np.empty(GROUP + SIDE, np.int64)
    ends = np.empty((2, width))
    near[:] = np.inf
    rows[:] = -1
    last = near.shape[1] - 1
    for start in range(0, queries.shape[0], group):
        stop = min(start + group, queries.shape[0])
        for column in range(width):
            ends[0, column] = queries[start:stop, column].min()
            ends[1, column] = queries[start:stop, column].max()
            for q in range(stop - start):
                turned[column, q] = queries[start + q, column]
        for box in range(boxes):
            bounds[box] = _bound(low[box], high[box], ends[0], ends[1])
        for _ in range(min(FIRST, boxes)):
            box = int(np.argmin(bounds))
            bounds[box] = np.inf
            count = _who_needs(turned, start, stop - start, low, high, box, near, gaps, which)
            _visit(which, count, queries, points, coarse, norm, centres, reach, scale, numbers,
                   sizes, box, near, rows, moved, size, apart)  # fmt: skip
        limit = near[start:stop, last].max()
        left = 0
        for box in range(boxes):
            # Boxes already seen have an infinite bound; so may the limit be.
            if bounds[box] <= limit and bounds[box] < np.inf:
                some[left] = box
                left += 1
        order = np.argsort(bounds[some[:left]])
        for place in range(left):
            box = some[order[place]]
            if bounds[box] > limit:
                break
            count = _who_needs(turned, start, stop - start, low, high, box, near, gaps, which)
            _visit(which, count, queries, points, coarse, norm, centres, reach, scale, numbers,
                   sizes, box, near, rows, moved, size, apart)  # fmt: skip
            limit = near[start:stop, last].max()
