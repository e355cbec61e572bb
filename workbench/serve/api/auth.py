"""Signing in and out for programs: tokens for a name and a password, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator, Field

from workbench.serve.api._operations import By, Nouns, Who, address_of
from workbench.serve.api._shapes import Answer, Asked, _without_nul
from workbench.serve.rules import ANYBODY, SIGNED_IN
from workbench.team.signing import check_credentials, end_session
from workbench.team.tokens import TokenPair, end_family, issue_tokens, refresh_tokens

__all__ = ["api"]

api = Nouns("auth", "Tokens for a name and a password.")
Secret = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_without_nul)]


class Credentials(Asked):
    """Name and password of an account."""

    username: Secret = Field(examples=["ana"])
    password: Secret = Field(examples=["correct horse battery staple"])


class Refresh(Asked):
    """A refresh token; it works once."""

    refresh_token: Secret


class Tokens(Answer):
    """A pair of tokens."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - the kind of token, not one
    expires_in: int = Field(description="Seconds that the access token works.")


class Me(Answer):
    """Who one is, and what one may."""

    id: str
    name: str
    role: str
    permissions: list[str]
    grants: dict[str, str]
    via: str


def _pair(pair: TokenPair) -> Tokens:
    return Tokens(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.seconds)


@api.operation("POST", "/auth/token", ANYBODY, secret=True, summary="Sign in")
def sign_in(asked: Credentials, request: Request, by: By) -> Tokens:
    """Give an access token and a refresh token for a name and a password."""
    address = address_of(request)
    user = check_credentials(asked.username, asked.password, address=address, request=by.request)
    return _pair(issue_tokens(user, doer=by))


@api.operation("POST", "/auth/refresh", ANYBODY, secret=True, summary="Renew tokens")
def refresh(asked: Refresh, request: Request, by: By) -> Tokens:
    """Give a new pair for a refresh token; one that is shown twice ends all of its family."""
    return _pair(
        refresh_tokens(asked.refresh_token, request=by.request, address=address_of(request))
    )


@api.operation("POST", "/auth/revoke", ANYBODY, status=204, summary="Sign out")
def revoke(asked: Refresh, by: By) -> None:
    """End a refresh token with all that came from the same sign-in."""
    end_family(asked.refresh_token, by=by)


@api.operation("GET", "/auth/me", SIGNED_IN, summary="Who am I?")
def me(who: Who) -> Me:
    """Say who the token or the session stands for, and what it may do."""
    return Me(
        id=who.user.id, name=who.user.name, role=who.user.role,
        permissions=sorted(who.permissions), grants=dict(who.grants), via=who.via.partition(":")[0],
    )  # fmt: skip


@api.operation("POST", "/auth/sign-out", SIGNED_IN, status=204, summary="End this session")
def sign_out(who: Who, by: By) -> None:
    """End the session of the cookie that came with the request."""
    kind, _, key = who.via.partition(":")
    if kind == "session":
        end_session(key, by=by)
