"""Who uses the house, in which role, and what they were given beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["ApiToken", "Grant", "Group", "Link", "LoginSession", "Outside", "Role", "User"]

LinkKind = Literal["invite", "reset"]


@dataclass(frozen=True)
class User:
    """A person, or a program with an account of its own.

    Attributes
    ----------
    id : str
        Never used again, also after the account is gone.
    name : str
        What they sign in with; unique without regard to case.
    role : str
        Name of a role.
    email : str
        Empty where none is known.
    active : bool
        Whether they may sign in.
    password : str
        Hash with its parameters, or empty: then no password opens the account.
    epoch : int
        Grows when what they hold (sessions, tokens) shall no longer be believed.
    created : datetime.datetime
    """

    id: str
    name: str
    role: str
    email: str
    active: bool
    password: str
    epoch: int
    created: datetime

    def __repr__(self) -> str:
        # A hash in a log is a hash that somebody can try to open.
        return f"User({self.name!r}, {self.role!r}, {'active' if self.active else 'disabled'})"


@dataclass(frozen=True)
class Role:
    """A named bundle of permissions.

    Attributes
    ----------
    name : str
    permissions : frozenset of str
    builtin : bool
        Whether it comes with the house and cannot be changed.
    """

    name: str
    permissions: frozenset[str]
    builtin: bool = False


@dataclass(frozen=True)
class Group:
    """People who are given things together; ``members`` are ids of users."""

    id: str
    name: str
    members: frozenset[str]


@dataclass(frozen=True)
class Grant:
    """One object opened to a user or a group, whatever the role says of its kind.

    Attributes
    ----------
    subject : str
        "user:ID" or "group:ID".
    object : str
        "dataset:ID", "model:ID", "monitor:ID" or "dashboard:ID".
    level : {"read", "write"}
        To write is to read, too.
    """

    subject: str
    object: str
    level: Literal["read", "write"]


@dataclass(frozen=True)
class LoginSession:
    """A browser that has signed in; only a hash of its cookie is kept."""

    id: str
    user: str
    created: datetime
    seen: datetime
    expires: datetime
    address: str
    agent: str


@dataclass(frozen=True)
class ApiToken:
    """A key for a program; only a hash of it is kept, and its beginning to recognise it by."""

    id: str
    user: str
    name: str
    start: str
    scopes: frozenset[str]
    created: datetime
    expires: datetime
    used: datetime | None


@dataclass(frozen=True)
class Link:
    """An invitation, or a way to a new password: works once, and not for long."""

    id: str
    kind: LinkKind
    user: str
    expires: datetime


@dataclass(frozen=True)
class Outside:
    """Who somebody is at a provider of sign-in: found again by issuer and subject, by nothing else.

    Attributes
    ----------
    issuer, subject : str
        The provider as it calls itself, and its id of the person, which it never gives again.
    user : str
        Id of the account here.
    name : str
        What the provider called them when it was linked, for people to read.
    created, seen : datetime.datetime
        When it was linked, and last used.
    """

    issuer: str
    subject: str
    user: str
    name: str
    created: datetime
    seen: datetime
