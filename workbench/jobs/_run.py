"""One job in the hands of one worker: what it tells on the way, and how it ends."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.core.errors import Cancelled, ParameterError, StorageFull, WorkbenchError
from workbench.core.job import Job
from workbench.core.progress import Progress
from workbench.core.tracing import span
from workbench.jobs._json import MOST_RESULT, as_json

__all__ = ["Kind", "Run", "perform"]

log = logging.getLogger("workbench.jobs")
#: What does a kind of work: called with the job and a progress, returns what JSON can say.
Kind = Callable[[Job, Progress], dict[str, Any]]
#: How a job ends that failed for a reason which is nobody's business outside.
OUR_FAULT: dict[str, Any] = {
    "state": "failed",
    "error": {
        "title": "Our fault",
        "detail": "Something went wrong here. The log has it under the id of this job.",
    },
}
MOST_STAGE = 200


class Run:
    """Holds what a worker and the keeper of signs of life both know about a job.

    Parameters
    ----------
    job : Job
        As it was when it was claimed.
    claim : str
    """

    def __init__(self, job: Job, claim: str) -> None:
        self.job, self.claim = job, claim
        self.progress = Progress(self._heard)
        #: Whether somebody asked for it to be cancelled.
        self.asked = False
        #: Whether its worker is about to say how it ended.
        self.ending = False
        #: Whether that was said, or it is somebody else's by now: there is no more to say.
        self.over = False
        self._last_beat = time.monotonic()
        #: Held while somebody is told of it, so that nobody hears of progress after the end.
        self.telling = threading.RLock()
        self._lock = threading.Lock()
        self._new = False

    def _heard(self, fraction: float, stage: str) -> None:
        with self._lock:
            # Work of several parts may tell late what another part has passed: never go back.
            done = self.job.fraction if math.isnan(fraction) else max(self.job.fraction, fraction)
            self.job = replace(self.job, fraction=done, stage=_storable(stage))
            self._new = True

    def news(self, every: float) -> dict[str, Any] | None:
        """Return what to tell the database now, if anything: news, or only a sign of life."""
        with self._lock:
            new, self._new = self._new, False
            if not new and time.monotonic() - self._last_beat < every:
                return None
            return {"fraction": self.job.fraction, "stage": self.job.stage} if new else {}

    def reached(self) -> dict[str, Any]:
        """Return how far it has come."""
        with self._lock:
            return {"fraction": self.job.fraction, "stage": self.job.stage}

    def told(self) -> None:
        """Note that the database has heard of it."""
        self._last_beat = time.monotonic()

    def not_told(self) -> None:
        """Note that the database did not hear of it: what is new still is."""
        self._new = True

    def lose(self) -> None:
        """Note that it is somebody else's by now, and stop the work."""
        self.over = True
        self.progress.cancel()


def _storable(text: str) -> str:
    # PostgreSQL's text has no NUL, and nobody's has half a pair of surrogates.
    return text[:MOST_STAGE].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _failure(job: Job, error: BaseException) -> dict[str, Any]:
    if not isinstance(error, WorkbenchError):
        log.error("job %s (%s) failed", job.id, job.kind, exc_info=error)
        return OUR_FAULT
    log.info("job %s (%s) failed: %s", job.id, job.kind, type(error).__name__)
    told = {"title": type(error).__name__, "detail": str(error)}
    return {"state": "failed", "error": told}


def perform(work: Kind, run: Run) -> dict[str, Any]:
    """Do the work and return how it ended, as columns of the job; nothing gets out of here."""
    told = {"workbench.job": run.job.id, "user.id": run.job.owner}
    with span(f"job {run.job.kind}", told, kind="consumer") as one:
        ended = _performed(work, run)
        one.set_attribute("workbench.job.state", ended["state"])
        if ended["state"] == "failed":
            one.failed()
    return ended


def _performed(work: Kind, run: Run) -> dict[str, Any]:
    job = run.job
    try:
        result = work(job, run.progress)
    except Cancelled:
        return {"state": "cancelled", **run.reached(), "stage": "cancelled"}
    except BaseException as error:  # a library that calls sys.exit ends its job, not the worker
        return {**_failure(job, StorageFull.of(error) or error), **run.reached()}
    try:
        kept = as_json("result", result, MOST_RESULT)
    except ParameterError:
        log.exception("job %s (%s) gave back what cannot be kept", job.id, job.kind)
        return {**OUR_FAULT, **run.reached()}
    return {"state": "done", "stage": "done", "fraction": 1.0, "result": kept}
