"""Runs one piece of work beside the page, with progress, cancel and an honest end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from workbench.core.errors import Cancelled, WorkbenchError
from workbench.core.progress import Progress

__all__ = ["Job"]


class Job:
    """A thread that a page can look at and stop; it never touches the page.

    Parameters
    ----------
    work : callable
        Called with a :class:`~workbench.core.progress.Progress`; its value is the result.
    after : callable
        Called by :meth:`collect` with this job once the work has ended.

    Examples
    --------
    >>> job = Job(lambda progress: 42, lambda done: print(done.result))
    >>> job.wait(5)
    True
    >>> job.collect()
    42
    """

    def __init__(self, work: Callable[[Progress], Any], after: Callable[[Job], None]) -> None:
        self.fraction = 0.0
        self.stage = "starting"
        self.result: Any = None
        self.error: str = ""
        self.cancelled = False
        self._after = after
        self._began = time.monotonic()
        self._progress = Progress(self._report)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _report(self, fraction: float, stage: str) -> None:
        self.fraction, self.stage = fraction, stage

    def _run(self, work: Callable[[Progress], Any]) -> None:
        try:
            self.result = work(self._progress)
        except Cancelled:
            self.cancelled = True
        except WorkbenchError as error:
            self.error = str(error)
        except Exception as error:
            # A page must say that something broke and stay alive, whatever the work raised.
            self.error = f"Something unexpected happened: {type(error).__name__}: {error}"
        if self._progress.cancelled and not self.error:
            self.cancelled = True  # the work ended before it could hear the wish

    @property
    def alive(self) -> bool:
        """Whether the work still goes on."""
        return self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """How long ago the work began."""
        return time.monotonic() - self._began

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._progress.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the end at most this long; return whether it came."""
        self._thread.join(seconds)
        return not self.alive

    def collect(self) -> None:
        """Hand the result on; call it from the thread that owns the page."""
        self._after(self)
