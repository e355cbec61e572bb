"""Tokens: short ones for access, single-use ones to renew them, and keys for programs."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.core.account import ApiToken, User
from workbench.core.errors import NotSignedIn, ParameterError, StoreError
from workbench.core.extras import require
from workbench.store import accounts, credentials
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.team.access import Identity, identity_of
from workbench.team.doer import SYSTEM, Doer
from workbench.team.permissions import check_permissions
from workbench.team.secret import signing_key
from workbench.team.signing import digest

__all__ = [
    "TokenPair",
    "create_api_token",
    "end_family",
    "issue_tokens",
    "list_api_tokens",
    "refresh_tokens",
    "revoke_api_token",
    "token_identity",
]

ACCESS_LIFE, REFRESH_LIFE = timedelta(minutes=10), timedelta(days=14)
LONGEST_KEY_LIFE = timedelta(days=366)
USE = "access"
ISSUER, AUDIENCE = "anomaly-workbench", "anomaly-workbench/api"
CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti", "family", "epoch", "token_use")
#: What keys of ours begin with, so that scanners of leaked secrets can tell them.
PREFIX = "wbk_"
OVER = "The token opens nothing: it is over, was revoked, or is none of ours."


@dataclass(frozen=True)
class TokenPair:
    """What a program gets when it signs in.

    Attributes
    ----------
    access, refresh : str
        The first is shown with each request, the second once, for a new pair.
    seconds : int
        How long the first works.
    """

    access: str
    refresh: str
    seconds: int

    def __repr__(self) -> str:
        return f"TokenPair(seconds={self.seconds})"


def issue_tokens(user: User, *, doer: Doer = SYSTEM) -> TokenPair:
    """Return a pair of tokens for somebody who has shown a password."""
    family, now = secrets.token_hex(16), datetime.now(UTC)
    with writing() as connection:
        latest = accounts.find_user(connection, id=user.id)
        if latest is None or not latest.active or latest.epoch != user.epoch:
            raise NotSignedIn(OVER)
        refresh = _add_refresh(connection, user.id, family, now)
        append(connection, doer.did("token.issue", f"user:{user.id}"))
    return TokenPair(_access(user, family, now), refresh, round(ACCESS_LIFE.total_seconds()))


def refresh_tokens(refresh: str, *, request: str = "", address: str = "") -> TokenPair:
    """Return a new pair for a refresh token, which works once.

    One that is shown twice was stolen from one of the two: all that came from the same sign-in
    ends.

    Raises
    ------
    NotSignedIn
        It is over, was used before, or is none of ours.
    """
    now, stolen = datetime.now(UTC), False
    with writing() as connection:
        known = credentials.refresh_by_digest(connection, digest(refresh))
        if known is None:
            raise NotSignedIn(OVER)
        owner, family, expires, _ = known
        user = accounts.find_user(connection, id=owner)
        doer = Doer(f"user:{owner}", request, address)
        if not credentials.spend_refresh(connection, digest(refresh), now):
            credentials.drop_family(connection, family)
            append(connection, doer.did("token.reuse", f"user:{owner}", after={"family": "ended"}))
            stolen = True
        elif user is None or not user.active or expires < now:
            credentials.drop_family(connection, family)
            user = None
        else:
            renewed = _add_refresh(connection, user.id, family, now)
    if stolen or user is None:
        raise NotSignedIn(OVER)
    return TokenPair(_access(user, family, now), renewed, round(ACCESS_LIFE.total_seconds()))


def end_family(refresh: str, *, by: Doer = SYSTEM) -> bool:
    """End a refresh token with all that came from the same sign-in, tokens of access too.

    Returns whether it was one of ours: who has none learns nothing by asking.
    """
    with writing() as connection:
        known = credentials.refresh_by_digest(connection, digest(refresh))
        if known is None:
            return False
        credentials.drop_family(connection, known[1])
        append(connection, by.did("token.end", f"user:{known[0]}"))
    return True


def create_api_token(
    user: User,
    name: str,
    *,
    scopes: Iterable[str],
    days: int = 90,
    by: Doer = SYSTEM,
) -> tuple[str, ApiToken]:
    """Make a key for a program; the key itself is shown this once.

    Parameters
    ----------
    user : User
        Whose it is: it never reaches further than they do.
    name : str
        What it is for.
    scopes : iterable of str
        Permissions that it is limited to.
    days : int
        How long it works, at most a year.

    Raises
    ------
    ParameterError
        No name, no such permission, or too long a life.
    """
    limited = check_permissions(scopes)
    if not 1 <= len(name.strip()) <= 80:
        raise ParameterError("A token needs a name of 1 to 80 characters: what it is for.")
    if isinstance(days, bool) or not 1 <= days <= LONGEST_KEY_LIFE.days:
        raise ParameterError(f"days must be 1 to {LONGEST_KEY_LIFE.days}, found {days!r}.")
    if not limited:
        raise ParameterError("A token without any permission opens nothing: name scopes.")
    key, now = f"{PREFIX}{secrets.token_urlsafe(32)}", datetime.now(UTC)
    made = (now, now + timedelta(days=days), None)
    token = ApiToken(secrets.token_hex(16), user.id, name.strip(), key[:8], limited, *made)
    with writing() as connection:
        credentials.add_api_token(connection, token, digest(key))
        told = {"name": token.name, "scopes": sorted(limited), "days": days}
        append(connection, by.did("token.create", f"token:{token.id}", after=told))
    return key, token


def list_api_tokens(user: str) -> list[ApiToken]:
    """Return a user's keys, the latest first."""
    with reading() as connection:
        return credentials.api_tokens_of(connection, user)


def revoke_api_token(token: str, *, by: Doer = SYSTEM) -> bool:
    """End a key by its id; return whether there was one."""
    with writing() as connection:
        ended = credentials.drop_api_token(connection, token)
        if ended:
            append(connection, by.did("token.revoke", f"token:{token}"))
    return ended


def token_identity(token: str) -> Identity:
    """Return who a bearer's token stands for: a key for programs, or a token of access.

    Raises
    ------
    NotSignedIn
        It opens nothing.
    """
    return _key_identity(token) if token.startswith(PREFIX) else _access_identity(token)


def _key_identity(key: str) -> Identity:
    now = datetime.now(UTC)
    with reading() as connection:
        token = credentials.api_token_by_digest(connection, digest(key))
        user = accounts.find_user(connection, id=token.user) if token else None
        if token is None or token.expires < now or user is None or not user.active:
            raise NotSignedIn(OVER)
        found = identity_of(connection, user, f"token:{token.id}", token.scopes)
    if token.used is None or token.used + timedelta(minutes=1) < now:
        # Who only reads is not sent away because this cannot be noted: the disk may be full.
        with suppress(StoreError), writing() as connection:
            credentials.touch_api_token(connection, token.id, now)
    return found


def _access_identity(token: str) -> Identity:
    claims = _claims(token)
    with reading() as connection:
        user = accounts.find_user(connection, id=claims["sub"])
        if user is None or not user.active or claims["epoch"] != user.epoch:
            raise NotSignedIn(OVER)
        if not credentials.has_family(connection, claims["family"]):
            raise NotSignedIn(OVER)
        return identity_of(connection, user, f"access:{claims['jti']}")


def _access(user: User, family: str, now: datetime) -> str:
    jwt = require("jwt", extra="server", why="to issue tokens")
    start, end = int(now.timestamp()), int((now + ACCESS_LIFE).timestamp())
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": user.id, "iat": start, "exp": end,
        "jti": secrets.token_hex(16), "family": family, "epoch": user.epoch, "token_use": USE,
    }  # fmt: skip
    return str(jwt.encode(claims, signing_key(), algorithm="HS256"))


def _claims(token: str) -> dict[str, Any]:
    """Return the claims of a token of access that is what it says."""
    jwt = require("jwt", extra="server", why="to read tokens")
    try:
        claims: dict[str, Any] = jwt.decode(
            token, signing_key(), algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER,
            options={"require": list(CLAIMS), "strict_aud": True},
        )  # fmt: skip
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
        raise NotSignedIn(OVER) from error
    # PyJWT takes what can be made a number: "9999999999999", 10**400, 1.5, true.
    for name in ("iat", "exp", "epoch"):
        if type(claims[name]) is not int:
            raise NotSignedIn(OVER)
    lasts = claims["exp"] - claims["iat"]
    texts = all(isinstance(claims[name], str) for name in ("sub", "jti", "family", "token_use"))
    if claims["token_use"] != USE or not texts or not 0 < lasts <= ACCESS_LIFE.total_seconds():
        raise NotSignedIn(OVER)
    return claims


def _add_refresh(connection: Any, user: str, family: str, now: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    credentials.add_refresh(connection, digest(secret), user, family, now + REFRESH_LIFE)
    return secret
