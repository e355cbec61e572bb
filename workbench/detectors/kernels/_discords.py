"""Loops of the discords: the nearest reference window that does not overlap."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["nearest"]


@kernel
def nearest(products, squares, own, starts, positions, reach, out):  # type: ignore[no-untyped-def]
    """Write each window's least squared distance to the reference windows.

    Shapes: products (n, m) of windows and references, squares (m,) of references, own (n,) of
    windows, starts (m,) and positions (n,) of both on one time axis; windows nearer than
    ``reach`` steps to a reference overlap it and are not compared. Infinite where none is left.
    """
    for row in range(products.shape[0]):
        first = np.searchsorted(starts, positions[row] - reach, side="right")
        last = np.searchsorted(starts, positions[row] + reach, side="left")
        least = np.float32(np.inf)
        for other in range(first):
            least = min(least, squares[other] - np.float32(2.0) * products[row, other])
        for other in range(last, products.shape[1]):
            least = min(least, squares[other] - np.float32(2.0) * products[row, other])
        out[row] = max(least + own[row], np.float32(0.0))
