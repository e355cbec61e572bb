"""The first account: nobody has a password that they did not choose."""

from __future__ import annotations

from workbench.core.account import User
from workbench.store import accounts as store
from workbench.store.database import reading
from workbench.team.accounts import create_account
from workbench.team.links import make_link

__all__ = ["first_link"]

NAME = "admin"


def first_link() -> str:
    """Return a link that opens the first administrator's account, or "" where one can sign in.

    The account has no password until somebody follows the link; each start makes a new one.
    """
    with reading() as connection:
        known = store.all_users(connection)
    admins = [user for user in known if user.role == "admin" and user.active]
    if any(user.password for user in admins):
        return ""
    user: User = admins[0] if admins else create_account(_free(known), "admin")
    return make_link(user, "invite")


def _free(known: list[User]) -> str:
    taken = {user.name.casefold() for user in known}
    names = (NAME, *(f"{NAME}{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken)
