"""From rows as they were read to the matrix of a fitted preparation, by its own rules."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.preparation.encoding import KNEE, Preparation, squeezed
from workbench.scaling.parts import Batch

__all__ = ["PlainColumns", "matrix_of"]

#: Rows that are laid down column by column at a time: they stay in the second-level cache.
ROWS = 8_192


class PlainColumns:
    """A batch of plain numbers, prepared column by column in a compiled way.

    It knows one line of the rules: numbers are centred and scaled. What lies beyond the knee is
    squeezed by the rules themselves; a batch with anything else (missing cells, infinite ones,
    categories) is not plain, and takes the long way through :meth:`Preparation.transform`.

    Attributes
    ----------
    plain : bool
        Whether the batch is; for the last word go through :meth:`blocks` first.
    """

    def __init__(self, preparation: Preparation, batch: Batch) -> None:
        self._rows = len(batch)
        columns = _plain_columns(preparation, batch)
        self._columns = columns or []
        self.plain = columns is not None

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the prepared rows, some at a time, as (d, k) in one array that is used again."""
        if not self.plain:
            return
        from workbench.scaling.kernels import scaled_into

        room = np.empty((len(self._columns), min(ROWS, self._rows)))
        for start in range(0, self._rows, ROWS):
            stop = min(start + ROWS, self._rows)
            block = room if stop - start == room.shape[1] else room[:, : stop - start].copy()
            for place, (values, centre, scale) in enumerate(self._columns):
                beyond = scaled_into(values, start, centre, scale, KNEE, block, place)
                if beyond and not _squeezed(values, start, block[place], beyond):
                    self.plain = False
                    return
            yield block


def matrix_of(preparation: Preparation, batch: Batch) -> np.ndarray:
    """Return the matrix (n, width) of a batch."""
    columns = PlainColumns(preparation, batch)
    parts = [block.T.copy() for block in columns.blocks()]
    if columns.plain:
        return np.concatenate(parts)
    return preparation.transform(batch.frame()).values


def _plain_columns(
    preparation: Preparation, batch: Batch
) -> list[tuple[np.ndarray, float, float]] | None:
    """Return values, centre and scale of each column that becomes one of numbers."""
    from workbench.scaling.kernels import LARGEST

    columns = []
    for plan in preparation.plans:
        values = batch.numbers(plan.name)
        if preparation.flat or plan.kind != "numeric" or plan.had_missing or values is None:
            return None
        if plan.constant is None:
            # What lies within the knee must be a usual number.
            if abs(plan.centre) + KNEE * plan.scale > LARGEST:
                return None
            columns.append((values, plan.centre, plan.scale))
        elif np.any(values != plan.constant):
            return None  # the rules have something to say
    return columns


def _squeezed(values: np.ndarray, start: int, scaled: np.ndarray, beyond: int) -> bool:
    """Squeeze what lies beyond the knee, by the rules; False if it is no usual number."""
    from workbench.scaling.kernels import places_beyond

    places = np.empty(beyond, np.int64)
    if not places_beyond(values, start, KNEE, scaled, places):
        return False
    far = scaled[places]
    scaled[places] = squeezed(far)
    return bool(np.isfinite(far).all())
