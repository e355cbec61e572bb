"""Rows that a detector learns from, wherever they lie: in memory, in files, on a cluster."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from workbench.core.execution import blocks, threads
from workbench.core.progress import Progress

__all__ = ["InMemory", "Rows", "column_ends", "widest"]

Seen = TypeVar("Seen")


class Rows(ABC):
    """Prepared rows that are looked at part by part; what was seen of parts is joined.

    A detector that learns by :meth:`reduce` alone learns the same from a matrix, from a file that
    does not fit into memory, and on a cluster.

    Attributes
    ----------
    total, width : int
        Rows and columns.
    progress : Progress
        Told about each pass; may cancel.
    """

    total: int
    width: int
    progress: Progress

    @abstractmethod
    def reduce(
        self,
        look: Callable[[np.ndarray], Seen],
        join: Callable[[Seen, Seen], Seen],
        stage: str,
    ) -> Seen:
        """Look at all rows once.

        Parameters
        ----------
        look : callable
            Given some rows (k, width), returns what it saw of them. It runs in threads or other
            processes: it must change nothing outside of itself.
        join : callable
            Makes one of two such, in the order of the rows. It may change its first argument.
        stage : str
            Words for the progress.
        """

    @abstractmethod
    def sample(self) -> np.ndarray:
        """Return some of the rows (k, width), drawn by a seed; all of them where they are few."""

    def _pass(self) -> Progress:
        """Return the share of the progress for one more pass: half of what is left."""
        low: float = getattr(self, "_reached", 0.0)
        self._reached = (1.0 + low) / 2.0
        return self.progress.part(low, self._reached)


class InMemory(Rows):
    """The rows of a matrix, looked at block by block in threads.

    The cut does not depend on the number of threads, so neither does what is learned.

    Parameters
    ----------
    X : numpy.ndarray of shape (n, d)
    size : int
        Rows that one thread looks at at a time.

    Examples
    --------
    >>> rows = InMemory(np.arange(6.0).reshape(-1, 1), 2)
    >>> float(rows.reduce(np.sum, lambda a, b: a + b, "adding"))
    15.0
    """

    def __init__(self, X: np.ndarray, size: int, progress: Progress | None = None) -> None:
        self.total, self.width = X.shape
        self.progress = progress or Progress()
        self._X, self._size = X, size

    def reduce(
        self,
        look: Callable[[np.ndarray], Seen],
        join: Callable[[Seen, Seen], Seen],
        stage: str,
    ) -> Seen:
        """Look at all blocks; see :meth:`Rows.reduce`."""
        parts = blocks(self.total, self._size)
        seen = threads().map(
            lambda part: look(self._X[part]), parts, progress=self._pass(), stage=stage
        )
        return functools.reduce(join, seen)

    def sample(self) -> np.ndarray:
        """Return all rows: they are in memory."""
        return self._X


def column_ends(X: np.ndarray) -> np.ndarray:
    """Return the least and the largest value of each column, (2, d)."""
    from workbench.detectors.kernels import _histograms

    ends = np.empty((2, X.shape[1]))
    _histograms.column_ends(X, ends[0], ends[1])
    return ends


def widest(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Join ends (2, d): the lesser of the least, the larger of the largest."""
    return np.stack([np.minimum(one[0], other[0]), np.maximum(one[1], other[1])])
