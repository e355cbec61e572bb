"""A cluster of Dask's: found or started, spoken to, and left as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeVar

from workbench.core.errors import Cancelled, LimitExceeded, ParameterError
from workbench.core.extras import require
from workbench.core.progress import Progress
from workbench.core.settings import settings

__all__ = ["LOCAL", "Cluster", "connected", "is_dask_frame", "require_dask"]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: What stands for a cluster of our own on this machine.
LOCAL = "local"
#: How long a cancelled wait may go unnoticed, and a scheduler may take to answer, in seconds.
POLL_SECONDS, PATIENCE_SECONDS = 0.1, 15.0
#: Bytes from which on a value is sent to all workers by itself instead of with the tasks.
LARGE = 4 * 1024**2
#: Tasks that are handed over ahead of those that run, for each thread of the cluster.
AHEAD = 2


def require_dask() -> Any:
    """Return ``distributed``.

    Raises
    ------
    MissingExtra
        It is not installed.
    """
    require("dask", extra="scale", why="to work on a cluster")
    return require("distributed", extra="scale", why="to work on a cluster")


def is_dask_frame(data: Any) -> bool:
    """Return whether something is a data frame of Dask's; nothing is imported to find out."""
    root = type(data).__module__.partition(".")[0]
    return (
        root in ("dask", "dask_expr")
        and hasattr(data, "to_delayed")
        and hasattr(data, "npartitions")
    )


@contextlib.contextmanager
def connected(where: Any, memory: int | None = None) -> Iterator[Any]:
    """Speak to a cluster for the length of a block.

    Parameters
    ----------
    where : distributed.Client, address, "local" or None
        A client stays open afterwards, and so does what an address leads to. "local" starts
        workers on this machine, one a core, and stops them at the end; None does the same unless
        there is a client in use already.
    memory : int, optional
        Bytes that workers of our own may take together.

    Raises
    ------
    ParameterError
        It is none of these, or nothing answers there.
    """
    distributed = require_dask()
    if where is None:
        with contextlib.suppress(ValueError):
            where = distributed.default_client()
    if isinstance(where, distributed.Client):
        yield where
    elif where is None or where == LOCAL:
        with _own_workers(distributed, memory) as client:
            yield client
    elif isinstance(where, str) or hasattr(where, "scheduler_address"):
        with _reached(distributed, where) as client:
            yield client
    else:
        raise ParameterError(
            "client must be a distributed.Client, an address such as 'tcp://10.0.0.5:8786', or "
            f"'local'; found a {type(where).__name__}."
        )


@contextlib.contextmanager
def _own_workers(distributed: Any, memory: int | None) -> Iterator[Any]:
    count = settings().threads
    # On loopback, as Dask does where all is on one machine; a free port for its page.
    with (
        distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit="auto" if memory is None else memory // count,
            silence_logs="ERROR",
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextlib.contextmanager
def _reached(distributed: Any, where: Any) -> Iterator[Any]:
    try:
        client = distributed.Client(where, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
        raise ParameterError(
            f"No scheduler answers at '{where}' ({reason}). Start one with `dask scheduler`, check "
            "the address, and give certificates where it speaks TLS."
        ) from None
    try:
        yield client
    finally:
        client.close()


class Cluster:
    """Runs items on a cluster, by the contract of :class:`workbench.core.execution.Execution`.

    Lost workers are survived: what they had begun begins anew on another. Where the work is
    cancelled, or fails, no task is left behind.

    Parameters
    ----------
    client : distributed.Client
    given : object, optional
        Handed to the function before each item; it travels to each worker once.
    """

    def __init__(self, client: Any, given: Any = None) -> None:
        self.client, self._given = client, given

    @property
    def workers(self) -> int:
        """How many items run at once."""
        return max(1, sum(self.client.nthreads().values()))

    @property
    def dashboard(self) -> str:
        """Where one can watch the cluster; "" where it has no such page."""
        return str(self.client.dashboard_link or "")

    def map(
        self,
        function: Callable[..., Result],
        items: Iterable[Any],
        *,
        progress: Progress | None = None,
        stage: str = "working",
    ) -> list[Result]:
        """Return ``function(item)`` for each item; see ``Execution.map``."""
        todo = list(items)
        told = progress or Progress()
        results: list[Result] = []
        told.step(0.0, stage)
        with contextlib.closing(self.flow(function, todo, told, stage)) as found:
            for result in found:
                results.append(result)
                told.step(len(results) / len(todo), stage)
        return results

    def flow(
        self, function: Callable[..., Result], items: Iterable[Any], progress: Progress, stage: str
    ) -> Generator[Result]:
        """Yield results in the order of the items, a few of which run ahead.

        Items may be objects, or delayed ones of Dask's.
        """
        from dask.delayed import Delayed, delayed

        shared, given = self._share(function), self._share(self._given)
        ahead = AHEAD * self.workers
        waiting: list[Any] = []
        try:
            for item in items:
                if isinstance(item, Delayed):
                    task = delayed(_call, pure=False)(shared, given, item)
                    waiting.append(self.client.compute(task))
                else:
                    waiting.append(self.client.submit(_call, shared, given, item, pure=False))
                if len(waiting) >= ahead:
                    yield self._answer(waiting.pop(0), progress, stage)
            while waiting:
                yield self._answer(waiting.pop(0), progress, stage)
        finally:
            if waiting:
                self.client.cancel(waiting, force=True)
            for future in waiting:
                future.release()
            shared.release()
            given.release()

    def _share(self, value: Any) -> Any:
        """Return a future of a value that all workers can have.

        Small ones lie with the scheduler, which makes them again where the worker that has one is
        lost. Large ones lie with every worker.
        """
        from distributed.protocol.pickle import dumps

        pickled: Callable[[Any], bytes] = dumps
        if len(pickled(value)) > LARGE:
            return self.client.scatter([value], broadcast=True, hash=False)[0]
        return self.client.submit(_same, value, pure=False)

    def _answer(self, future: Any, progress: Progress, stage: str) -> Any:
        distributed = require_dask()
        try:
            while not future.done():
                if progress.cancelled:
                    raise Cancelled(f"Cancelled while: {stage}.")
                with contextlib.suppress(TimeoutError), self.client.as_current():
                    distributed.wait([future], timeout=POLL_SECONDS)
            return future.result()
        except distributed.scheduler.KilledWorker as error:
            raise LimitExceeded(
                f"A part ended several workers, one after the other, while: {stage}. They most "
                "probably ran out of memory: give them more, or take smaller partitions."
            ) from error
        except distributed.CancelledError as error:
            raise Cancelled(f"The cluster gave up while: {stage}.") from error
        finally:
            # By hand: an error's traceback, also one that is over, would keep it on the cluster.
            if not future.done():
                self.client.cancel([future], force=True)
            future.release()


def _same(value: Any) -> Any:
    return value


def _call(function: Callable[..., Any], given: Any, item: Any) -> Any:
    """Run on a worker, where several run side by side: one thread each is enough."""
    from workbench.core.execution import mark_worker

    mark_worker()
    return function(item) if given is None else function(given, item)
