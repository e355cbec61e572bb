"""Accounts: made, changed and closed, each with its line in the audit."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from workbench.core.account import User
from workbench.core.errors import ParameterError, UnknownName, suggest
from workbench.store import accounts as store
from workbench.store.audit import append
from workbench.store.credentials import drop_sessions_of
from workbench.store.database import reading, writing
from workbench.team import reach
from workbench.team.doer import SYSTEM, Doer
from workbench.team.passwords import check_password, hash_password
from workbench.team.permissions import ROLES

__all__ = ["change_account", "create_account", "list_accounts", "named_account", "set_password"]

_NAME = re.compile(r"[^\W_](?:[\w.@+-]{0,78}[\w])?")
_EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,189}")


def create_account(
    name: str,
    role: str,
    *,
    password: str | None = None,
    email: str = "",
    by: Doer = SYSTEM,
) -> User:
    """Make an account.

    Parameters
    ----------
    name : str
        What they sign in with: letters, digits and ``. @ + - _``, at most 80.
    role : str
        Name of a role of the house, or of one's own.
    password : str, optional
        Without one they need a link of invitation.
    email : str
        Where invitations go.
    by : Doer
        Who makes it.

    Raises
    ------
    ParameterError
        The name is taken or no name, the password is too short, the address is none.
    UnknownName
        There is no such role.
    NotAllowed
        It gives more than who makes the account holds.
    """
    name = _checked_name(name)
    hashed = "" if password is None else hash_password(check_password(password, name))
    now = datetime.now(UTC)
    user = User(secrets.token_hex(16), name, role, _checked_email(email), True, hashed, 1, now)
    try:
        with writing() as connection:
            reach.check_role(connection, by, role)
            check_role(connection, role)
            store.add_user(connection, user)
            append(connection, by.did("user.create", f"user:{user.id}", after=_told(user)))
    except IntegrityError as error:
        raise ParameterError(f"There is an account '{name}' already.") from error
    return user


def change_account(
    name: str,
    *,
    role: str | None = None,
    active: bool | None = None,
    email: str | None = None,
    by: Doer = SYSTEM,
) -> User:
    """Change an account; with another role or disabled, its sessions and tokens end.

    Parameters
    ----------
    name : str
        Of the account, or its id.
    role, active, email
        What is given is changed.

    Raises
    ------
    UnknownName
        There is no such account or role.
    ParameterError
        It is the last active administrator, or the address is none.
    NotAllowed
        Account or role reach further than who changes it.
    """
    with writing() as connection:
        user = known_account(connection, name)
        reach.check_account(connection, by, user)
        new = replace(
            user,
            role=user.role if role is None else role,
            active=user.active if active is None else active,
            email=user.email if email is None else _checked_email(email),
        )
        if new.role != user.role:
            reach.check_role(connection, by, new.role)
        check_role(connection, new.role)
        _keep_an_admin(connection, user, new)
        if (new.role, new.active) != (user.role, user.active):
            new = replace(new, epoch=user.epoch + 1)
            drop_sessions_of(connection, user.id)
        store.change_user(
            connection, user.id, role=new.role, active=new.active, email=new.email, epoch=new.epoch
        )
        before, after = _told(user), _told(new)
        changed = [part for part in after if before[part] != after[part]]
        append(
            connection,
            by.did(
                "user.change",
                f"user:{user.id}",
                {part: before[part] for part in changed},
                {part: after[part] for part in changed},
            ),
        )
    return new


def set_password(name: str, password: str, *, by: Doer = SYSTEM) -> User:
    """Give an account a new password; its sessions and tokens end.

    Raises
    ------
    UnknownName
        There is no such account.
    ParameterError
        The password is too short or too simple.
    NotAllowed
        The account is another's that reaches further than who does this.
    """
    with reading() as connection:
        user = known_account(connection, name)
    hashed = hash_password(check_password(password, user.name))  # not while others wait
    with writing() as connection:
        user = known_account(connection, user.id)
        if by.user != user.id:  # one's own takes the old one, which was shown
            reach.check_account(connection, by, user)
        new = replace(user, password=hashed, epoch=user.epoch + 1)
        store.change_user(connection, user.id, password=hashed, epoch=new.epoch)
        drop_sessions_of(connection, user.id)
        append(connection, by.did("user.password", f"user:{user.id}"))
    return new


def list_accounts() -> list[User]:
    """Return all accounts by name."""
    with reading() as connection:
        return store.all_users(connection)


def named_account(name: str) -> User:
    """Return an account by name or id; UnknownName where there is none."""
    with reading() as connection:
        return known_account(connection, name)


def known_account(connection: Connection, name: str) -> User:
    """Return an account by id or name within a transaction."""
    user = store.find_user(connection, id=name) or store.find_user(connection, name=name)
    if user is None:
        known = [user.name for user in store.all_users(connection)]
        raise UnknownName(f"There is no account '{name}'.{suggest(name, known)}")
    return user


def check_role(connection: Connection, name: str) -> None:
    """Refuse a role that is none."""
    own = [role.name for role in store.all_roles(connection)]
    if name not in ROLES and name not in own:
        known = [*ROLES, *own]
        raise UnknownName(
            f"There is no role '{name}'.{suggest(name, known)} Known: {', '.join(known)}."
        )


def _keep_an_admin(connection: Connection, user: User, new: User) -> None:
    was, is_ = (one.active and one.role == "admin" for one in (user, new))
    if not was or is_:
        return
    others = [
        one
        for one in store.all_users(connection)
        if one.active and one.role == "admin" and one.id != user.id
    ]
    if not others:
        raise ParameterError(
            f"'{user.name}' is the last administrator: make somebody else one first."
        )


def _checked_name(name: str) -> str:
    normal = unicodedata.normalize("NFKC", name).strip()
    if not _NAME.fullmatch(normal):
        raise ParameterError(
            "A name of an account has 1 to 80 letters, digits and . @ + - _, and begins and ends "
            f"with a letter or digit; found {name[:80]!r}."
        )
    return normal


def _checked_email(email: str) -> str:
    if email and not _EMAIL.fullmatch(email):
        raise ParameterError(f"{email[:80]!r} is no address of e-mail.")
    return email


def _told(user: User) -> dict[str, Any]:
    return {"name": user.name, "role": user.role, "active": user.active, "email": user.email}
