"""How far somebody reaches who manages accounts: nobody gives away more than they have."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from workbench.core.errors import NotAllowed
from workbench.store import accounts as store
from workbench.store.database import reading
from workbench.team.access import Identity
from workbench.team.permissions import ROLES

__all__ = ["check_account", "check_given", "check_role"]


def check_given(who: Identity, permissions: Iterable[str]) -> None:
    """Do nothing where somebody holds all that they would give.

    Raises
    ------
    NotAllowed
        They do not: a key of few permissions, say, that would make an administrator.
    """
    lacking = sorted(set(permissions) - who.permissions)
    if lacking:
        raise NotAllowed(
            f"Nobody gives or takes what they do not hold: '{lacking[0]}' is missing here. Ask "
            "somebody with a wider role."
        )


def check_role(who: Identity, role: str) -> None:
    """Do nothing where somebody holds all that a role gives; one that is none gives nothing."""
    with reading() as connection:
        given = _permissions(connection, role)
    check_given(who, given)


def check_account(who: Identity, user: str) -> None:
    """Do nothing where an account, by its id, reaches no further than who manages it."""
    with reading() as connection:
        found = store.find_user(connection, id=user)
        given = _permissions(connection, found.role) if found else frozenset()
    check_given(who, given)


def _permissions(connection: Connection, role: str) -> frozenset[str]:
    own = {one.name: one for one in store.all_roles(connection)}
    found = ROLES.get(role) or own.get(role)
    return found.permissions if found else frozenset()
