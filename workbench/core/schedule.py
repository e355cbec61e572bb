"""Long work that comes again and again: when, in whose name, and whether it does at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["Schedule"]


@dataclass(frozen=True)
class Schedule:
    """A job that is ordered again whenever its time comes.

    Attributes
    ----------
    id : str
    kind : str
        What is to be done; the runner knows the function.
    owner : str
        Id of the user in whose name it is done.
    params : dict
        What each of its jobs is ordered with.
    cron : str
        Five fields (minute, hour, day, month, weekday); empty where ``every`` says when.
    every : int or None
        Seconds from one time to the next; None where ``cron`` says when.
    zone : str
        Time zone that ``cron`` is meant in: "Europe/Berlin".
    enabled : bool
    next : datetime.datetime or None
        When it comes next, in UTC; None where it is not enabled.
    latest : datetime.datetime or None
        When it last gave a job.
    job : str or None
        Id of that job.
    created : datetime.datetime
    """

    id: str
    kind: str
    owner: str
    params: dict[str, Any]
    cron: str
    every: int | None
    zone: str
    enabled: bool
    next: datetime | None
    latest: datetime | None
    job: str | None
    created: datetime
