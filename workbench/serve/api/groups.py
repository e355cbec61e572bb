"""Groups of people, roles of one's own, and objects opened to them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import Field

from workbench.core.errors import NotFound
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import Answer, Asked, Id
from workbench.serve.rules import SIGNED_IN
from workbench.team import sharing
from workbench.team.directory import find_account
from workbench.team.permissions import PERMISSIONS

__all__ = ["api"]

api = Nouns("groups", "Groups, roles and grants.")
GroupName = Annotated[str, Field(min_length=1, max_length=80)]
Subject = Annotated[str, Field(pattern=r"^(user|group):.{1,90}$")]
Object = Annotated[
    str, Field(pattern=r"^(dataset|model|monitor|dashboard|report):[0-9A-Za-z._-]{1,100}$")
]
RoleName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Group(Answer):
    """People who are given things together."""

    id: str
    name: str
    members: list[str] = Field(description="Ids of users.")


class NewGroup(Asked):
    """A group to be made."""

    name: GroupName = Field(examples=["shift A"])


class Role(Answer):
    """A named bundle of permissions."""

    name: str
    permissions: list[str]
    builtin: bool


class NewRole(Asked):
    """A role of one's own."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = Field(examples=["labeller"])
    permissions: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=100)] = (
        Field(examples=[["datasets:read", "labels:write"]])
    )


class Grant(Answer):
    """An object opened to somebody."""

    subject: str
    object: str
    level: str


class NewGrant(Asked):
    """What to open to whom."""

    subject: Subject = Field(examples=["group:shift A"])
    object: Object = Field(examples=["dataset:0f…"])
    level: Literal["read", "write"] = "read"


class Permission(Answer):
    """Something that can be allowed."""

    name: str
    about: str


def _group(group: str) -> Group:
    for known in sharing.list_groups():
        if known.id == group:
            return Group(id=known.id, name=known.name, members=sorted(known.members))
    raise NotFound(f"There is no group '{group}'.")


@api.operation("GET", "/permissions", SIGNED_IN, summary="List permissions")
def list_permissions() -> list[Permission]:
    """List everything that can be allowed."""
    return [Permission(name=name, about=about) for name, about in PERMISSIONS.items()]


@api.operation("GET", "/groups", "users:read", summary="List groups")
def list_groups() -> list[Group]:
    """List groups with their members."""
    return [
        Group(id=one.id, name=one.name, members=sorted(one.members))
        for one in sharing.list_groups()
    ]


@api.operation("POST", "/groups", "users:write", status=201, summary="Make a group")
def create_group(asked: NewGroup, response: Response, by: By) -> Group:
    """Make an empty group."""
    made = sharing.create_group(asked.name, by=by)
    response.headers["location"] = f"/api/v1/groups/{made.id}"
    return _group(made.id)


@api.operation("GET", "/groups/{group}", "users:read", summary="Read about a group")
def read_group(group: Id) -> Group:
    """Return a group with its members."""
    return _group(group)


@api.operation("DELETE", "/groups/{group}", "users:write", status=204, summary="Remove a group")
def remove_group(group: Id, by: By) -> None:
    """Remove a group; what was opened to it closes for its members."""
    _group(group)
    sharing.remove_group(group, by=by)


@api.operation("PUT", "/groups/{group}/members/{user}", "users:write", summary="Add to a group")
def add_member(group: Id, user: Id, by: By) -> Group:
    """Make somebody a member."""
    _group(group), find_account(user)
    sharing.put_in_group(group, user, by=by)
    return _group(group)


@api.operation(
    "DELETE", "/groups/{group}/members/{user}", "users:write", summary="Take from a group"
)
def remove_member(group: Id, user: Id, by: By) -> Group:
    """Make somebody no member any more."""
    _group(group), find_account(user)
    sharing.take_from_group(group, user, by=by)
    return _group(group)


@api.operation("GET", "/roles", "users:read", summary="List roles")
def list_roles() -> list[Role]:
    """List the roles of the house and those of one's own."""
    return [
        Role(name=one.name, permissions=sorted(one.permissions), builtin=one.builtin)
        for one in sharing.list_roles()
    ]


@api.operation("POST", "/roles", "users:write", status=201, summary="Make a role")
def create_role(asked: NewRole, by: By) -> Role:
    """Make a role of one's own."""
    made = sharing.create_role(asked.name, asked.permissions, by=by)
    return Role(name=made.name, permissions=sorted(made.permissions), builtin=made.builtin)


@api.operation("DELETE", "/roles/{role}", "users:write", status=204, summary="Remove a role")
def remove_role(role: RoleName, by: By) -> None:
    """Remove a role of one's own that nobody has."""
    if role not in {one.name for one in sharing.list_roles()}:
        raise NotFound(f"There is no role '{role}'.")
    sharing.remove_role(role, by=by)


@api.operation("GET", "/grants", "users:read", summary="List grants")
def list_grants(
    who: Who,
    object: Annotated[str, Query(max_length=140)] = "",  # noqa: A002
) -> list[Grant]:
    """List to whom what was opened; who does not manage users sees what was opened to them."""
    return [Grant.model_validate(one) for one in sharing.list_grants(who, object)]


@api.operation("POST", "/grants", "users:read", status=201, summary="Open an object to somebody")
def create_grant(asked: NewGrant, who: Who, by: By) -> Grant:
    """Open an object of one's own, or any if one manages users, to a user or a group."""
    from workbench.registry.sharing import share

    return Grant.model_validate(share(who, asked.subject, asked.object, asked.level, by=by))


@api.operation("POST", "/grants/take-back", "users:read", status=204, summary="Close it again")
def remove_grant(asked: NewGrant, who: Who, by: By) -> None:
    """Close an object to a user or a group again."""
    from workbench.registry.sharing import unshare

    unshare(who, asked.subject, asked.object, by=by)
