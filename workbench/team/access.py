"""Who somebody is, and whether that reaches far enough: the one place where it is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from workbench.core.account import User
from workbench.core.errors import NotAllowed
from workbench.store import accounts as store
from workbench.team.doer import Doer
from workbench.team.permissions import PERMISSIONS, ROLES

__all__ = ["Identity", "allow", "house", "identity_of", "may"]


@dataclass(frozen=True)
class Identity:
    """Somebody who has shown who they are.

    Attributes
    ----------
    user : User
    permissions : frozenset of str
        Those of the role; with a token of narrower scope only the ones in both.
    grants : dict of str to str
        Objects opened to them or to one of their groups, with the level.
    via : str
        "session:ID", "token:ID" or "access:ID": what they showed.
    """

    user: User
    permissions: frozenset[str]
    grants: dict[str, str]
    via: str

    def doer(self, request: str = "", address: str = "") -> Doer:
        """Return them as the audit knows them, with what they hold."""
        kind, _, key = self.via.partition(":")
        actor = f"token:{key}" if kind == "token" else f"user:{self.user.id}"
        return Doer(actor, request, address, self.user.id, self.permissions)


def identity_of(
    connection: Connection, user: User, via: str, scopes: Iterable[str] | None = None
) -> Identity:
    """Return what a user may do, as the database has it now.

    Parameters
    ----------
    connection : Connection
    user : User
    via : str
        What they showed.
    scopes : iterable of str, optional
        What a token is limited to.
    """
    own = {role.name: role for role in store.all_roles(connection)}
    role = ROLES.get(user.role) or own.get(user.role)
    permissions = frozenset() if role is None or not user.active else role.permissions
    if scopes is not None:
        permissions &= frozenset(scopes)
    groups = store.groups_of(connection, user.id)
    subjects = [f"user:{user.id}", *(f"group:{group}" for group in sorted(groups))]
    grants: dict[str, str] = {}
    for grant in store.grants_to(connection, subjects):
        if grants.get(grant.object) != "write":
            grants[grant.object] = grant.level
    return Identity(user, permissions, grants, via)


def house() -> Identity:
    """Return whoever sits at the machine itself, who may everything: the command line."""
    nobody = User("", "system", "admin", "", True, "", 0, datetime.now(UTC))
    return Identity(nobody, frozenset(PERMISSIONS), {}, "system:")


def may(who: Identity, permission: str, object: str = "", owner: str = "") -> bool:  # noqa: A002
    """Return whether somebody may do something.

    Parameters
    ----------
    who : Identity
    permission : str
        One of :data:`~workbench.team.permissions.PERMISSIONS`.
    object : str
        "dataset:ID", "model:ID" …; empty where it is about no object.
    owner : str
        Id of the user it belongs to.

    Returns
    -------
    bool
        Whether the role holds the permission, and the object is theirs, granted, or everybody's
        are open to them. A grant to read opens reading only.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)  # a mistake of ours: nothing is open by accident
    if permission not in who.permissions:
        return False
    if not object or owner == who.user.id or "objects:all" in who.permissions:
        return True
    granted = who.grants.get(object)
    return granted == "write" or (granted == "read" and permission.endswith(":read"))


def allow(who: Identity, permission: str, object: str = "", owner: str = "") -> None:  # noqa: A002
    """Do nothing where somebody may do something.

    Raises
    ------
    NotAllowed
        They may not. What lacks is told, but not whether the object is there.
    """
    if not may(who, permission, object, owner):
        raise NotAllowed(
            f"This needs the permission '{permission}' ({PERMISSIONS[permission]})"
            f"{' on this object' if object else ''}. Ask an administrator."
        )
