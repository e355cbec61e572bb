"""People: accounts, their sessions, invitations, and what they may do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import Field

from workbench.core.account import User as Account
from workbench.core.errors import NotFound
from workbench.serve.api._operations import By, Nouns, Who, address_of
from workbench.serve.api._shapes import Answer, Asked, Id, Limit, Line, Listed, Next, Search
from workbench.serve.rules import SIGNED_IN
from workbench.team import accounts, federation, links, signing
from workbench.team.directory import find_account, list_people, preview

__all__ = ["api"]

api = Nouns("users", "People.")
RoleName = Annotated[str, Field(min_length=1, max_length=40)]


class User(Answer):
    """An account."""

    id: str
    name: str
    role: str
    email: str
    active: bool
    has_password: bool
    created: datetime


class New(Asked):
    """An account to be made; without a password a link of invitation is given."""

    name: Annotated[str, Field(min_length=1, max_length=80)] = Field(examples=["ana"])
    role: RoleName = Field(examples=["analyst"])
    email: Annotated[str, Field(max_length=254)] = ""
    password: Annotated[str, Field(max_length=1000)] | None = None


class Made(Answer):
    """The account, and the link that its owner chooses a password with."""

    user: User
    link: str = Field(description="Shown this once; empty where a password was given.")


class Change(Asked):
    """What shall be different."""

    role: RoleName | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    active: bool | None = None


class Password(Asked):
    """A new password for oneself."""

    old: Line
    new: Line


class Reset(Answer):
    """A link that sets a password."""

    link: str


class May(Answer):
    """What somebody may do, and why."""

    user: str
    role: str
    permissions: list[str]
    groups: list[str]
    objects: list[dict[str, str]]


class Session(Answer):
    """An open session."""

    id: str
    created: datetime
    seen: datetime
    expires: datetime
    address: str
    agent: str


class Outside(Answer):
    """Who somebody is at a provider of sign-in."""

    issuer: str
    subject: str
    name: str
    created: datetime
    seen: datetime


class Unlink(Asked):
    """Which of them."""

    issuer: Line = Field(examples=["https://login.plant.example/realms/plant"])
    subject: Line = Field(max_length=255, examples=["7f3a0c1e"])


def shown(user: Account) -> User:
    """Return an account as it goes out: never the hash of its password."""
    return User(
        id=user.id, name=user.name, role=user.role, email=user.email, active=user.active,
        has_password=bool(user.password), created=user.created,
    )  # fmt: skip


def _link(request: Request, secret: str) -> str:
    return f"{str(request.base_url).rstrip('/')}/welcome?link={secret}"


@api.operation("GET", "/users", "users:read", summary="List people")
def list_users(
    limit: Limit = 50,
    after: Next = "",
    q: Search = "",
    sort: Annotated[str, Query(pattern="^-?(name|created)$")] = "name",
    role: Annotated[str, Query(max_length=40)] = "",
    active: bool | None = None,
) -> Listed[User]:
    """List accounts."""
    found = list_people(search=q, role=role, active=active, sort=sort, limit=limit, after=after)
    return Listed[User](
        items=[shown(user) for user in found.items], next=found.next, total=found.total
    )


@api.operation("POST", "/users", "users:write", status=201, secret=True, summary="Make an account")
def create_user(asked: New, request: Request, response: Response, by: By) -> Made:
    """Make an account, with a password or with a link of invitation."""
    user = accounts.create_account(
        asked.name, asked.role, password=asked.password, email=asked.email, by=by
    )
    link = "" if asked.password else _link(request, links.make_link(user, "invite", by=by))
    response.headers["location"] = f"/api/v1/users/{user.id}"
    return Made(user=shown(user), link=link)


@api.operation("GET", "/users/{user}", "users:read", summary="Read about somebody")
def read_user(user: Id) -> User:
    """Return an account."""
    return shown(find_account(user))


@api.operation("PATCH", "/users/{user}", "users:write", summary="Change an account")
def change_user(user: Id, asked: Change, by: By) -> User:
    """Change role or address, disable or enable; sessions and tokens end where it matters."""
    changed = accounts.change_account(
        find_account(user).id, role=asked.role, email=asked.email, active=asked.active, by=by
    )
    return shown(changed)


@api.operation("DELETE", "/users/{user}", "users:write", status=204, summary="Close an account")
def close_user(user: Id, by: By) -> None:
    """Close an account for good: its id stays in the audit, nothing opens it."""
    accounts.change_account(find_account(user).id, active=False, by=by)


@api.operation("GET", "/users/{user}/permissions", "users:write", summary="What may they do?")
def preview_user(user: Id) -> May:
    """Say what somebody may do: by role, by groups, on which objects."""
    found = preview(user)
    return May(
        user=found.user.name, role=found.user.role, permissions=sorted(found.permissions),
        groups=list(found.groups), objects=[dict(one) for one in found.objects],
    )  # fmt: skip


@api.operation(
    "POST", "/users/{user}/link", "users:write", status=201, secret=True, summary="Invite or reset"
)
def create_link(
    user: Id, request: Request, by: By, kind: Literal["invite", "reset"] = "reset"
) -> Reset:
    """Make a link that its owner sets a password with; it is shown this once."""
    return Reset(link=_link(request, links.make_link(find_account(user), kind, by=by)))


@api.operation(
    "GET", "/users/{user}/identities", "users:write", summary="List who they are at a provider"
)
def list_identities(user: Id) -> list[Outside]:
    """List who somebody is at the provider of sign-in."""
    return [Outside.model_validate(one) for one in federation.linked(find_account(user).id)]


@api.operation(
    "POST", "/users/{user}/identities/unlink", "users:write", status=204, summary="Unlink them"
)
def unlink_identity(user: Id, asked: Unlink, by: By) -> None:
    """Let who somebody is at the provider open their account no more; sessions stay."""
    if not federation.unlink(find_account(user), asked.issuer, asked.subject, by=by):
        raise NotFound("They are not linked like this.")


@api.operation("GET", "/users/{user}/sessions", "users:write", summary="List sessions")
def list_user_sessions(user: Id) -> list[Session]:
    """List somebody's open sessions."""
    found = signing.list_sessions(find_account(user).id)
    return [Session.model_validate(one) for one in found]


@api.operation(
    "DELETE", "/users/{user}/sessions", "users:write", status=204, summary="End all sessions"
)
def end_user_sessions(user: Id, by: By) -> None:
    """End all of somebody's sessions; open pages close within seconds."""
    signing.end_sessions(find_account(user).id, by=by)


@api.operation("GET", "/sessions", SIGNED_IN, summary="List one's own sessions")
def list_own_sessions(who: Who) -> list[Session]:
    """List one's own open sessions."""
    return [Session.model_validate(one) for one in signing.list_sessions(who.user.id)]


@api.operation("DELETE", "/sessions/{session}", SIGNED_IN, status=204, summary="End a session")
def end_own_session(session: Id, who: Who, by: By) -> None:
    """End one of one's own sessions."""
    if session not in {one.id for one in signing.list_sessions(who.user.id)}:
        raise NotFound(f"You have no session '{session}'.")
    signing.end_session(session, by=by)


@api.operation("PUT", "/password", SIGNED_IN, status=204, summary="Change one's password")
def change_password(asked: Password, request: Request, who: Who, by: By) -> None:
    """Set another password; all of one's sessions and tokens end."""
    signing.check_credentials(
        who.user.name, asked.old, address=address_of(request), request=by.request
    )
    accounts.set_password(who.user.id, asked.new, by=by)
