"""What opens a door for a while: sessions, tokens, links, and the failures to open one.

Only hashes are kept: who reads the database cannot sign in with what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from workbench.core.account import ApiToken, Link, LoginSession
from workbench.store.database import TABLES
from workbench.store.push import drop_devices_of

__all__ = [
    "add_api_token",
    "add_failures",
    "add_link",
    "add_refresh",
    "add_session",
    "api_token_by_digest",
    "api_tokens_of",
    "drop_api_token",
    "drop_family",
    "drop_session",
    "drop_sessions_of",
    "failures",
    "forget_failures",
    "has_family",
    "hold_attempts",
    "invitation_of",
    "link_by_digest",
    "refresh_by_digest",
    "session_by_digest",
    "sessions_of",
    "spend_refresh",
    "sweep",
    "touch_api_token",
    "touch_session",
    "use_link",
]


def _owner() -> Column[Any]:
    return Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)


def _time(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=null)


SESSIONS = Table(
    "sessions", TABLES, Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True), _owner(), _time("created"),
    _time("seen"), _time("expires"), Column("address", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
)  # fmt: skip
API_TOKENS = Table(
    "api_tokens", TABLES, Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True), _owner(),
    Column("name", String(80), nullable=False), Column("start", String(12), nullable=False),
    Column("scopes", JSON, nullable=False), _time("created"), _time("expires"),
    _time("used", null=True),
)  # fmt: skip
REFRESH_TOKENS = Table(
    "refresh_tokens", TABLES, Column("digest", String(64), primary_key=True), _owner(),
    Column("family", String(32), nullable=False, index=True), _time("expires"),
    _time("spent", null=True),
)  # fmt: skip
LINKS = Table(
    "links", TABLES, Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True), _owner(),
    Column("kind", String(8), nullable=False), _time("expires"), _time("used", null=True),
)  # fmt: skip
FAILURES = Table(
    "failures", TABLES, Column("id", Integer, primary_key=True),
    Column("what", String(300), nullable=False, index=True), _time("time"),
)  # fmt: skip


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def add_session(connection: Connection, session: LoginSession, digest: str) -> None:
    """Store a browser that signed in, under the hash of its cookie."""
    connection.execute(insert(SESSIONS).values(digest=digest, **vars(session)))


def session_by_digest(connection: Connection, digest: str) -> LoginSession | None:
    """Return the session of a cookie, also where it is over."""
    row = connection.execute(select(SESSIONS).where(SESSIONS.c.digest == digest)).first()
    return None if row is None else _session(row)


def sessions_of(connection: Connection, user: str) -> list[LoginSession]:
    """Return a user's sessions, the latest first."""
    wanted = select(SESSIONS).where(SESSIONS.c.user == user).order_by(SESSIONS.c.created.desc())
    return [_session(row) for row in connection.execute(wanted)]


def touch_session(connection: Connection, id: str, seen: datetime) -> None:  # noqa: A002
    """Note when a session was last seen."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.id == id).values(seen=seen))


def drop_session(connection: Connection, id: str) -> bool:  # noqa: A002
    """End a session, and notifications in its browser; return whether there was one."""
    drop_devices_of(connection, session=id)
    return bool(connection.execute(delete(SESSIONS).where(SESSIONS.c.id == id)).rowcount)


def drop_sessions_of(connection: Connection, user: str) -> int:
    """End all that a user holds but keys for programs; return how many sessions there were."""
    drop_devices_of(connection, user=user)
    connection.execute(delete(REFRESH_TOKENS).where(REFRESH_TOKENS.c.user == user))
    return connection.execute(delete(SESSIONS).where(SESSIONS.c.user == user)).rowcount


def _session(row: Row[Any]) -> LoginSession:
    times = (_utc(row.created), _utc(row.seen), _utc(row.expires))
    return LoginSession(row.id, row.user, *times, row.address, row.agent)


def add_api_token(connection: Connection, token: ApiToken, digest: str) -> None:
    """Store a key for a program."""
    values = vars(token) | {"scopes": sorted(token.scopes)}
    connection.execute(insert(API_TOKENS).values(digest=digest, **values))


def api_token_by_digest(connection: Connection, digest: str) -> ApiToken | None:
    """Return the token of a key, also where it is over."""
    row = connection.execute(select(API_TOKENS).where(API_TOKENS.c.digest == digest)).first()
    return None if row is None else _api_token(row)


def api_tokens_of(connection: Connection, user: str) -> list[ApiToken]:
    """Return a user's tokens, the latest first."""
    wanted = select(API_TOKENS).where(API_TOKENS.c.user == user)
    found = connection.execute(wanted.order_by(API_TOKENS.c.created.desc()))
    return [_api_token(row) for row in found]


def touch_api_token(connection: Connection, id: str, used: datetime) -> None:  # noqa: A002
    """Note when a token was last used."""
    connection.execute(update(API_TOKENS).where(API_TOKENS.c.id == id).values(used=used))


def drop_api_token(connection: Connection, id: str) -> bool:  # noqa: A002
    """End a token; return whether there was one."""
    return bool(connection.execute(delete(API_TOKENS).where(API_TOKENS.c.id == id)).rowcount)


def _api_token(row: Row[Any]) -> ApiToken:
    used = None if row.used is None else _utc(row.used)
    times = (_utc(row.created), _utc(row.expires), used)
    return ApiToken(row.id, row.user, row.name, row.start, frozenset(row.scopes), *times)


def add_refresh(
    connection: Connection,
    digest: str,
    user: str,
    family: str,
    expires: datetime,
) -> None:
    """Store a refresh token; those of one sign-in are a family."""
    values = {"digest": digest, "user": user, "family": family, "expires": expires, "spent": None}
    connection.execute(insert(REFRESH_TOKENS).values(**values))


def refresh_by_digest(
    connection: Connection,
    digest: str,
) -> tuple[str, str, datetime, bool] | None:
    """Return user, family, end and whether it was spent already."""
    row = connection.execute(
        select(REFRESH_TOKENS).where(REFRESH_TOKENS.c.digest == digest)
    ).first()
    return None if row is None else (row.user, row.family, _utc(row.expires), bool(row.spent))


def spend_refresh(connection: Connection, digest: str, now: datetime) -> bool:
    """Spend a refresh token; return whether we were the one to do so."""
    same = (REFRESH_TOKENS.c.digest == digest) & REFRESH_TOKENS.c.spent.is_(None)
    return bool(connection.execute(update(REFRESH_TOKENS).where(same).values(spent=now)).rowcount)


def drop_family(connection: Connection, family: str) -> None:
    """End all tokens that came from one sign-in."""
    connection.execute(delete(REFRESH_TOKENS).where(REFRESH_TOKENS.c.family == family))


def has_family(connection: Connection, family: str) -> bool:
    """Return whether a sign-in was not ended."""
    query = select(REFRESH_TOKENS.c.digest).where(REFRESH_TOKENS.c.family == family).limit(1)
    return connection.execute(query).first() is not None


def add_link(connection: Connection, link: Link, digest: str) -> None:
    """Store an invitation or a way to a new password."""
    connection.execute(insert(LINKS).values(digest=digest, used=None, **vars(link)))


def link_by_digest(connection: Connection, digest: str) -> tuple[Link, bool] | None:
    """Return a link and whether it was used already."""
    row = connection.execute(select(LINKS).where(LINKS.c.digest == digest)).first()
    if row is None:
        return None
    return Link(row.id, row.kind, row.user, _utc(row.expires)), row.used is not None


def use_link(connection: Connection, id: str, now: datetime) -> bool:  # noqa: A002
    """Use a link up; return whether we were the one to do so."""
    same = (LINKS.c.id == id) & LINKS.c.used.is_(None)
    return bool(connection.execute(update(LINKS).where(same).values(used=now)).rowcount)


def invitation_of(connection: Connection, user: str, now: datetime) -> Link | None:
    """Return an invitation of a user that is open still."""
    open_ = (LINKS.c.kind == "invite") & LINKS.c.used.is_(None) & (LINKS.c.expires > now)
    row = connection.execute(select(LINKS).where(LINKS.c.user == user, open_)).first()
    return None if row is None else Link(row.id, row.kind, row.user, _utc(row.expires))


def hold_attempts(connection: Connection, key: str) -> None:
    """Let attempts at one door come one after the other, until this transaction ends.

    On SQLite they do anyway: whoever writes is alone.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def add_failures(connection: Connection, keys: Sequence[str], now: datetime) -> list[int]:
    """Note that a door stays shut, for the account and for the address; return what was noted."""
    noted = []
    for key in keys:
        done = connection.execute(insert(FAILURES).values(what=key, time=now))
        noted.append(int((done.inserted_primary_key or (0,))[0]))
    return noted


def failures(connection: Connection, key: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many there were since then, and when the first of them was."""
    wanted = select(func.count(), func.min(FAILURES.c.time)).where(
        FAILURES.c.what == key, FAILURES.c.time > since
    )
    count, first = connection.execute(wanted).one()
    return count, None if first is None else _utc(first)


def forget_failures(connection: Connection, key: str, noted: Sequence[int]) -> None:
    """Forget the failures of an account after a success, and what was noted of this attempt."""
    over = (FAILURES.c.what == key) | FAILURES.c.id.in_(noted)
    connection.execute(delete(FAILURES).where(over))


def sweep(connection: Connection, now: datetime, failures_before: datetime) -> None:
    """Remove what is over."""
    for table in (SESSIONS, API_TOKENS, REFRESH_TOKENS, LINKS):
        connection.execute(delete(table).where(table.c.expires < now))
    connection.execute(delete(FAILURES).where(FAILURES.c.time < failures_before))
