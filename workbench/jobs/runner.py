"""Works the queue off: each job once, whoever else works on it, and again where a runner died."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from workbench.core.errors import ParameterError, StoreError
from workbench.core.job import Job
from workbench.jobs._run import Kind, Run, perform
from workbench.jobs.queue import sweep
from workbench.jobs.schedule import submit_due
from workbench.store import claims
from workbench.store.database import reading, writing

__all__ = ["Kind", "Pace", "Runner"]

log = logging.getLogger("workbench.jobs")


@dataclass(frozen=True)
class Pace:
    """How often a runner does what, in seconds.

    Attributes
    ----------
    look : float
        Between two looks into the queue while nothing waits.
    note : float
        Between two notes of progress; the last one is always kept.
    beat : float
        Between two signs of life, which also hear whether a job shall stop.
    silent : float
        After this long without a sign of life somebody else takes the job. Several times
        ``beat``: a job that is taken from a runner which still lives is done twice.
    attempts : int
        How often a job is begun whose runner dies; then it fails.
    kept : float
        How long jobs that ended are kept.
    """

    look: float = 0.5
    note: float = 0.5
    beat: float = 2.0
    silent: float = 30.0
    attempts: int = 3
    kept: float = 30 * 24 * 3600.0


class Runner:
    """Takes jobs of the kinds that it knows, until it is stopped.

    A job may be begun again after its runner died, so what it does must bear that: it keeps what
    it made in one step at the end. A runner that was away for too long loses its claim, and what
    it brings later is not taken.

    Parameters
    ----------
    kinds : mapping of str to callable
        What does the work: called with the job and a progress, returns what JSON can say. An
        error of the house is told to the owner in its words; of any other they hear that there
        was one, and the log has the rest.
    workers : int
        Jobs at once.
    on_change : callable, optional
        Called with each job of this runner whenever it begins, gets further, ends or goes back,
        from any thread: so that a server need not ask the database all the time.
    schedules : bool
        Whether it also orders what comes again and again (:mod:`workbench.jobs.schedule`).
    pace : Pace

    Examples
    --------
    >>> with Runner({"greet": lambda job, progress: {"said": "hello"}}, workers=0):
    ...     pass
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        workers: int = 1,
        *,
        on_change: Callable[[Job], object] | None = None,
        schedules: bool = True,
        pace: Pace | None = None,
    ) -> None:
        self._kinds, self._on_change, self._schedules = dict(kinds), on_change, schedules
        self._pace = pace or Pace()
        self.name = f"{socket.gethostname()[:80]} {os.getpid()}"
        self._stopping, self._over, self._news = (threading.Event() for _ in range(3))
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._workers = [self._thread(self._work, f"job {number}") for number in range(workers)]
        self._keeper = self._thread(self._keep, "queue")
        self._minded = self._swept = float("-inf")

    def start(self) -> None:
        """Begin to work.

        Raises
        ------
        ParameterError
            It was begun before.
        """
        if self._keeper.ident is not None or self._stopping.is_set():
            raise ParameterError("A runner is started once: make a new one.")
        if self._workers:
            for thread in (*self._workers, self._keeper):
                thread.start()

    def wake(self) -> None:
        """Look into the queue now: somebody has just ordered something."""
        self._news.set()

    def stop(self, seconds: float = 10.0) -> None:
        """Take on nothing more, and leave nothing behind.

        Each job that runs is asked to stop at once. One that ends in time has ended; one that
        stops goes back into the queue as if it had not been begun; and so does one that does
        neither: its thread goes on, and what it brings is not taken.

        Parameters
        ----------
        seconds : float
            How long to wait for them.
        """
        self._stopping.set()
        self._news.set()
        for run in self._running():
            run.progress.cancel()
        end = time.monotonic() + seconds
        for thread in self._workers:
            if thread.ident is not None:
                thread.join(max(0.0, end - time.monotonic()))
        for run in self._running():
            log.warning("job %s did not stop in %g s; it goes back", run.job.id, seconds)
            try:
                self._put_back(run)
            except StoreError:  # it is found when nobody gives a sign of life
                log.exception("job %s could not be put back", run.job.id)
        self._over.set()
        if self._keeper.ident is not None:
            self._keeper.join(seconds + self._pace.silent)

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

    # ---- workers --------------------------------------------------------------------------------

    def _thread(self, does: Callable[[], None], name: str) -> threading.Thread:
        return threading.Thread(target=does, name=f"workbench {name}", daemon=True)

    def _running(self) -> list[Run]:
        with self._lock:
            return list(self._runs.values())

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                run = self._claim()
                if run is not None:
                    self._do(run)
                    continue
            except Exception:
                log.exception("the queue does not answer")
            self._news.wait(self._pace.look)
            self._news.clear()

    def _claim(self) -> Run | None:
        """Return a job that is ours now, or None: who only looks keeps nobody from writing."""
        kinds, claim = sorted(self._kinds), secrets.token_hex(16)
        with reading() as connection:
            if not claims.waits(connection, kinds):
                return None
        with writing() as connection:
            job = claims.claim_job(connection, kinds, claim, self.name)
        return None if job is None else Run(job, claim)

    def _do(self, run: Run) -> None:
        with self._lock:
            self._runs[run.claim] = run
            if self._stopping.is_set():
                run.progress.cancel()
        try:
            self._tell(run.job)
            self._end(run, perform(self._kinds[run.job.kind], run))
        finally:
            with self._lock:
                self._runs.pop(run.claim, None)

    def _end(self, run: Run, ended: dict[str, Any]) -> None:
        """Keep how a job ended, if it is still ours; a database that is away may come back."""
        until, run.ending = time.monotonic() + self._pace.silent, True
        while not run.over:
            try:
                if ended["state"] == "cancelled" and self._stopping.is_set() and not run.asked:
                    self._put_back(run)
                    return
                with writing() as connection:
                    job = claims.end_job(connection, run.job.id, run.claim, **ended)
                self._settled(run, job)
                return
            except Exception:
                log.exception("job %s cannot be ended", run.job.id)
                if time.monotonic() > until or self._over.wait(self._pace.look):
                    return  # it is found, and begun again, when nobody gives a sign of life

    def _put_back(self, run: Run) -> None:
        with writing() as connection:
            job = claims.put_back(connection, run.job.id, run.claim)
        self._settled(run, job)

    def _settled(self, run: Run, job: Job | None) -> None:
        with run.telling:
            if job is None and not run.over:
                log.warning("job %s was taken over by another runner", run.job.id)
            run.over = True
            if job is not None:
                self._tell(job)

    def _tell(self, job: Job) -> None:
        try:
            if self._on_change is not None:
                self._on_change(job)
        except Exception:
            log.exception("a change of job %s could not be told", job.id)

    # ---- the keeper -----------------------------------------------------------------------------

    def _keep(self) -> None:
        """Give signs of life, bring back what dead runners left, order what is due."""
        while not self._over.is_set():
            for does in (self._beat, self._mind):
                try:
                    does()
                except Exception:
                    log.exception("the queue does not answer")
            self._over.wait(self._pace.note)

    def _beat(self) -> None:
        """Tell the database of all jobs of ours in one transaction."""
        due = [(run, run.news(self._pace.beat)) for run in self._running() if not run.over]
        telling = [(run, news) for run, news in due if news is not None]
        if not telling:
            return
        try:
            with writing() as connection:
                heard = [
                    claims.beat(connection, run.job.id, run.claim, **news) for run, news in telling
                ]
        except Exception:
            for run, _ in telling:
                run.not_told()
            raise
        for (run, news), asked in zip(telling, heard, strict=True):
            run.told()
            if asked is None:
                self._lost(run)
            elif asked:
                run.asked = True
                run.progress.cancel()
            if news:
                with run.telling:
                    if not run.over:
                        self._tell(replace(run.job, **news))

    def _lost(self, run: Run) -> None:
        if not run.ending:  # else its worker ended it before our word, or hears of this itself
            log.warning("job %s was taken over by another runner", run.job.id)
            run.lose()

    def _mind(self) -> None:
        now, pace = time.monotonic(), self._pace
        if now - self._minded < pace.beat:
            return
        self._minded = now
        error = {
            "title": "Given up",
            "detail": f"It was begun {pace.attempts} times, and each time the server ended while "
            "it worked on this: it may need more memory than there is. Ask for less.",
        }
        silent, taken = timedelta(seconds=pace.silent), []
        with reading() as connection:
            some = claims.is_silent(connection, silent)
        if some:
            with writing() as connection:
                taken = claims.take_back(connection, silent, pace.attempts, error)
        for job in taken:
            log.warning("job %s lost its runner and is %s", job.id, job.state)
            self._tell(job)
        if (submit_due() if self._schedules else []) or taken:
            self.wake()
        if now - self._swept > 3600:
            self._swept = now
            sweep(datetime.now(UTC) - timedelta(seconds=pace.kept))
