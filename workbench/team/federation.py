"""Which account belongs to whoever comes from a provider of sign-in, and how it comes to be so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from workbench.core.account import Outside, User
from workbench.core.errors import NotAllowed, NotSignedIn, ParameterError
from workbench.core.settings import settings
from workbench.store import accounts, credentials
from workbench.store import outside as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.team import reach
from workbench.team.accounts import change_account, create_account
from workbench.team.doer import Doer
from workbench.team.first import is_first
from workbench.team.provider import Trip, provider
from workbench.team.signing import digest

__all__ = ["Person", "account_of", "arrived", "link_account", "linked", "person", "unlink"]

OVER = "This link is over or was used before. Ask for another."
CLOSED = "This account is closed here. Ask an administrator."


@dataclass(frozen=True)
class Person:
    """Somebody as a provider describes them.

    Attributes
    ----------
    issuer, subject : str
    name, email : str
        Empty where it says none; an address counts only where the provider has verified it.
    groups : tuple of str
    """

    issuer: str
    subject: str
    name: str
    email: str
    groups: tuple[str, ...]


def person(claims: Mapping[str, Any]) -> Person:
    """Return whom claims that were judged speak of."""
    known = settings()
    verified = claims.get("email_verified") is True  # not "true", which some send for anything
    groups = claims.get(known.oidc_groups)
    listed = groups if isinstance(groups, list) else [groups]
    return Person(
        str(claims["iss"]),
        str(claims["sub"]),
        _text(claims.get(known.oidc_username))[:200],
        _text(claims.get("email")).casefold() if verified else "",
        tuple(filter(None, map(_text, listed))),
    )


def _text(value: Any) -> str:
    """Return what is a text that can be kept and shown; "" for all else."""
    # Neither NUL nor half a pair of surrogates: no database takes them.
    return value.strip() if isinstance(value, str) and value.isprintable() else ""


def arrived(trip: Trip, code: str, *, by: Doer) -> Person:
    """Return who has come back from the provider with a code; what is refused is in the audit.

    Raises
    ------
    NotSignedIn
        The provider does not answer as it should, or is not to be believed.
    """
    try:
        return person(provider().claims(trip, code))
    except NotSignedIn:
        with writing() as connection:
            append(connection, by.did("session.refuse", after={"by": "provider"}))
        raise


def account_of(who: Person, *, link: str = "", request: str = "", address: str = "") -> User:
    """Return the account that somebody may be signed in to.

    Parameters
    ----------
    who : Person
    link : str
        Secret of an invitation that they followed, or of the link to the first account.
    request, address : str
        For the audit.

    Raises
    ------
    NotSignedIn
        Their account is closed, or the link is over.
    NotAllowed
        No account is theirs.
    """
    doer = Doer("anonymous", request, address)
    try:
        user = _known(who) or _linked_now(who, link, doer) or _made(who, link, doer)
    except IntegrityError as error:  # another window did the same just now
        raise NotSignedIn("This was done in another window just now. Sign in again.") from error
    if user is None or not user.active:
        with writing() as connection:
            about = f"user:{user.id}" if user else ""
            append(connection, doer.did("session.refuse", about, after={"by": "provider"}))
        raise NotSignedIn(CLOSED) if user else NotAllowed(_unknown(who))
    return _with_role(user, who, doer)


def _known(who: Person) -> User | None:
    now = datetime.now(UTC)
    with writing() as connection:
        one = store.find_outside(connection, who.issuer, who.subject)
        if one is None:
            return None
        store.touch_outside(connection, one, now)
        return accounts.find_user(connection, id=one.user)


def _linked_now(who: Person, link: str, doer: Doer) -> User | None:
    """Link an account that waits for this person, and return it."""
    now = datetime.now(UTC)
    with writing() as connection:
        user, how = _by_link(connection, link, now) if link and not is_first(link) else (None, "")
        if user is None and not link:
            user, how = _by_name_or_email(connection, who, now)
        if user is None or not user.active:
            return user
        invited = credentials.invitation_of(connection, user.id, now)
        if invited is not None:
            credentials.use_link(connection, invited.id, now)
        _link(connection, who, user, Doer(f"user:{user.id}", doer.request, doer.address), how)
    return user


def _by_link(connection: Connection, link: str, now: datetime) -> tuple[User, str]:
    known = credentials.link_by_digest(connection, digest(link))
    user = accounts.find_user(connection, id=known[0].user) if known else None
    if known is None or user is None or not user.active or known[0].kind != "invite":
        raise NotSignedIn(OVER)
    if known[0].expires < now or not credentials.use_link(connection, known[0].id, now):
        raise NotSignedIn(OVER)
    return user, "invitation"


def _by_name_or_email(
    connection: Connection, who: Person, now: datetime
) -> tuple[User | None, str]:
    """Return an account that waits to be claimed by this name, or one with this address."""
    named = accounts.find_user(connection, name=who.name) if who.name else None
    if named is not None and _waits(connection, named, now):
        return named, "name"
    if not settings().oidc_link_by_email or not who.email:
        return None, ""
    found = [one for one in accounts.all_users(connection) if one.email.casefold() == who.email]
    return (found[0], "e-mail") if len(found) == 1 else (None, "")


def _waits(connection: Connection, user: User, now: datetime) -> bool:
    """Return whether an account was made for somebody who has not come yet."""
    invited = credentials.invitation_of(connection, user.id, now)
    return invited is not None and not user.password and not store.outside_of(connection, user.id)


def _made(who: Person, link: str, doer: Doer) -> User | None:
    """Make an account where that is allowed, and return it."""
    first = bool(link) and is_first(link)
    if not first and not settings().oidc_new_accounts:
        return None
    role = "admin" if first else _role(who)
    try:
        user = create_account(who.name, role, email=who.email, by=doer.trusted())
    except ParameterError as error:
        raise NotAllowed(
            f"No account can be made for {who.name[:80]!r}: {error} Ask an administrator."
        ) from error
    with writing() as connection:
        mine = Doer(f"user:{user.id}", doer.request, doer.address)
        _link(connection, who, user, mine, "first link" if first else "new account")
    return user


def _role(who: Person) -> str:
    """Return the role of the first rule that fits."""
    for rule in filter(None, (part.strip() for part in (settings().oidc_roles or "").split(","))):
        group, _, role = rule.rpartition("=")
        if group.strip() in who.groups:
            return role.strip()
    return settings().oidc_role


def _with_role(user: User, who: Person, doer: Doer) -> User:
    """Give the role that the provider's groups say, where the settings let them say it."""
    if not settings().oidc_roles or user.role == _role(who):
        return user
    try:
        by = Doer("system", doer.request, doer.address).trusted()
        return change_account(user.id, role=_role(who), by=by)
    except ParameterError:  # the last administrator stays one, whatever the provider says
        return user


def _link(connection: Connection, who: Person, user: User, doer: Doer, how: str) -> None:
    now = datetime.now(UTC)
    store.add_outside(connection, Outside(who.issuer, who.subject, user.id, who.name, now, now))
    told = {"issuer": who.issuer, "subject": who.subject, "how": how}
    append(connection, doer.did("user.link", f"user:{user.id}", after=told))


def _unknown(who: Person) -> str:
    named = f"'{who.name[:80]}'" if who.name else "whom you are signed in as there"
    return (
        f"{settings().oidc_name} knows you, but no account here is yours. Ask an administrator to "
        f"invite {named}."
    )


# ---- by who is signed in here -------------------------------------------------------------------


def link_account(user: User, who: Person, *, by: Doer) -> None:
    """Link the account of somebody who is signed in here to who they are at the provider.

    Raises
    ------
    NotAllowed
        They belong to an account already.
    """
    with writing() as connection:
        one = store.find_outside(connection, who.issuer, who.subject)
        if one is not None:
            whose = "yours" if one.user == user.id else "somebody else's"
            raise NotAllowed(f"Who you are there is linked already: the account is {whose}.")
        _link(connection, who, user, by, "settings")


def linked(user: str) -> list[Outside]:
    """Return who somebody is at providers."""
    with reading() as connection:
        return store.outside_of(connection, user)


def unlink(user: User, issuer: str, subject: str, *, by: Doer) -> bool:
    """Unlink somebody from who they are at a provider; return whether they were linked.

    Raises
    ------
    ParameterError
        They do so themselves, and it is the only way that they can sign in.
    NotAllowed
        The account is another's that reaches further than who does this.
    """
    with writing() as connection:
        if by.user != user.id:
            reach.check_account(connection, by, user)
        elif not _other_way(connection, user):
            raise ParameterError("Nothing else opens this account: set a password first.")
        gone = store.drop_outside(connection, user.id, issuer, subject)
        if gone:
            told = {"issuer": issuer, "subject": subject}
            append(connection, by.did("user.unlink", f"user:{user.id}", before=told))
    return gone


def _other_way(connection: Connection, user: User) -> bool:
    latest = accounts.find_user(connection, id=user.id)
    password = latest is not None and bool(latest.password) and settings().passwords
    return password or len(store.outside_of(connection, user.id)) > 1
