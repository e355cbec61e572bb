"""Loops of online LODA: histograms of sparse projections, taken anew from each window."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel
from workbench.detectors.kernels._half_space import rescale

__all__ = ["cuts_run", "cuts_score"]

#: Share of a window's projections outside of the bins, on either side.
TAIL = 0.005


@kernel
def _shadow(x, low, scale, columns, weights):  # type: ignore[no-untyped-def]
    total = 0.0
    for part in range(columns.shape[0]):
        k = columns[part]
        total += weights[part] * ((x[k] - low[k]) * scale[k])
    return total


@kernel
def _bin(shadow, start, step, bins):  # type: ignore[no-untyped-def]
    """Bin 1 to ``bins``, with 0 below and ``bins`` + 1 above; written so that NaN is 0."""
    place = (shadow - start) * step + 1.0
    place = place if place > 0.0 else 0.0
    return np.int64(place if place < bins + 1.0 else bins + 1.0)


@kernel
def _count(rows, low, scale, columns, weights, start, step, surprise):  # type: ignore[no-untyped-def]
    """Lay bins over the projections of a window, and write the surprise of each bin."""
    cuts, slots = surprise.shape
    bins, held = slots - 2, rows.shape[0]
    shadows, counts = np.empty(held), np.empty(slots)
    for cut in range(cuts):
        for row in range(held):
            shadows[row] = _shadow(rows[row], low, scale, columns[cut], weights[cut])
        ordered = np.sort(shadows)
        skip = int(TAIL * held)
        first, last = ordered[skip], ordered[held - 1 - skip]
        span = last - first
        tiny = 1e-9 * (abs(first) + abs(last)) + 1e-9
        span = span if span > tiny else tiny
        # A hair wider, so that rounding puts the ends inside.
        start[cut], step[cut] = first - 1e-9 * span, bins / (span * (1.0 + 2e-9))
        counts[:] = 0.0
        for row in range(held):
            counts[_bin(shadows[row], start[cut], step[cut], bins)] += 1.0
        for slot in range(slots):
            surprise[cut, slot] = -np.log2(max(counts[slot], 0.5) / (held + 1.0))


@kernel
def _judge(x, low, scale, columns, weights, start, step, surprise):  # type: ignore[no-untyped-def]
    """Mean surprise of a row."""
    cuts, bins, total = columns.shape[0], surprise.shape[1] - 2, 0.0
    for cut in range(cuts):
        shadow = _shadow(x, low, scale, columns[cut], weights[cut])
        total += surprise[cut, _bin(shadow, start[cut], step[cut], bins)]
    return total / cuts


@kernel
def cuts_score(X, low, scale, columns, weights, start, step, surprise, out):  # type: ignore[no-untyped-def]
    """Write the score of each row."""
    for row in range(X.shape[0]):
        out[row] = _judge(X[row], low, scale, columns, weights, start, step, surprise)


@kernel
def cuts_run(  # type: ignore[no-untyped-def]
    X, early, buffer, counts, low, scale, columns, weights, start, step, surprise, scored, out
):
    """Score each row, then put it into the window; a full one becomes what scores go by.

    ``counts`` holds the rows in the window and the windows done. In the first window histograms
    are taken from ``early`` rows on, and again at each doubling.
    """
    window = buffer.shape[0]
    for row in range(X.shape[0]):
        if scored:
            out[row] = _judge(X[row], low, scale, columns, weights, start, step, surprise)
        buffer[counts[0]] = X[row]
        counts[0] += 1
        held = counts[0]
        young = counts[1] == 0 and held >= early and held & (held - 1) == 0
        if held == window or young:
            rescale(buffer[:held], low, scale)
            _count(buffer[:held], low, scale, columns, weights, start, step, surprise)
        if held == window:
            counts[0] = 0
            counts[1] += 1
