"""The first account: nobody has a password that they did not choose."""

from __future__ import annotations

import hashlib
import hmac

from workbench.core.account import User
from workbench.core.errors import NotSignedIn
from workbench.store import accounts as store
from workbench.store import outside
from workbench.store.database import reading
from workbench.team.accounts import create_account
from workbench.team.doer import Doer
from workbench.team.secret import signing_key
from workbench.team.signing import check_passwords

__all__ = ["first_link", "is_first", "open_first"]


def first_link() -> str:
    """Return the secret that opens the first administrator's account, or "" where there is one.

    It is the same in every process of the server, and opens nothing once an administrator can
    sign in.
    """
    if _has_admin():
        return ""
    key = hashlib.sha256(b"first account" + signing_key()).digest()
    return f"first-{hmac.new(key, b'link', hashlib.sha256).hexdigest()[:40]}"


def is_first(secret: str) -> bool:
    """Return whether a link opens the first account, and there is none yet."""
    known = first_link()
    return bool(known) and hmac.compare_digest(known.encode(), secret.encode("utf-8", "replace"))


def open_first(secret: str, name: str, password: str, *, by: Doer) -> User:
    """Make the first administrator's account.

    Raises
    ------
    NotSignedIn
        The link is none, or there is an administrator already.
    NotAllowed
        Passwords open nothing here: the link leads to the provider of sign-in.
    ParameterError
        The name or the password cannot be used.
    """
    check_passwords()
    if not is_first(secret):
        raise NotSignedIn("This link opens nothing any more: sign in, or ask an administrator.")
    return create_account(name, "admin", password=password, by=by.trusted())


def _has_admin() -> bool:
    with reading() as connection:
        return any(
            user.role == "admin"
            and user.active
            and (user.password or outside.outside_of(connection, user.id))
            for user in store.all_users(connection)
        )
