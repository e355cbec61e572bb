"""The engine of a cluster: each part of a table is read, prepared and looked at where it lies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from workbench.core.progress import Progress
from workbench.scaling.base import Engine
from workbench.scaling.cluster import Cluster, connected
from workbench.scaling.memory import Allowance
from workbench.scaling.parts import Batch, Part, Table

__all__ = ["DaskEngine", "FramePart", "frame_table"]

Seen = TypeVar("Seen")


@dataclass(frozen=True, eq=False)
class FramePart(Part):
    """A partition of a data frame of Dask's, which a worker makes when it is needed."""

    partition: Any
    start: int
    rows: int

    def batches(self, columns: Sequence[str] | None, most: int, threads: bool) -> Generator[Batch]:
        """Cut the partition, which is a frame by now; see :meth:`Part.batches`."""
        frame = self.partition if columns is None else self.partition[list(columns)]
        for row in range(0, len(frame), most):
            yield Batch(self.start + row, frame.iloc[row : row + most])


def frame_table(frame: Any, cluster: Cluster, progress: Progress, name: str = "frame") -> Table:
    """Return the partitions of a data frame of Dask's, with the number of rows of each."""
    from workbench.core.errors import DataError

    if frame.index.name is not None:
        frame = frame.reset_index()
    partitions = frame.to_delayed()
    rows = cluster.map(len, list(partitions), progress=progress, stage="counting rows")
    parts: list[Part] = []
    start = 0
    for partition, count in zip(partitions, rows, strict=True):
        if count:
            parts.append(FramePart(partition, start, count))
        start += count
    if not start:
        raise DataError(f"'{name}' holds no rows. There is nothing to look at.")
    return Table(name, tuple(str(column) for column in frame.columns), tuple(parts))


class DaskEngine(Engine):
    """Looks at a table on the workers of a cluster; see :class:`Engine`.

    Parameters
    ----------
    where : distributed.Client, address or "local"
        As for :func:`workbench.scaling.cluster.connected`.
    """

    def __init__(self, table: Table, allowance: Allowance, where: Any) -> None:
        self.table, self.allowance = table, allowance
        self._where = where
        self._open: Cluster | None = None
        self.name = "a cluster"

    @contextlib.contextmanager
    def opened(self) -> Iterator[Cluster]:
        """Speak to the cluster for the length of a block; blocks inside of it share it."""
        if self._open is not None:
            yield self._open
            return
        with connected(self._where, self.allowance.memory) as client:
            self._open = Cluster(client)
            self.dashboard = self._open.dashboard
            self.name = f"a cluster of {len(client.nthreads())} workers"
            try:
                yield self._open
            finally:
                self._open = None

    def stream(
        self,
        look: Callable[[Batch], Seen],
        columns: Sequence[str] | None,
        progress: Progress,
        stage: str,
    ) -> Generator[Seen]:
        """Look on the workers, a part a task; see :meth:`Engine.stream`."""
        yield from self._each(_Each(look, columns, self.allowance.rows), progress, stage)

    def fold(
        self,
        look: Callable[[Batch], Seen],
        join: Callable[[Seen, Seen], Seen],
        columns: Sequence[str] | None,
        progress: Progress,
        stage: str,
    ) -> Seen:
        """Join within each part on its worker, then the parts here; see :meth:`Engine.fold`."""
        work = _Folded(look, join, columns, self.allowance.rows)
        with contextlib.closing(self._each(work, progress, stage)) as found:
            kept: Seen = next(found)
            for seen in found:
                kept = join(kept, seen)
        return kept

    def _each(self, work: Callable[..., list[Any]], progress: Progress, stage: str) -> Any:
        done, total = 0, self.table.total
        progress.step(0.0, stage)
        with self.opened() as cluster:
            tasks = [_task(part) for part in self.table.parts]
            with contextlib.closing(cluster.flow(work, tasks, progress, stage)) as answers:
                for part, seen in zip(self.table.parts, answers, strict=True):
                    yield from seen
                    done += part.rows
                    progress.step(done / total, stage)


def _task(part: Part) -> Any:
    """Return a part as a task: with a partition inside, it waits until that was made."""
    if isinstance(part, FramePart):
        from dask.delayed import delayed

        return delayed(FramePart, pure=False)(part.partition, part.start, part.rows)
    return part


@dataclass(frozen=True)
class _Each:
    """Returns what was seen of each batch of a part."""

    look: Callable[[Batch], Any]
    columns: Sequence[str] | None
    most: int

    def __call__(self, part: Part) -> list[Any]:
        return [self.look(batch) for batch in part.batches(self.columns, self.most, False)]


@dataclass(frozen=True)
class _Folded:
    """Returns what was seen of a part, joined."""

    look: Callable[[Batch], Any]
    join: Callable[[Any, Any], Any]
    columns: Sequence[str] | None
    most: int

    def __call__(self, part: Part) -> list[Any]:
        kept = None
        for number, batch in enumerate(part.batches(self.columns, self.most, False)):
            seen = self.look(batch)
            kept = seen if number == 0 else self.join(kept, seen)
        return [kept]
