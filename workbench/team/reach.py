"""How far somebody reaches who manages accounts: nobody gives away more than they have.

What manages accounts asks here by itself, so that no face can forget to.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from workbench.core.account import User
from workbench.core.errors import NotAllowed
from workbench.store import accounts as store
from workbench.team.doer import Doer
from workbench.team.permissions import ROLES

__all__ = ["check_account", "check_given", "check_role"]


def check_given(by: Doer, permissions: Iterable[str]) -> None:
    """Do nothing where somebody holds all that they would give or take.

    Raises
    ------
    NotAllowed
        They do not: a key of few permissions, say, that would make an administrator.
    """
    lacking = sorted(set(permissions) - by.holds)
    if lacking:
        raise NotAllowed(
            f"Nobody gives or takes what they do not hold: '{lacking[0]}' is missing here. Ask "
            "somebody with a wider role."
        )


def check_role(connection: Connection, by: Doer, role: str) -> None:
    """Do nothing where somebody holds all that a role gives; one that is none gives nothing."""
    own = {one.name: one for one in store.all_roles(connection)}
    found = ROLES.get(role) or own.get(role)
    check_given(by, found.permissions if found else ())


def check_account(connection: Connection, by: Doer, user: User) -> None:
    """Do nothing where an account reaches no further than who manages it.

    One's own is no exception: a key of few permissions would otherwise make itself a link to all
    that its owner may.
    """
    check_role(connection, by, user.role)
