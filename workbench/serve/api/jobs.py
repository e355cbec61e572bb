"""Long work: asked about, followed while it goes on, cancelled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import Query
from fastapi.responses import StreamingResponse

from workbench.core.errors import NotFound
from workbench.core.job import OVER
from workbench.registry.orders import cancel_order, find_order, list_orders
from workbench.serve.api._jobs import Job
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Id, Limit, Listed, Next
from workbench.serve.rules import SIGNED_IN
from workbench.team.access import Identity

__all__ = ["api"]

api = Nouns("jobs", "Long work.")
#: Seconds between two looks, and until a sign of life where nothing happens.
LOOK, ALIVE = 0.5, 15.0


@api.operation("GET", "/jobs", SIGNED_IN, summary="List jobs")
def list_own_jobs(
    who: Who,
    limit: Limit = 50,
    after: Next = "",
    state: Annotated[str, Query(pattern="^(queued|running|done|failed|cancelled|)$")] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
) -> Listed[Job]:
    """List one's own jobs, the newest first; administrators see all."""
    page = list_orders(who, state=state or None, kind=kind or None, limit=limit, after=after)
    return Listed[Job].model_validate(page)


@api.operation("GET", "/jobs/{job}", SIGNED_IN, summary="Read about a job")
def read_job(job: Id, who: Who) -> Job:
    """Say how far a job has come; its result when it is done."""
    return Job.model_validate(find_order(who, job))


@api.operation("POST", "/jobs/{job}/cancel", SIGNED_IN, summary="Cancel a job")
def cancel_job(job: Id, who: Who, by: By) -> Job:
    """Ask a job to stop: at once where it waits, at its next step where it runs."""
    return Job.model_validate(cancel_order(who, job, by=by))


@api.operation(
    "GET", "/jobs/{job}/events", SIGNED_IN, summary="Follow a job",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)  # fmt: skip
async def follow_job(job: Id, who: Who) -> StreamingResponse:
    """Send an event whenever the job gets further, and end with it."""
    await to_thread.run_sync(find_order, who, job)
    return StreamingResponse(_events(who, job), media_type="text/event-stream")


async def _events(who: Identity, job: str) -> AsyncIterator[str]:
    told, quiet = "", 0.0
    while True:
        try:
            found = await to_thread.run_sync(find_order, who, job)
        except NotFound:
            return
        now = Job.model_validate(found).model_dump_json()
        if now != told:
            told, quiet = now, 0.0
            yield f"event: progress\ndata: {json.dumps(json.loads(now))}\n\n"
        elif quiet >= ALIVE:
            quiet = 0.0
            yield ": still here\n\n"
        if found.state in OVER:
            return
        await asyncio.sleep(LOOK)
        quiet += LOOK
