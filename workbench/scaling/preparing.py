"""From rows as they were read to the matrix of a fitted preparation, by its own rules."""

from __future__ import annotations

import numpy as np

from workbench.preparation.encoding import KNEE, Preparation
from workbench.scaling.parts import Batch

__all__ = ["matrix_of", "prepared"]

#: Rows that are laid down side by side at a time: they stay in the second-level cache.
ROWS = 4_096


def prepared(preparation: Preparation, batch: Batch) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the matrix of a batch, and what was noticed.

    Columns of plain numbers take a compiled way, which knows one line of the rules: what lies
    within the knee is centred and scaled. A batch with anything else takes the long way, through
    :meth:`Preparation.transform`.
    """
    values = _usual(preparation, batch)
    if values is not None:
        return values, ()
    matrix = preparation.transform(batch.frame())
    return matrix.values, matrix.notices


def matrix_of(preparation: Preparation, batch: Batch) -> np.ndarray:
    """Return the matrix of a batch; see :func:`prepared`."""
    return prepared(preparation, batch)[0]


def _usual(preparation: Preparation, batch: Batch) -> np.ndarray | None:
    """Return the matrix where every cell is a usual number, else None."""
    from workbench.scaling.kernels import scaled_within

    if preparation.flat:
        return None
    columns = []
    for plan in preparation.plans:
        if plan.kind != "numeric" or plan.had_missing:
            return None
        values = batch.numbers(plan.name)
        # Beyond 1e300 the rules clamp before they scale.
        if values is None or abs(plan.centre) + KNEE * plan.scale > 1e300:
            return None
        if plan.constant is not None:
            if np.any(values != plan.constant):
                return None
            continue
        columns.append((values, plan.centre, plan.scale))
    matrix = np.empty((len(batch), len(columns)))
    for start in range(0, len(batch), ROWS):
        rows = slice(start, min(start + ROWS, len(batch)))
        for place, (values, centre, scale) in enumerate(columns):
            if not scaled_within(values[rows], centre, scale, KNEE, matrix[rows, place]):
                return None
    return matrix
