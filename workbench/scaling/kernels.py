"""Loops of the usual case of preparation: plain numbers, none of them missing."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["LARGEST", "places_beyond", "scaled_into"]

#: Larger numbers are clamped by the rules before they are scaled.
LARGEST = 1e300


@kernel
def scaled_into(values, start, centre, scale, knee, block, place):  # type: ignore[no-untyped-def]
    """Write (x − centre) / scale into row ``place`` of a block (d, k), from row ``start`` on.

    Returns how many lie beyond the knee; NaN counts among these.
    """
    # Slices are made here: made in Python they would cost as much as the loop.
    out, beyond = block[place], 0
    some = values[start : start + out.shape[0]]
    for row in range(some.shape[0]):
        scaled = (np.float64(some[row]) - centre) / scale
        out[row] = scaled
        beyond += int(not abs(scaled) <= knee)
    return beyond


@kernel
def places_beyond(values, start, knee, scaled, places):  # type: ignore[no-untyped-def]
    """Write the places beyond the knee; return whether each value there is a usual number."""
    found, unusual = 0, 0
    for row in range(scaled.shape[0]):
        if not abs(scaled[row]) <= knee:
            places[found] = row
            found += 1
            unusual += int(not abs(np.float64(values[start + row])) <= LARGEST)
    return unusual == 0
