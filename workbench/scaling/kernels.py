"""Loop of the usual case of preparation: plain numbers, none missing, none far out."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["scaled_within"]


@kernel
def scaled_within(values, centre, scale, most, out):  # type: ignore[no-untyped-def]
    """Write (x − centre) / scale into ``out`` (n,); return whether all are within ±``most``."""
    within = True
    for row in range(values.shape[0]):
        scaled = (np.float64(values[row]) - centre) / scale
        out[row] = scaled
        within &= abs(scaled) <= most
    return within
