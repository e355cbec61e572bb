"""Signing in and out: passwords checked, failures counted, sessions that can be ended."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from workbench.core.account import LoginSession, User
from workbench.core.errors import NotAllowed, NotSignedIn, StoreError, TooManyAttempts
from workbench.core.settings import settings
from workbench.store import accounts, credentials
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.team import reach
from workbench.team.access import Identity, identity_of
from workbench.team.doer import SYSTEM, Doer
from workbench.team.passwords import hash_password, is_outdated, verify_password

__all__ = [
    "check_credentials",
    "check_passwords",
    "counted_attempt",
    "digest",
    "end_session",
    "end_sessions",
    "list_sessions",
    "open_session",
    "session_identity",
]

#: Failures in a window of time, for an account and for an address.
WINDOW = timedelta(minutes=15)
MOST_BY_NAME, MOST_BY_ADDRESS = 10, 100
#: A session ends after this long, and after this long unused.
LIFE, IDLE = timedelta(days=7), timedelta(hours=12)
#: How often it is written down that a session was seen.
SEEN_EVERY = timedelta(minutes=1)
#: Seconds that an attempt waits for others on the same account, and those that are under way.
PATIENCE = 5.0
_under_way: Counter[str] = Counter()
_changed = threading.Condition()
WRONG = "Name or password is wrong, or the account is closed."


def digest(secret: str) -> str:
    """Return what is kept of a secret of ours: these are random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def check_credentials(name: str, password: str, *, address: str, request: str = "") -> User:
    """Return the account that a name and a password open.

    Takes the same time whether there is such an account or not.

    Parameters
    ----------
    name, password : str
    address : str
        Where it is tried from.

    Raises
    ------
    NotSignedIn
        They open none; it is not told why.
    NotAllowed
        Passwords open nothing here: the settings say so.
    TooManyAttempts
        Ten failures for the account, or a hundred from the address, within 15 minutes.
    """
    check_passwords()
    key = f"name:{name.casefold()[:240]}"
    until, last = time.monotonic() + PATIENCE, False
    while True:
        try:
            return _checked(name, password, key, address, request)
        except TooManyAttempts:
            # Attempts count until they have succeeded: of a crowd that is right, some are early.
            if last:
                raise
            last = not _others_end(key, until)


@contextmanager
def _looking_at(key: str) -> Iterator[None]:
    """Note that the password of an attempt that was let through is looked at in this process."""
    with _changed:
        _under_way[key] += 1
    try:
        yield
    finally:
        with _changed:
            _under_way[key] -= 1
            if not _under_way[key]:
                del _under_way[key]
            _changed.notify_all()


def _others_end(key: str, until: float) -> bool:
    """Wait until an attempt on an account ends; False where none is, or it takes too long."""
    with _changed:
        left = until - time.monotonic()
        return bool(_under_way[key]) and left > 0 and _changed.wait(left)


def _checked(name: str, password: str, key: str, address: str, request: str) -> User:
    doer = Doer("anonymous", request, address)
    keys = (key, f"address:{address}")
    with ExitStack() as looking:
        with writing() as connection:
            for one in keys:
                credentials.hold_attempts(connection, one)
            _refuse_many(connection, keys, (MOST_BY_NAME, MOST_BY_ADDRESS))
            # Counted before it is known: of many that try at once, none gets in uncounted.
            tries = credentials.add_failures(connection, keys, datetime.now(UTC))
            user = accounts.find_user(connection, name=name)
            looking.enter_context(_looking_at(key))  # before the count can be seen by others
        fits = verify_password(user.password if user else "", password)
        if user is None or not fits or not user.active:
            with writing() as connection:
                about = f"user:{user.id}" if user else ""
                append(connection, doer.did("session.refuse", about))
            raise NotSignedIn(WRONG)
        with writing() as connection:
            credentials.forget_failures(connection, keys[0], tries)
            if is_outdated(user.password):
                accounts.change_user(connection, user.id, password=hash_password(password))
    return user


def check_passwords() -> None:
    """Do nothing where passwords open accounts here.

    Raises
    ------
    NotAllowed
        The settings say that they do not.
    """
    if not settings().passwords:
        raise NotAllowed(f"Passwords open nothing here: sign in by {settings().oidc_name}.")


@contextmanager
def counted_attempt(address: str) -> Iterator[None]:
    """Count an attempt to come in another way than by a password, unless it ends well.

    Raises
    ------
    TooManyAttempts
        A hundred failures from the address within 15 minutes.
    """
    key = f"address:{address}"
    with writing() as connection:
        credentials.hold_attempts(connection, key)
        _refuse_many(connection, (key,), (MOST_BY_ADDRESS,))
        tries = credentials.add_failures(connection, (key,), datetime.now(UTC))
    yield
    with writing() as connection:
        credentials.forget_failures(connection, "", tries)


def _refuse_many(connection: Connection, keys: Sequence[str], most_of: Sequence[int]) -> None:
    now = datetime.now(UTC)
    for key, most in zip(keys, most_of, strict=True):
        count, first = credentials.failures(connection, key, now - WINDOW)
        if count >= most and first is not None:
            wait = max(1, round((first + WINDOW - now).total_seconds()))
            raise TooManyAttempts(
                f"Too many failed attempts. Try again in {-(-wait // 60)} minutes.", wait
            )


def open_session(
    user: User, *, address: str, agent: str = "", request: str = "", way: str = "password"
) -> str:
    """Open a session and return the secret of its cookie; ``way`` is noted in the audit.

    Raises
    ------
    NotSignedIn
        The account was closed in the meantime.
    """
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    session = LoginSession(
        secrets.token_hex(16), user.id, now, now, now + LIFE, address[:64], agent[:200]
    )
    with writing() as connection:
        latest = accounts.find_user(connection, id=user.id)
        if latest is None or not latest.active or latest.epoch != user.epoch:
            raise NotSignedIn(WRONG)
        credentials.sweep(connection, now, now - WINDOW)
        credentials.add_session(connection, session, digest(secret))
        doer = Doer(f"user:{user.id}", request, address)
        append(connection, doer.did("session.open", f"session:{session.id}", after={"by": way}))
    return secret


def session_identity(secret: str) -> Identity:
    """Return who a cookie stands for, with what they may do now.

    Raises
    ------
    NotSignedIn
        The session is over, was ended, or never was.
    """
    now = datetime.now(UTC)
    with reading() as connection:
        session = credentials.session_by_digest(connection, digest(secret))
        if session is None or session.expires < now or session.seen + IDLE < now:
            raise NotSignedIn("You are not signed in any more. Sign in again.")
        user = accounts.find_user(connection, id=session.user)
        if user is None or not user.active:
            raise NotSignedIn("You are not signed in any more. Sign in again.")
        found = identity_of(connection, user, f"session:{session.id}")
    if session.seen + SEEN_EVERY < now:
        # Who only reads is not sent away because this cannot be noted: the disk may be full.
        with suppress(StoreError), writing() as connection:
            credentials.touch_session(connection, session.id, now)
    return found


def list_sessions(user: str) -> list[LoginSession]:
    """Return a user's open sessions, the latest first."""
    now = datetime.now(UTC)
    with reading() as connection:
        known = credentials.sessions_of(connection, user)
    return [one for one in known if one.expires >= now and one.seen + IDLE >= now]


def end_session(session: str, *, by: Doer = SYSTEM) -> bool:
    """End a session by its id; return whether there was one."""
    with writing() as connection:
        ended = credentials.drop_session(connection, session)
        if ended:
            append(connection, by.did("session.end", f"session:{session}"))
    return ended


def end_sessions(user: str, *, by: Doer = SYSTEM) -> int:
    """End all sessions and tokens of sign-in of a user; return how many sessions there were.

    Raises
    ------
    NotAllowed
        The account reaches further than who ends them.
    """
    with writing() as connection:
        known = accounts.find_user(connection, id=user)
        if known is not None and by.user != user:
            reach.check_account(connection, by, known)
        count = credentials.drop_sessions_of(connection, user)
        append(connection, by.did("session.end-all", f"user:{user}", after={"sessions": count}))
    return count
