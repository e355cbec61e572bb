"""Loop of the usual case of preparation: plain numbers, none of them missing."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["BEYOND", "UNUSUAL", "WITHIN", "scaled_into"]

#: What a column turned out to hold: all within the knee, some beyond it, or something else than
#: usual numbers.
WITHIN, BEYOND, UNUSUAL = 0, 1, 2
#: Larger numbers are clamped by the rules before they are scaled.
LARGEST = 1e300


@kernel
def scaled_into(values, centre, scale, knee, out):  # type: ignore[no-untyped-def]
    """Write (x − centre) / scale into ``out`` (n,); return what the values turned out to be."""
    unusual, beyond = 0, 0
    for row in range(values.shape[0]):
        value = np.float64(values[row])
        scaled = (value - centre) / scale
        out[row] = scaled
        # Written so that NaN, too, is no usual number.
        unusual += int(not abs(value) <= LARGEST)
        beyond += int(abs(scaled) > knee)
    return UNUSUAL if unusual else (BEYOND if beyond else WITHIN)
