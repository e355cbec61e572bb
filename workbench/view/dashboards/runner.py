"""One piece of work behind a dashboard: started, watched, cancelled, and its end told in words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import param

from workbench.core.errors import WorkbenchError
from workbench.core.progress import Progress
from workbench.view.dashboards.ticker import Ticker
from workbench.view.job import Job

__all__ = ["Runner"]

#: Seconds between two looks at the work.
LOOK = 0.2


class Runner(param.Parameterized):
    """Runs one job at a time in a thread; what it says is shown from the kernel's own loop.

    Examples
    --------
    >>> runner = Runner()
    >>> runner.start(lambda progress: 42, print)
    >>> runner.wait(5)
    42
    >>> runner.stage
    'done'
    """

    stage: Any = param.Selector(
        default="idle",
        objects=["idle", "running", "done", "failed", "cancelled"],
        doc="Where the work stands.",
    )
    words = param.String(default="", doc="What is being done, or what went wrong.")
    fraction = param.Number(default=0.0, doc="Share of the work that is done.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]  # param is typed in part
        self._job: Job | None = None
        self._then: Callable[[Any], None] | None = None
        self._ticker = Ticker(LOOK, self.poll)

    def start(self, work: Callable[[Progress], Any], then: Callable[[Any], None]) -> None:
        """Run ``work`` in a thread, and hand its result to ``then``; what ran before is dropped."""
        self.cancel()
        self._then = then
        self._job = Job(work, self._ended)
        self.param.update(stage="running", words="starting", fraction=0.0)
        self._ticker.start()

    def cancel(self) -> None:
        """Give up the work that goes on; its thread stops at its next step, unheard."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self._ticker.stop()
            self.param.update(stage="cancelled", words="")

    def fail(self, words: str) -> None:
        """Say what stands in the way of starting at all."""
        self.cancel()
        self.param.update(stage="failed", words=words)

    def poll(self) -> bool:
        """Look at the work; return whether it still goes on."""
        job = self._job
        if job is None:
            return False
        if job.alive:
            self.param.update(words=job.stage, fraction=job.fraction)
            return True
        self._job = None
        job.collect()
        return False

    def wait(self, seconds: float) -> None:
        """Wait for the end of the work at most this long; for code without a loop."""
        if self._job is not None:
            self._job.wait(seconds)
            self.poll()

    def _ended(self, job: Job) -> None:
        if job.cancelled:
            self.param.update(stage="cancelled", words="")
        elif job.error:
            self.param.update(stage="failed", words=job.error)
        elif self._then is not None:
            try:
                self._then(job.result)
            except WorkbenchError as error:
                self.param.update(stage="failed", words=str(error))
            except Exception as error:
                # A dashboard must say that something broke and stay alive.
                logging.getLogger(__name__).exception("A result could not be shown.")
                told = f"The result could not be shown: {type(error).__name__}: {error}"
                self.param.update(stage="failed", words=told)
            else:
                self.param.update(stage="done", words="", fraction=1.0)
