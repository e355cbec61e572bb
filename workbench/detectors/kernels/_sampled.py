"""Loops of the sampled neighbours: absolute differences to a few rows, the smallest averaged."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["mean_nearest", "mean_nearest_parts", "squeeze"]


@kernel
def squeeze(X, centre, unit, out):  # type: ignore[no-untyped-def]
    """Write asinh((X − centre) / unit) as float32 to ``out``."""
    for row in range(X.shape[0]):
        for column in range(X.shape[1]):
            out[row, column] = np.arcsinh((X[row, column] - centre[column]) / unit[column])


@kernel
def _distances(row, sample, near):  # type: ignore[no-untyped-def]
    # Column by column over all sampled rows: the inner loop runs in vector lanes.
    near[:] = np.float32(0.0)
    for column in range(sample.shape[0]):
        value = row[column]
        for other in range(sample.shape[1]):
            near[other] += abs(value - sample[column, other])


@kernel
def _reach(bits, count):  # type: ignore[no-untyped-def]
    """Return an edge with at most ``count`` distances below it, and the missing ones upon it.

    Non-negative floats sort like the integers that their bits spell, so that narrowing a range of
    integers finds the edge with nothing but vectorised counts. Every other step guesses by the
    counts at both ends, which takes a third of the steps of halving alone.
    """
    least, most = bits[0], bits[0]
    for other in range(bits.shape[0]):
        least = min(least, bits[other])
        most = max(most, bits[other])
    under, over, halve = 0, bits.shape[0], False
    while least < most:
        span = most - least
        middle = least + span // np.int32(2)
        if not halve:
            share = (count - under + 0.5) / (over - under + 1.0)
            middle = least + np.int32(min(share, 0.999) * span)
        halve = not halve
        below = 0
        for other in range(bits.shape[0]):
            below += int(bits[other] <= middle)
        if below == count:
            return middle + np.int32(1)
        if below > count:
            most, over = middle, below
        else:
            least, under = middle + np.int32(1), below
    return least


@kernel
def _nearest_sum(near, bits, count):  # type: ignore[no-untyped-def]
    """Return the sum of the smallest distances, their number, the edge and how many lie on it."""
    # A row that is itself in the sample is not its own neighbour.
    itself = 0
    for other in range(bits.shape[0]):
        itself |= int(bits[other] == 0)
    wanted = min(count + itself, bits.shape[0])
    edge = _reach(bits, wanted)
    total, below, last = 0.0, 0, 0.0
    for other in range(bits.shape[0]):
        if bits[other] < edge:
            total += near[other]
            below += 1
        elif bits[other] == edge:
            last = near[other]
    return total + (wanted - below) * last, wanted - itself, edge, wanted - below


@kernel
def mean_nearest(rows, samples, count, out):  # type: ignore[no-untyped-def]
    """Write each row's mean distance to its ``count`` nearest rows, averaged over the samples.

    Shapes: rows (n, d), samples (s, d, m), out (n,); float32 in, float64 out.
    """
    near = np.empty(samples.shape[2], np.float32)
    bits = near.view(np.int32)
    for row in range(rows.shape[0]):
        total = 0.0
        for sample in range(samples.shape[0]):
            _distances(rows[row], samples[sample], near)
            found, taken, _, _ = _nearest_sum(near, bits, count)
            total += found / max(taken, 1)
        out[row] = total / samples.shape[0]


@kernel
def mean_nearest_parts(rows, samples, count, out):  # type: ignore[no-untyped-def]
    """Write what each column adds to :func:`mean_nearest`, (n, d)."""
    near = np.empty(samples.shape[2], np.float32)
    bits = near.view(np.int32)
    out[:] = 0.0
    for row in range(rows.shape[0]):
        for sample in range(samples.shape[0]):
            _distances(rows[row], samples[sample], near)
            _, taken, edge, at_edge = _nearest_sum(near, bits, count)
            scale = 1.0 / (max(taken, 1) * samples.shape[0])
            for other in range(near.shape[0]):
                if bits[other] > edge or (bits[other] == edge and at_edge == 0):
                    continue
                if bits[other] == edge:
                    at_edge -= 1
                for column in range(rows.shape[1]):
                    gap = abs(rows[row, column] - samples[sample, column, other])
                    out[row, column] += scale * gap
