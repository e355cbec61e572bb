"""Long work: accepted now, done later, asked about in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic import Field

from workbench.registry.orders import order
from workbench.serve.api._shapes import Answer
from workbench.team.access import Identity
from workbench.team.doer import Doer

__all__ = ["Accepted", "Job", "accepted"]


class Job(Answer):
    """Long work, and how far it has come."""

    id: str
    kind: str
    owner: str
    state: str = Field(description="queued, running, done, failed or cancelled")
    fraction: float = Field(description="Share done, 0 to 1.")
    stage: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    attempts: int


class Accepted(Answer):
    """Work that was taken in: ask for the job."""

    job: Job


def accepted(
    kind: str, words: Mapping[str, Any], who: Identity, by: Doer, response: Response
) -> Accepted:
    """Take in work and say where to ask about it."""
    job = order(who, kind, words, by=by)
    response.headers["location"] = f"/api/v1/jobs/{job.id}"
    return Accepted(job=Job.model_validate(job))
