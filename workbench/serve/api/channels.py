"""Channels: the ways on which people are told of incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Response
from pydantic import Field

from workbench.core.channel import KeptChannel
from workbench.registry import channels as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
    FreeWords,
    Id,
    Limit,
    Listed,
    Name,
    Next,
    Search,
    Sort,
)

__all__ = ["api"]

api = Nouns("channels", "Ways on which people are told of incidents.")
READ, WRITE = "monitors:read", "monitors:write"
Kind = Annotated[str, Field(max_length=80, examples=["in_page"])]


class Setting(Answer):
    """A setting of a kind of channel."""

    name: str
    required: bool
    secret: bool = Field(description="Whether it is encrypted and never shown.")


class KindOf(Answer):
    """A kind of channel."""

    kind: str
    about: str
    settings: list[Setting]


class Kinds(Answer):
    """All of them."""

    items: list[KindOf]


class Channel(Answer):
    """A way on which people are told."""

    id: str
    name: str
    kind: str
    settings: dict[str, Any] = Field(description="Without what is secret.")
    secrets: list[str] = Field(description="Names of the settings that are kept and not shown.")
    enabled: bool
    author: str
    created: datetime
    changed: datetime
    latest: datetime | None = Field(description="When a message last arrived.")
    error: str = Field(description="Why the last one did not; empty where it did.")


class New(Asked):
    """A channel; `GET /channels/kinds` lists the settings of each kind."""

    name: Name
    kind: Kind
    settings: FreeWords = Field(default_factory=dict)


class Change(Asked):
    """What shall be otherwise; settings that are not named stay."""

    name: Name | None = None
    settings: FreeWords | None = None
    enabled: bool | None = None


class Tried(Answer):
    """What became of a test message."""

    sent: bool
    error: str
    seconds: float


def _shown(one: KeptChannel) -> Channel:
    return Channel.model_validate({**vars(one), "secrets": kept.hidden_settings(one)})


@api.operation("GET", "/channels", READ, summary="List channels")
def list_channels(
    who: Who, search: Search = "", sort: Sort = "name", limit: Limit = 50, after: Next = ""
) -> Listed[Channel]:
    """List the channels of the house; their secrets are not shown."""
    page = kept.list_channels(who, search=search, sort=sort, limit=limit, after=after)
    return Listed[Channel](
        items=[_shown(one) for one in page.items], next=page.next, total=page.total
    )


@api.operation("POST", "/channels", WRITE, status=201, summary="Add a channel")
def create_channel(asked: New, response: Response, who: Who, by: By) -> Channel:
    """Add a channel; what is secret in its settings is encrypted and never shown again."""
    made = kept.add_channel(who, asked.name, asked.kind, asked.settings, by=by)
    response.headers["location"] = f"/api/v1/channels/{made.id}"
    return _shown(made)


@api.operation("GET", "/channels/kinds", READ, summary="List kinds of channels")
def list_channel_kinds() -> Kinds:
    """List the kinds of channels with their settings."""
    return Kinds(items=[KindOf.model_validate(one) for one in kept.channel_kinds()])


@api.operation("GET", "/channels/{channel}", READ, summary="Read about a channel")
def read_channel(channel: Id, who: Who) -> Channel:
    """Say where it leads, and whether the last message arrived."""
    return _shown(kept.find_channel(who, channel))


@api.operation("PATCH", "/channels/{channel}", WRITE, summary="Change a channel")
def change_channel(channel: Id, asked: Change, who: Who, by: By) -> Channel:
    """Change a channel; where it leads elsewhere then, its secrets are given anew."""
    changed = kept.change_channel(
        who, channel, name=asked.name, settings=asked.settings, enabled=asked.enabled, by=by
    )
    return _shown(changed)


@api.operation("DELETE", "/channels/{channel}", WRITE, status=204, summary="Remove a channel")
def remove_channel(channel: Id, who: Who, by: By) -> None:
    """Remove a channel, and what waits for it."""
    kept.remove_channel(who, channel, by=by)


@api.operation("POST", "/channels/{channel}/test", WRITE, summary="Try a channel")
def try_channel(channel: Id, who: Who, by: By) -> Tried:
    """Send a real test message now, and say what became of it."""
    return Tried.model_validate(kept.try_channel(who, channel, by=by))
