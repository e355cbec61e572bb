"""What an engine is: it looks at all parts of a table, and hands over what was seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import numpy as np

from workbench.core.progress import Progress
from workbench.detectors._rows import Rows
from workbench.preparation.encoding import Preparation
from workbench.scaling.memory import Allowance
from workbench.scaling.parts import Batch, Table
from workbench.scaling.preparing import matrix_of

__all__ = ["Engine", "PreparedRows"]

Seen = TypeVar("Seen")


class Engine(ABC):
    """Looks at a table part by part; what comes back does not depend on where that was.

    Attributes
    ----------
    table : Table
    allowance : Allowance
        What may be held at a time.
    """

    table: Table
    allowance: Allowance
    #: What it is called in results.
    name: str
    #: Where one can watch it work; "" where there is no such page.
    dashboard: str = ""

    @abstractmethod
    def stream(
        self,
        look: Callable[[Batch], Seen],
        columns: Sequence[str] | None,
        progress: Progress,
        stage: str,
    ) -> Generator[Seen]:
        """Yield ``look(batch)`` of all batches in their order.

        Parameters
        ----------
        look : callable
            Runs in threads or in other processes; it is pickled where it has to be.
        columns : sequence of str, optional
            Columns that it needs; by default all.
        progress : Progress
            Told about the share of rows; when it is cancelled nothing goes on.
        stage : str
            Words for the progress.
        """

    @abstractmethod
    def fold(
        self,
        look: Callable[[Batch], Seen],
        join: Callable[[Seen, Seen], Seen],
        columns: Sequence[str] | None,
        progress: Progress,
        stage: str,
    ) -> Seen:
        """Return what was seen of all batches, joined in their order.

        A join may change its first argument.
        """

    def opened(self) -> AbstractContextManager[Any]:
        """Keep what the engine works with for the length of a block, instead of for each pass."""
        return nullcontext()


class PreparedRows(Rows):
    """The rows of a table as a detector sees them: prepared batch by batch.

    Parameters
    ----------
    engine : Engine
    preparation : Preparation
        Fitted.
    known : numpy.ndarray of shape (k, width)
        The prepared sample.
    """

    def __init__(
        self, engine: Engine, preparation: Preparation, known: np.ndarray, progress: Progress
    ) -> None:
        self.total, self.width = engine.table.total, known.shape[1]
        self.progress = progress
        self._engine, self._preparation, self._known = engine, preparation, known

    def reduce(
        self,
        look: Callable[[np.ndarray], Seen],
        join: Callable[[Seen, Seen], Seen],
        stage: str,
    ) -> Seen:
        """Look at all rows once; see :meth:`workbench.detectors._rows.Rows.reduce`."""
        preparation = self._preparation
        names = [plan.name for plan in preparation.plans]

        def see(batch: Batch) -> Seen:
            return look(matrix_of(preparation, batch))

        return self._engine.fold(see, join, names, self._pass(), stage)

    def sample(self) -> np.ndarray:
        """Return the prepared sample."""
        return self._known
