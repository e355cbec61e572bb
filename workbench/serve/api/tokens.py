"""Keys for programs: limited, expiring, shown once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field

from workbench.core.account import ApiToken
from workbench.core.errors import NotAllowed, NotFound
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Answer, Asked, Id, Name
from workbench.serve.rules import SIGNED_IN
from workbench.team import tokens

__all__ = ["api"]

api = Nouns("tokens", "Keys for programs.")


class Token(Answer):
    """A key, without its secret."""

    id: str
    name: str
    start: str = Field(description="How it begins, to tell keys apart.")
    scopes: list[str]
    created: datetime
    expires: datetime
    used: datetime | None


class New(Asked):
    """A key to be made."""

    name: Name = Field(examples=["nightly scoring"])
    scopes: Annotated[
        list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=100)
    ] = Field(examples=[["models:read"]])
    days: Annotated[int, Field(ge=1, le=366)] = 90


class Made(Answer):
    """The key itself: it is shown this once."""

    key: str
    token: Token


def _shown(one: ApiToken) -> Token:
    return Token.model_validate(
        {**{name: getattr(one, name) for name in Token.model_fields}, "scopes": sorted(one.scopes)}
    )


@api.operation("GET", "/tokens", SIGNED_IN, summary="List one's keys")
def list_tokens(who: Who) -> list[Token]:
    """List one's own keys, the latest first."""
    return [_shown(one) for one in tokens.list_api_tokens(who.user.id)]


@api.operation("POST", "/tokens", SIGNED_IN, status=201, secret=True, summary="Make a key")
def create_token(asked: New, response: Response, who: Who, by: By) -> Made:
    """Make a key that reaches no further than the scopes, nor than oneself."""
    if who.via.startswith("token:"):
        raise NotAllowed("A key makes no keys: sign in with your password.")
    key, token = tokens.create_api_token(
        who.user, asked.name, scopes=asked.scopes, days=asked.days, by=by
    )
    response.headers["location"] = f"/api/v1/tokens/{token.id}"
    return Made(key=key, token=_shown(token))


@api.operation("DELETE", "/tokens/{token}", SIGNED_IN, status=204, summary="End a key")
def revoke_token(token: Id, who: Who, by: By) -> None:
    """End one of one's own keys."""
    if token not in {one.id for one in tokens.list_api_tokens(who.user.id)}:
        raise NotFound(f"You have no key '{token}'.")
    tokens.revoke_api_token(token, by=by)
