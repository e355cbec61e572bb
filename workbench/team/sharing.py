"""Groups, roles of one's own, and objects opened to people: each change with its audit line."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from workbench.core.account import Grant, Group, Role
from workbench.core.errors import ParameterError, UnknownName, suggest
from workbench.store import accounts as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.team import reach
from workbench.team.access import Identity, may
from workbench.team.accounts import known_account
from workbench.team.doer import SYSTEM, Doer
from workbench.team.permissions import ROLES, check_permissions

__all__ = [
    "create_group",
    "create_role",
    "give",
    "list_grants",
    "list_groups",
    "list_roles",
    "put_in_group",
    "remove_group",
    "remove_role",
    "take_back",
    "take_from_group",
]

_ROLE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_OBJECT = re.compile(r"(dataset|model|monitor|dashboard|report):[0-9A-Za-z._-]{1,100}")


def create_group(name: str, *, by: Doer = SYSTEM) -> Group:
    """Make an empty group; ParameterError where the name is taken or none."""
    if not 1 <= len(name.strip()) <= 80:
        raise ParameterError("A group needs a name of 1 to 80 characters.")
    group = Group(secrets.token_hex(16), name.strip(), frozenset())
    try:
        with writing() as connection:
            store.add_group(connection, group)
            append(connection, by.did("group.create", f"group:{group.id}", after={"name": name}))
    except IntegrityError as error:
        raise ParameterError(f"There is a group '{group.name}' already.") from error
    return group


def put_in_group(group: str, user: str, *, by: Doer = SYSTEM) -> None:
    """Make a user (name or id) a member of a group (name or id)."""
    with writing() as connection:
        known, member = _group(connection, group), known_account(connection, user)
        store.join_group(connection, known.id, member.id)
        append(connection, by.did("group.add", f"group:{known.id}", after={"user": member.id}))


def take_from_group(group: str, user: str, *, by: Doer = SYSTEM) -> None:
    """Make a user (name or id) no member of a group (name or id) any more."""
    with writing() as connection:
        known, member = _group(connection, group), known_account(connection, user)
        store.leave_group(connection, known.id, member.id)
        append(connection, by.did("group.remove", f"group:{known.id}", before={"user": member.id}))


def list_groups() -> list[Group]:
    """Return all groups by name, with the ids of their members."""
    with reading() as connection:
        return store.all_groups(connection)


def remove_group(group: str, *, by: Doer = SYSTEM) -> None:
    """Remove a group (name or id) with what was opened to it."""
    with writing() as connection:
        known = _group(connection, group)
        store.remove_group(connection, known.id)
        append(connection, by.did("group.delete", f"group:{known.id}", {"name": known.name}))


def list_grants(who: Identity, object: str = "") -> list[Grant]:  # noqa: A002
    """Return what was opened to whom; who does not manage users sees what concerns them.

    Parameters
    ----------
    who : Identity
    object : str
        Only of this one.
    """
    with reading() as connection:
        found = store.all_grants(connection, object)
        mine = {f"user:{who.user.id}"}
        mine |= {f"group:{group}" for group in store.groups_of(connection, who.user.id)}
    if may(who, "users:write"):
        return found
    return [grant for grant in found if grant.subject in mine]


def create_role(name: str, permissions: Iterable[str], *, by: Doer = SYSTEM) -> Role:
    """Make a role of one's own, or change what it may.

    Parameters
    ----------
    name : str
        Small letters, digits and hyphens.
    permissions : iterable of str
        Of :data:`~workbench.team.permissions.PERMISSIONS`.

    Raises
    ------
    ParameterError
        The name is none, or belongs to a role of the house; a permission is none.
    NotAllowed
        It gives, or gave, more than who makes it holds.
    """
    if not _ROLE.fullmatch(name):
        raise ParameterError(f"A role's name has small letters, digits and hyphens: {name!r}.")
    if name in ROLES:
        raise ParameterError(f"'{name}' is a role of the house and stays as it is.")
    role = Role(name, check_permissions(permissions))
    with writing() as connection:
        reach.check_role(connection, by, name)  # as it was, if there is one
        reach.check_given(by, role.permissions)
        before = {one.name: sorted(one.permissions) for one in store.all_roles(connection)}
        store.add_role(connection, role)
        told = {"permissions": sorted(role.permissions)}
        was = {"permissions": before[name]} if name in before else {}
        append(connection, by.did("role.set", f"role:{name}", was, told))
    return role


def remove_role(name: str, *, by: Doer = SYSTEM) -> None:
    """Remove a role of one's own that nobody has.

    Raises
    ------
    UnknownName
        There is no such role.
    ParameterError
        It belongs to the house, or somebody has it.
    NotAllowed
        It gives more than who removes it holds.
    """
    with writing() as connection:
        known = [role.name for role in store.all_roles(connection)]
        if name in ROLES:
            raise ParameterError(f"'{name}' is a role of the house and stays.")
        if name not in known:
            raise UnknownName(f"There is no role '{name}'.{suggest(name, known)}")
        reach.check_role(connection, by, name)
        holders = [user.name for user in store.all_users(connection) if user.role == name]
        if holders:
            raise ParameterError(f"'{name}' is the role of {', '.join(holders[:5])}: change it.")
        store.remove_role(connection, name)
        append(connection, by.did("role.remove", f"role:{name}"))


def list_roles() -> list[Role]:
    """Return the roles of the house, the smallest first, then those of one's own."""
    with reading() as connection:
        return [*ROLES.values(), *store.all_roles(connection)]


def give(
    subject: str,
    object: str,  # noqa: A002
    level: Literal["read", "write"] = "read",
    *,
    by: Doer = SYSTEM,
) -> Grant:
    """Open an object to a user or a group.

    Parameters
    ----------
    subject : str
        "user:NAME" or "group:NAME"; ids work as well.
    object : str
        "dataset:ID", "model:ID", "monitor:ID", "dashboard:ID" or "report:ID".
    level : {"read", "write"}

    Raises
    ------
    ParameterError
        Subject, object or level are none.
    UnknownName
        There is no such user or group.
    """
    if not _OBJECT.fullmatch(object):
        raise ParameterError(f"{object[:120]!r} names no object: it looks like 'dataset:ID'.")
    if level not in ("read", "write"):
        raise ParameterError(f"level is 'read' or 'write', found {level!r}.")
    with writing() as connection:
        grant = Grant(_subject(connection, subject), object, level)
        store.add_grant(connection, grant)
        told = {"subject": grant.subject, "level": level}
        append(connection, by.did("grant.give", object, after=told))
    return grant


def take_back(subject: str, object: str, *, by: Doer = SYSTEM) -> None:  # noqa: A002
    """Close an object to a user or a group again; see :func:`give`."""
    with writing() as connection:
        who = _subject(connection, subject)
        store.remove_grant(connection, who, object)
        append(connection, by.did("grant.take-back", object, before={"subject": who}))


def _subject(connection: Connection, subject: str) -> str:
    kind, _, name = subject.partition(":")
    if kind == "user":
        return f"user:{known_account(connection, name).id}"
    if kind == "group":
        return f"group:{_group(connection, name).id}"
    raise ParameterError(f"{subject[:120]!r} is neither 'user:NAME' nor 'group:NAME'.")


def _group(connection: Connection, name: str) -> Group:
    known = store.all_groups(connection)
    for group in known:
        if name in (group.id, group.name):
            return group
    raise UnknownName(
        f"There is no group '{name}'.{suggest(name, [group.name for group in known])}"
    )
