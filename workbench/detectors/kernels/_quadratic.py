"""Loop of PCA and MCD: the parts of a quadratic form, row by row."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["form"]


@kernel
def form(X, centre, spread, matrix, out):  # type: ignore[no-untyped-def]
    """Write z · (P z) of z = (x − centre) / spread into ``out`` (n,)."""
    width = X.shape[1]
    z, turned = np.empty(width), np.empty(width)
    for row in range(X.shape[0]):
        for column in range(width):
            z[column] = (X[row, column] - centre[column]) / spread[column]
            turned[column] = 0.0
        for known in range(width):
            weight = z[known]
            for column in range(width):
                turned[column] += weight * matrix[known, column]
        total = 0.0
        for column in range(width):
            total += z[column] * turned[column]
        out[row] = total
