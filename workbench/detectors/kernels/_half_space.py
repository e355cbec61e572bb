"""Loops of the half-space trees: perfect binary trees in level order, with a mass a node."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["half_space_run", "half_space_score", "rescale"]

#: Share of a window's rows outside of the range that counts as usual, on either side.
TAIL = 0.01


@kernel
def rescale(rows, low, scale):  # type: ignore[no-untyped-def]
    """Take each column's range from a window: without its outermost rows where there are many."""
    count = rows.shape[0]
    skip = int(TAIL * count)
    for column in range(rows.shape[1]):
        ordered = np.sort(rows[:, column])
        first, last = ordered[skip], ordered[count - 1 - skip]
        if not first < last:
            first, last = ordered[0], ordered[count - 1]
        span = last - first
        # A column that stands still: whatever moves it is far outside.
        tiny = 1e-9 * abs(first) + 1e-150
        low[column] = first
        scale[column] = 1.0 / (span if span > tiny else tiny)


@kernel
def _count(rows, low, scale, column, cut, mass):  # type: ignore[no-untyped-def]
    """Count the rows in each node of each tree."""
    trees, inner = cut.shape
    place = np.empty(rows.shape[1])
    mass[:] = 0
    for row in range(rows.shape[0]):
        for k in range(rows.shape[1]):
            place[k] = (rows[row, k] - low[k]) * scale[k]
        for tree in range(trees):
            node = np.int64(0)
            mass[tree, 0] += 1
            while node < inner:
                right = place[column[tree, node]] >= cut[tree, node]
                node = 2 * node + 1 + np.int64(right)
                mass[tree, node] += 1


@kernel
def _judge(x, low, scale, column, cut, mass, least, place):  # type: ignore[no-untyped-def]
    """Score of one row: minus the mean log2 of its density, 0 where the window's mean is."""
    trees, inner = cut.shape
    for k in range(x.shape[0]):
        place[k] = (x[k] - low[k]) * scale[k]
    whole = np.float64(mass[0, 0])
    if whole == 0.0:
        return 0.0
    total = 0.0
    for tree in range(trees):
        node, volume = np.int64(0), 1.0
        while node < inner and mass[tree, node] > least:
            right = place[column[tree, node]] >= cut[tree, node]
            node = 2 * node + 1 + np.int64(right)
            volume *= 2.0
        total += np.log2((mass[tree, node] + 0.5) * volume / (whole + 0.5))
    return -total / trees


@kernel
def half_space_score(X, low, scale, column, cut, mass, least, out):  # type: ignore[no-untyped-def]
    """Write the score of each row."""
    place = np.empty(X.shape[1])
    for row in range(X.shape[0]):
        out[row] = _judge(X[row], low, scale, column, cut, mass, least, place)


@kernel
def half_space_run(  # type: ignore[no-untyped-def]
    X, first, buffer, counts, low, scale, column, cut, mass, share, scored, out
):
    """Score each row, then put it into the window; a full one becomes what scores go by.

    ``counts`` holds the rows in the window and the windows done. In the first window masses are
    taken from ``first`` rows on, and again at each doubling.
    """
    place = np.empty(X.shape[1])
    window = buffer.shape[0]
    for row in range(X.shape[0]):
        if scored:
            least = share * mass[0, 0]
            out[row] = _judge(X[row], low, scale, column, cut, mass, least, place)
        buffer[counts[0]] = X[row]
        counts[0] += 1
        held = counts[0]
        early = counts[1] == 0 and held >= first and held & (held - 1) == 0
        if held == window or early:
            rescale(buffer[:held], low, scale)
            _count(buffer[:held], low, scale, column, cut, mass)
        if held == window:
            counts[0] = 0
            counts[1] += 1
