"""The outbox: messages that wait, were sent, or were given up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from workbench.core.channel import Outgoing
from workbench.registry import channels as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Answer, Id, Limit, Listed, Next

__all__ = ["api"]

api = Nouns("outbox", "Messages on their way to channels.")
WRITE = "monitors:write"


class Sending(Answer):
    """A message on its way; what it says is read at its incident."""

    id: str = Field(description="As receivers see it, the same at each attempt.")
    incident: str
    channel: str
    reason: str
    state: str = Field(description="waiting, sent, or dead: given up.")
    attempts: int
    next: datetime = Field(description="When it is tried next, where it waits.")
    error: str
    created: datetime
    sent: datetime | None


def _shown(one: Outgoing) -> Sending:
    return Sending.model_validate({**vars(one), "reason": one.payload.get("reason", "")})


@api.operation("GET", "/outbox", WRITE, summary="List messages")
def list_outbox(
    who: Who,
    state: Annotated[
        Literal["waiting", "sent", "dead"] | None, Query(description="All by default.")
    ] = None,
    channel: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "",
    limit: Limit = 50,
    after: Next = "",
) -> Listed[Sending]:
    """List messages, the newest first; state=dead: those that were given up."""
    page = kept.list_outbox(who, state=state or "", channel=channel, limit=limit, after=after)
    return Listed[Sending](
        items=[_shown(one) for one in page.items], next=page.next, total=page.total
    )


@api.operation("POST", "/outbox/{message}/send", WRITE, summary="Send it again")
def send_again(message: Id, who: Who, by: By) -> Sending:
    """Let a message that was given up be sent once more, with the same id."""
    return _shown(kept.send_again(who, message, by=by))
