"""When to stop training: after some epochs in which held-out rows were foreseen no better."""

from __future__ import annotations

from typing import Any

__all__ = ["Patience"]

#: Share by which a loss must fall to count as better.
BETTER = 1e-3


class Patience:
    """Remembers the best state of a training, and says when to give up hope for a better one.

    Parameters
    ----------
    epochs : int
        How many may pass without a better one.

    Examples
    --------
    >>> patience = Patience(2)
    >>> [patience.spent_after(loss, state) for state, loss in enumerate([3.0, 2.0, 2.5, 2.1, 9.0])]
    [False, False, False, True, True]
    >>> patience.best
    1
    """

    def __init__(self, epochs: int) -> None:
        self.best: Any = None
        self._epochs, self._waited, self._loss = epochs, 0, float("inf")

    def spent_after(self, loss: float, state: Any) -> bool:
        """Take note of an epoch's loss on held-out rows; returns whether to stop."""
        if self.best is None or loss < self._loss * (1.0 - BETTER):
            self.best, self._loss, self._waited = state, loss, 0
        else:
            self._waited += 1
        return self._waited >= self._epochs
