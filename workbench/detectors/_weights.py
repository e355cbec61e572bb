"""What networks learned: arrays by name, which a saved model keeps beside all other state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from workbench.core.errors import DataError, ModelError
from workbench.detectors.base import Detector

__all__ = ["Weighted", "Weights", "on_shelf"]

#: Arrays by name.
Weights = dict[str, np.ndarray]


class _Shelf:
    """Where arrays lie apart from the objects that they belong to; names say whose they are."""

    def __init__(self, arrays: Weights) -> None:
        self.arrays = arrays
        self._places: dict[int, str] = {}

    def put(self, weights: Weights) -> str:
        """Lay arrays down, the same ones once, and return their place."""
        place = self._places.setdefault(id(weights), str(len(self._places)))
        self.arrays |= {f"{place}.{name}": array for name, array in weights.items()}
        return place

    def take(self, place: Any) -> Weights:
        """Return the arrays of a place."""
        start = f"{place}."
        found = {
            name.removeprefix(start): array
            for name, array in self.arrays.items()
            if name.startswith(start)
        }
        if not found:
            raise ModelError(f"The model holds no weights '{place}'.")
        return found


_open: ContextVar[_Shelf | None] = ContextVar("shelf", default=None)


@contextmanager
def on_shelf(arrays: Weights) -> Iterator[Weights]:
    """Let detectors that are written meanwhile put their weights here, or take them from here.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray
        Empty to be filled, or filled to be taken from.
    """
    token = _open.set(_Shelf(arrays))
    try:
        yield arrays
    finally:
        _open.reset(token)


class Weighted(Detector):
    """A detector whose network is plain arrays by name, ``weights_``.

    Scoring takes NumPy alone, in float64: no library of networks is needed any more, a row scores
    the same alone and in a batch, and a model file holds numbers. Copies, and what goes to other
    processes, carry the arrays along; a model that is written lays them on a shelf
    (:func:`on_shelf`).
    """

    # Fitted state.
    weights_: Weights

    def _keep(self, weights: Weights) -> None:
        """Keep what was learned; refuses what is no number."""
        if not all(np.isfinite(array).all() for array in weights.values()):
            raise DataError(
                "the training did not come to finite numbers, as happens where values are huge or "
                "the learning rate is too high"
            )
        self.weights_ = weights

    def __getstate__(self) -> dict[str, Any]:
        shelf, state = _open.get(), dict(vars(self))
        if shelf is not None and "weights_" in state:
            state["weights_"] = shelf.put(state["weights_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        shelf = _open.get()
        if shelf is not None and "weights_" in state:
            state = {**state, "weights_": shelf.take(state["weights_"])}
        vars(self).update(state)
