"""Long work that somebody ordered: what it is, how far it has come, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

__all__ = ["OVER", "Backlog", "Job", "JobState"]

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
#: States that a job does not leave.
OVER = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes
    ----------
    id : str
    kind : str
        What is to be done; the runner knows the function.
    owner : str
        Id of the user who ordered it.
    params : dict
    state : {"queued", "running", "done", "failed", "cancelled"}
    fraction : float
        Share done, in [0, 1].
    stage : str
        What is being done, in words.
    result : dict or None
    error : dict or None
        ``title`` and ``detail`` of what went wrong.
    created, started, finished : datetime.datetime or None
    attempts : int
        How often it was begun.
    """

    id: str
    kind: str
    owner: str
    params: dict[str, Any]
    state: JobState
    fraction: float
    stage: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    attempts: int


@dataclass(frozen=True)
class Backlog:
    """How a queue stands.

    Attributes
    ----------
    waiting, running : int
    oldest : float
        Seconds that the oldest job has waited that waits.
    silent : int
        Jobs that run, and whose runner has given no sign of life for a while.
    """

    waiting: int
    running: int
    oldest: float
    silent: int
