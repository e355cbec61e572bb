"""Works the queue off: each job once, whoever else works on it, and again where a runner died."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from workbench.core.errors import Cancelled, StoreError, WorkbenchError
from workbench.core.job import Job
from workbench.core.progress import Progress
from workbench.store import jobs as store
from workbench.store.database import reading, writing

__all__ = ["Kind", "Runner"]

log = logging.getLogger(__name__)
Kind = Callable[[Job, Progress], dict[str, Any]]

#: Seconds between looks into the queue, signs of life, and notes of progress.
LOOK, BEAT, NOTE = 0.5, 2.0, 0.5
#: After this long without a sign of life a runner counts as dead.
DEAD = timedelta(seconds=30)
#: How often a job is begun at most.
MOST_ATTEMPTS = 3
#: How long jobs that ended are kept.
KEPT = timedelta(days=30)


class Runner:
    """Takes jobs of the kinds that it knows, until it is stopped.

    A job may be begun again after its runner died, so what it does must bear that: it keeps its
    result in one step at the end. A runner that was away for too long loses its claim, and what
    it brings later is not taken.

    Parameters
    ----------
    kinds : mapping of str to callable
        What does the work: called with the job and a progress, returns what JSON can say.
    workers : int
        Jobs at once.
    """

    def __init__(self, kinds: Mapping[str, Kind], workers: int = 1) -> None:
        self._kinds = dict(kinds)
        self._stopping = threading.Event()
        self._returning = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"workbench job {number}", daemon=True)
            for number in range(workers)
        ]
        if workers:
            self._threads.append(
                threading.Thread(target=self._mind, name="workbench queue", daemon=True)
            )
        self._going: dict[str, Progress] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Take on nothing more; what has not ended in time goes back into the queue."""
        self._stopping.set()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._returning.set()
        with self._lock:
            for progress in self._going.values():
                progress.cancel()
        for thread in self._threads:
            thread.join(2 * BEAT)

    def __enter__(self) -> Runner:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # ---- threads --------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                job, claim = self._next()
            except StoreError:
                log.exception("the queue does not answer")
                job, claim = None, ""
            if job is None:
                self._stopping.wait(LOOK)
            else:
                self._do(job, claim)

    def _next(self) -> tuple[Job | None, str]:
        """Return a job that is ours now, or None: who only looks keeps nobody from writing."""
        kinds, claim = sorted(self._kinds), secrets.token_hex(16)
        with reading() as connection:
            if not store.waits(connection, kinds):
                return None, claim
        with writing() as connection:
            return store.claim_job(connection, kinds, claim, datetime.now(UTC)), claim

    def _mind(self) -> None:
        """Bring back what dead runners left, and forget what ended long ago."""
        error = {
            "title": "Given up",
            "detail": f"The server ended {MOST_ATTEMPTS} times while it worked on this.",
        }
        while not self._stopping.is_set():
            now = datetime.now(UTC)
            with suppress(StoreError), writing() as connection:
                store.return_stale(connection, now - DEAD, MOST_ATTEMPTS, error, now)
                store.drop_finished(connection, now - KEPT)
            self._stopping.wait(DEAD.total_seconds() / 3)

    def _do(self, job: Job, claim: str) -> None:
        held = _Held(job, claim)
        with self._lock:
            self._going[job.id] = held.progress
        held.start()
        try:
            result = self._kinds[job.kind](job, held.progress)
            json.dumps(result, allow_nan=False)
            ended: dict[str, Any] = {
                "state": "done", "result": result, "fraction": 1.0, "stage": "done",
            }  # fmt: skip
        except Cancelled:
            ended = {"state": "cancelled", "stage": "cancelled"}
            if self._returning.is_set() and not held.cancelled:
                ended = {"state": "queued", "fraction": 0.0, "stage": "waiting once more"}
        except WorkbenchError as error:
            told = {"title": type(error).__name__, "detail": str(error)}
            ended = {"state": "failed", "error": told}
        except Exception:
            log.exception("job %s (%s) failed", job.id, job.kind)
            detail = "Something went wrong here. The log has it under the id of this job."
            ended = {"state": "failed", "error": {"title": "Our fault", "detail": detail}}
        finally:
            held.stop()
            with self._lock:
                self._going.pop(job.id, None)
        if ended["state"] != "queued":
            ended["finished"] = datetime.now(UTC)
        self._end(job, claim, ended)

    def _end(self, job: Job, claim: str, ended: dict[str, Any]) -> None:
        for pause in (0.2, 1.0, 5.0, 0.0):
            try:
                with writing() as connection:
                    if not store.change_claimed(connection, job.id, claim, **ended):
                        log.warning("job %s was taken over by another runner", job.id)
                return
            except StoreError:
                log.exception("job %s cannot be ended", job.id)
                self._stopping.wait(pause)


class _Held:
    """Gives signs of life for a job, notes its progress, and hears when it shall stop."""

    def __init__(self, job: Job, claim: str) -> None:
        self._job, self._claim = job, claim
        self.progress = Progress(self._heard)
        self.cancelled = False
        self._latest: tuple[float, str] | None = None
        self._news, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._news.set()
        self._thread.join()

    def _heard(self, fraction: float, stage: str) -> None:
        self._latest = (fraction, stage[:200])
        self._news.set()

    def _beat(self) -> None:
        while not self._over.is_set():
            values: dict[str, Any] = {"heartbeat": datetime.now(UTC)}
            latest, self._latest = self._latest, None
            if latest is not None:
                values |= {"fraction": latest[0], "stage": latest[1]}
            with suppress(StoreError):
                self._tell(values)
            self._over.wait(NOTE)
            self._news.wait(max(0.0, BEAT - NOTE))
            self._news.clear()

    def _tell(self, values: dict[str, Any]) -> None:
        with writing() as connection:
            ours = store.change_claimed(connection, self._job.id, self._claim, **values)
        with reading() as connection:
            self.cancelled = store.wants_cancel(connection, self._job.id)
        if self.cancelled or not ours:
            self.progress.cancel()
