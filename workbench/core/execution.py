"""Where work runs: one after the other, in threads, or in spawned processes, by one contract."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

from workbench.core.errors import ParameterError
from workbench.core.progress import Progress
from workbench.core.settings import settings

__all__ = [
    "Execution",
    "blocks",
    "flow",
    "mark_worker",
    "processes",
    "serial",
    "threads",
    "worker_count",
]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: How long a cancelled wait may go unnoticed, in seconds.
_POLL_SECONDS = 0.1

_inside = threading.local()


class Execution(Protocol):
    """Runs a function over items; engines differ in where, never in what comes back.

    Attributes
    ----------
    workers : int
        How many items run at once.
    """

    @property
    def workers(self) -> int:
        """How many items run at once."""
        ...

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        progress: Progress | None = None,
        stage: str = "working",
    ) -> list[Result]:
        """Return ``function(item)`` for each item, in the order of the items.

        Parameters
        ----------
        function : callable
            Called once an item. Processes need a function that can be imported by name.
        items : iterable
            What to work on. All of it is taken at once.
        progress : Progress, optional
            Told the share of items that are done; when it is cancelled no further item starts.
        stage : str
            Words for the progress.

        Raises
        ------
        Cancelled
            The progress was cancelled. Items that had already started are finished first.
        Exception
            The error of the first item, in the order of the items, among those that failed;
            items that had not started by then are left out.
        """
        ...


def worker_count(workers: int | None = None) -> int:
    """Return how many workers to use: as asked, else as the setting ``threads`` says.

    Inside of a worker thread the default is 1, so that an ensemble whose members are fitted in
    parallel does not start threads by the square.

    Raises
    ------
    ParameterError
        Fewer than one worker.

    Examples
    --------
    >>> worker_count(3)
    3
    """
    if workers is None:
        return 1 if getattr(_inside, "worker", False) else settings().threads
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ParameterError(f"workers must be a whole number of at least 1, found {workers!r}.")
    return workers


def blocks(total: int, size: int) -> list[slice]:
    """Return slices that cover ``range(total)`` in order, each ``size`` long but the last.

    The cut does not depend on the number of workers, so neither does a result that is made
    block by block.

    Examples
    --------
    >>> blocks(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + size, total)) for start in range(0, total, size)]


def serial() -> Execution:
    """Run items one after the other in the calling thread: the reference for the others.

    Examples
    --------
    >>> serial().map(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    return _Serial()


def threads(workers: int | None = None) -> Execution:
    """Run items in threads: for code that releases the interpreter's lock, as our kernels do.

    Parameters
    ----------
    workers : int, optional
        Threads; by default the setting ``threads``, and 1 inside of a worker thread.

    Examples
    --------
    >>> threads(2).map(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    return _Threads(worker_count(workers))


def processes(workers: int | None = None) -> Execution:
    """Run items in fresh processes: for code that keeps the interpreter's lock.

    The processes are spawned, never forked: libraries with threads of their own hang after a
    fork. Function, items and results are pickled, and a script needs the usual
    ``if __name__ == "__main__"`` guard.

    Parameters
    ----------
    workers : int, optional
        Processes; by default the setting ``threads``.
    """
    return _Processes(worker_count(workers))


def flow(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Generator[Result]:
    """Yield ``function(item)`` in the order of the items, which are taken as they are needed.

    A few items are worked on in threads while the next one is being made, so that memory holds
    few of them however many there are. Whoever stops listening stops the work.

    Parameters
    ----------
    function : callable
        Called once an item.
    items : iterable
        Made in the calling thread.
    workers : int, optional
        Threads; by default the setting ``threads``, and none inside of a worker thread.

    Examples
    --------
    >>> list(flow(abs, iter([-1, 2, -3]), 2))
    [1, 2, 3]
    """
    count = worker_count(workers)
    if count == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(count, "workbench", initializer=mark_worker)
    try:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Serial:
    workers = 1

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        progress: Progress | None = None,
        stage: str = "working",
    ) -> list[Result]:
        todo = list(items)
        told = progress or Progress()
        results = []
        for number, item in enumerate(todo):
            told.step(number / len(todo), stage)
            results.append(function(item))
        return results


class _Pooled(ABC):
    """The part that threads and processes share: hand out, watch, collect in order."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @abstractmethod
    def _pool(self, workers: int) -> Executor: ...

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        progress: Progress | None = None,
        stage: str = "working",
    ) -> list[Result]:
        todo = list(items)
        workers = min(self.workers, len(todo))
        if workers <= 1 and self._may_stay_here:
            return _Serial().map(function, todo, progress=progress, stage=stage)
        if not todo:
            return []
        pool = self._pool(workers)
        try:
            done: SimpleQueue[Future[Result]] = SimpleQueue()
            running = [pool.submit(function, item) for item in todo]
            for future in running:
                future.add_done_callback(done.put)
            _watch(done, len(running), progress or Progress(), stage)
        finally:
            # Whatever happened: nothing new starts, and nothing is left running behind us.
            pool.shutdown(wait=True, cancel_futures=True)
        return _collect(running)

    _may_stay_here = False


class _Threads(_Pooled):
    _may_stay_here = True

    def _pool(self, workers: int) -> Executor:
        return ThreadPoolExecutor(workers, "workbench", initializer=mark_worker)


class _Processes(_Pooled):
    def _pool(self, workers: int) -> Executor:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        return ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=mark_worker
        )


def mark_worker() -> None:
    """Let what runs in this thread start no threads of its own by default."""
    _inside.worker = True


def _watch(done: SimpleQueue[Future[Result]], total: int, progress: Progress, stage: str) -> None:
    """Report until all are done or one failed; leaves by raising when cancelled."""
    count = 0
    while count < total:
        progress.step(count / total, stage)
        try:
            future = done.get(timeout=_POLL_SECONDS)
        except Empty:
            continue
        count += 1
        if future.cancelled() or future.exception() is not None:
            return


def _collect(running: Sequence[Future[Result]]) -> list[Result]:
    for future in running:
        if not future.cancelled():
            error = future.exception()
            if error is not None:
                raise error
    return [future.result() for future in running]
