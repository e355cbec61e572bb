"""Loop of INNE: the smallest sphere of each set that covers a row, for lanes of rows at once."""

from __future__ import annotations

import numpy as np

from workbench.detectors.kernels._compile import kernel

__all__ = ["coverage", "one_coverage"]

#: Rows whose columns, distances and verdicts stay in the first-level cache.
BLOCK = 128


@kernel
def coverage(X, centres, radii, ratios, out):  # type: ignore[no-untyped-def]
    """Write each row's mean ratio over the sets (n,).

    ``centres`` is (sets, spheres, d) with d filled up to a multiple of four by zeros. In each
    set the spheres come from the largest to the smallest: the last one that covers a row wins.
    """
    sets, spheres, width = centres.shape
    block, apart = np.zeros((width, BLOCK)), np.empty(BLOCK)
    verdict, total = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, X.shape[0], BLOCK):
        used = min(BLOCK, X.shape[0] - start)
        for row in range(used):
            for column in range(X.shape[1]):
                block[column, row] = X[start + row, column]
        total[:] = 0.0
        for number in range(sets):
            verdict[:] = 1.0
            for sphere in range(spheres):
                centre = centres[number, sphere]
                radius, ratio = radii[number, sphere], ratios[number, sphere]
                for column in range(0, width, 4):
                    c0, c1 = centre[column], centre[column + 1]
                    c2, c3 = centre[column + 2], centre[column + 3]
                    v0, v1 = block[column], block[column + 1]
                    v2, v3 = block[column + 2], block[column + 3]
                    if column == 0:
                        for row in range(BLOCK):
                            a, b, c, d = v0[row] - c0, v1[row] - c1, v2[row] - c2, v3[row] - c3
                            apart[row] = a * a + b * b + c * c + d * d
                    else:
                        for row in range(BLOCK):
                            a, b, c, d = v0[row] - c0, v1[row] - c1, v2[row] - c2, v3[row] - c3
                            apart[row] += a * a + b * b + c * c + d * d
                for row in range(BLOCK):
                    verdict[row] = ratio if apart[row] <= radius else verdict[row]
            for row in range(BLOCK):
                total[row] += verdict[row]
        for row in range(used):
            out[start + row] = total[row] / sets


@kernel
def one_coverage(x, centres, radii, ratios, largest):  # type: ignore[no-untyped-def]
    """Return one row's mean ratio over the sets, NaN where a value cannot be used.

    From the smallest sphere on: the first that covers the row wins. Distances are summed four
    columns at a time, as in ``coverage``, so that both agree to the last bit.
    """
    sets, spheres, width = centres.shape
    row = np.zeros(width)
    for column in range(x.shape[0]):
        if not abs(x[column]) <= largest:
            return np.nan
        row[column] = x[column]
    total = 0.0
    for number in range(sets):
        verdict = 1.0
        for sphere in range(spheres - 1, -1, -1):
            centre, apart = centres[number, sphere], 0.0
            for column in range(0, width, 4):
                a, b = row[column] - centre[column], row[column + 1] - centre[column + 1]
                c, d = row[column + 2] - centre[column + 2], row[column + 3] - centre[column + 3]
                apart += a * a + b * b + c * c + d * d
            if apart <= radii[number, sphere]:
                verdict = ratios[number, sphere]
                break
        total += verdict
    return total / sets
