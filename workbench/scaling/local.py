"""The engine of this machine: one thread reads, others look, and few rows are held at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeVar

from workbench.core.execution import flow
from workbench.core.progress import Progress
from workbench.scaling.base import Engine
from workbench.scaling.memory import Allowance
from workbench.scaling.parts import Batch, Table

__all__ = ["LocalEngine"]

Seen = TypeVar("Seen")


class LocalEngine(Engine):
    """Looks at a table in threads of this process; see :class:`Engine`."""

    name = "this machine"

    def __init__(self, table: Table, allowance: Allowance) -> None:
        self.table, self.allowance = table, allowance

    def stream(
        self,
        look: Callable[[Batch], Seen],
        columns: Sequence[str] | None,
        progress: Progress,
        stage: str,
    ) -> Generator[Seen]:
        """Look in threads while the next batch is read; see :meth:`Engine.stream`."""
        done, total = 0, self.table.total
        progress.step(0.0, stage)

        def see(batch: Batch) -> tuple[int, Seen]:
            return len(batch), look(batch)

        # Closed by hand, whatever happens: an error's traceback would keep them at work.
        with closing(self._batches(columns)) as batches, closing(flow(see, batches)) as found:
            for rows, seen in found:
                yield seen
                done += rows
                progress.step(done / total, stage)

    def fold(
        self,
        look: Callable[[Batch], Seen],
        join: Callable[[Seen, Seen], Seen],
        columns: Sequence[str] | None,
        progress: Progress,
        stage: str,
    ) -> Seen:
        """Join as batches are seen; see :meth:`Engine.fold`."""
        with closing(self.stream(look, columns, progress, stage)) as found:
            kept = next(found)
            for seen in found:
                kept = join(kept, seen)
        return kept

    def _batches(self, columns: Sequence[str] | None) -> Generator[Batch]:
        for part in self.table.parts:
            yield from part.batches(columns, self.allowance.rows, True)
