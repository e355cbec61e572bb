"""Loops of the discords: the nearest reference window that does not overlap."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["nearest"]


@kernel
def nearest(products, squares, own, starts, positions, reach, out, which):  # type: ignore[no-untyped-def]
    """Write each window's least squared distance to the reference windows, and to which one.

    Shapes: products (n, m) of windows and references, squares (m,) of references, own (n,) of
    windows, starts (m,) and positions (n,) of both on one time axis, out and which (n,); windows
    nearer than ``reach`` steps to a reference overlap it and are not compared. Infinite, and -1,
    where none is left.
    """
    for row in range(products.shape[0]):
        first = np.searchsorted(starts, positions[row] - reach, side="right")
        last = np.searchsorted(starts, positions[row] + reach, side="left")
        least, place = np.float32(np.inf), -1
        for other in range(first):
            square = squares[other] - np.float32(2.0) * products[row, other]
            if square < least:
                least, place = square, other
        for other in range(last, products.shape[1]):
            square = squares[other] - np.float32(2.0) * products[row, other]
            if square < least:
                least, place = square, other
        out[row], which[row] = max(least + own[row], np.float32(0.0)), place
