"""Silences: mutes, maintenance that comes again, days of a calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import AwareDatetime, Field

from workbench.core.channel import Silence as Kept
from workbench.registry import silences as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Answer, Asked, Id, Limit, Line, Listed, Next

__all__ = ["api"]

api = Nouns("silences", "When nobody shall be told of what.")
READ, WRITE = "monitors:read", "monitors:write"
Effect = Annotated[
    Literal["suppress", "expected"],
    Field(description="suppress: kept and seen, nobody is told. expected: resolved at once."),
]
Cron = Annotated[str, Field(max_length=200, examples=["0 2 * * SUN"])]
Word = Annotated[Line, Field(max_length=200)]
Order = Annotated[str, Query(pattern="^-?created$")]


class Match(Asked):
    """Which firings; what is not named may be anything. Entity and rule may hold * and ?."""

    monitor: Word | None = None
    kind: Word | None = None
    entity: Word | None = None
    rule: Word | None = None


class New(Asked):
    """A silence: until a time, by cron for some seconds, on dates, or on holidays of a country."""

    match: Match = Field(default_factory=Match)
    effect: Effect = "suppress"
    reason: Line = Field(min_length=1, examples=["the pump is being mended"])
    start: AwareDatetime | None = None
    until: AwareDatetime | None = Field(default=None, examples=["2099-01-01T08:00:00Z"])
    cron: Cron = ""
    seconds: int = Field(default=0, ge=0, le=31 * 24 * 3600)
    dates: list[Annotated[str, Field(max_length=10)]] = Field(default=[], max_length=1000)
    country: str = Field(default="", max_length=20, examples=["DE-BY"])
    zone: str = Field(default="UTC", max_length=64, examples=["Europe/Berlin"])


class Change(Asked):
    """What shall be otherwise; what is not named stays."""

    match: Match | None = None
    effect: Effect | None = None
    reason: Line | None = Field(default=None, min_length=1)
    start: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cron: Cron | None = None
    seconds: int | None = Field(default=None, ge=0, le=31 * 24 * 3600)
    dates: list[Annotated[str, Field(max_length=10)]] | None = Field(default=None, max_length=1000)
    country: str | None = Field(default=None, max_length=20)
    zone: str | None = Field(default=None, max_length=64)


class Silence(Answer):
    """When nobody shall be told of what."""

    id: str
    match: dict[str, str]
    effect: str
    reason: str
    start: datetime | None
    until: datetime | None
    cron: str
    seconds: int
    dates: list[str]
    country: str
    zone: str
    author: str
    created: datetime
    active: bool = Field(description="Whether it holds now.")


def _shown(one: Kept) -> Silence:
    return Silence.model_validate({**vars(one), "active": kept.in_force(one)})


@api.operation("GET", "/silences", READ, summary="List silences")
def list_silences(
    who: Who,
    over: Annotated[bool, Query(description="Also those that are over.")] = False,
    sort: Order = "-created",
    limit: Limit = 50,
    after: Next = "",
) -> Listed[Silence]:
    """List the silences of the house."""
    page = kept.list_silences(who, over=over, sort=sort, limit=limit, after=after)
    return Listed[Silence](
        items=[_shown(one) for one in page.items], next=page.next, total=page.total
    )


@api.operation("POST", "/silences", WRITE, status=201, summary="Add a silence")
def create_silence(asked: New, response: Response, who: Who, by: By) -> Silence:
    """Add a silence; it always has a reason, and an end or days of its own."""
    parts = {**asked.model_dump(), "match": asked.match.model_dump(exclude_none=True)}
    made = kept.add_silence(who, by=by, **parts)
    response.headers["location"] = f"/api/v1/silences/{made.id}"
    return _shown(made)


@api.operation("GET", "/silences/{silence}", READ, summary="Read about a silence")
def read_silence(silence: Id, who: Who) -> Silence:
    """Say what is silent, when and why."""
    return _shown(kept.find_silence(who, silence))


@api.operation("PATCH", "/silences/{silence}", WRITE, summary="Change a silence")
def change_silence(silence: Id, asked: Change, who: Who, by: By) -> Silence:
    """Change a silence."""
    parts = asked.model_dump(exclude_none=True)
    if asked.match is not None:
        parts["match"] = asked.match.model_dump(exclude_none=True)
    return _shown(kept.change_silence(who, silence, by=by, **parts))


@api.operation("DELETE", "/silences/{silence}", WRITE, status=204, summary="Lift a silence")
def remove_silence(silence: Id, who: Who, by: By) -> None:
    """Lift a silence."""
    kept.remove_silence(who, silence, by=by)
