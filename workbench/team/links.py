"""Links that work once: an invitation to a new account, a way to a new password."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from workbench.core.account import Link, User
from workbench.core.errors import NotSignedIn
from workbench.store import accounts, credentials
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.team import reach
from workbench.team.doer import SYSTEM, Doer
from workbench.team.passwords import check_password, hash_password
from workbench.team.signing import check_passwords, digest

__all__ = ["follow_link", "make_link"]

LIFE = {"invite": timedelta(days=7), "reset": timedelta(hours=1)}
OVER = "This link is over or was used before. Ask for another."


def make_link(user: User, kind: Literal["invite", "reset"], *, by: Doer = SYSTEM) -> str:
    """Make a link and return its secret, which goes into the address.

    Parameters
    ----------
    user : User
        Whose password is set with it.
    kind : {"invite", "reset"}
        An invitation works for a week, the way to a new password for an hour.

    Raises
    ------
    NotAllowed
        The account reaches further than who makes the link.
    """
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    link = Link(secrets.token_hex(16), kind, user.id, now + LIFE[kind])
    with writing() as connection:
        reach.check_account(connection, by, user)
        credentials.add_link(connection, link, digest(secret))
        append(connection, by.did(f"link.{kind}", f"user:{user.id}"))
    return secret


def follow_link(secret: str, password: str, *, request: str = "", address: str = "") -> User:
    """Set a password by a link; the link is used up, and old sessions end.

    Raises
    ------
    NotSignedIn
        The link is over or was used.
    NotAllowed
        Passwords open nothing here.
    ParameterError
        The password is too short or too simple; the link still works.
    """
    check_passwords()
    now = datetime.now(UTC)
    with reading() as connection:
        known = credentials.link_by_digest(connection, digest(secret))
        user = accounts.find_user(connection, id=known[0].user) if known else None
    if known is None or known[1] or known[0].expires < now or user is None or not user.active:
        raise NotSignedIn(OVER)
    hashed = hash_password(check_password(password, user.name))
    with writing() as connection:
        if not credentials.use_link(connection, known[0].id, now):
            raise NotSignedIn(OVER)
        new = replace(user, password=hashed, epoch=user.epoch + 1)
        accounts.change_user(connection, user.id, password=hashed, epoch=new.epoch)
        credentials.drop_sessions_of(connection, user.id)
        doer = Doer(f"user:{user.id}", request, address)
        append(connection, doer.did("user.password", f"user:{user.id}", after={"by": "link"}))
    return new
