"""The database: a file in the data folder (SQLite, write-ahead log), or PostgreSQL by its URL."""

from __future__ import annotations

import importlib
import pkgutil
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from shutil import disk_usage
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from workbench.core.errors import StorageFull, StoreError
from workbench.core.settings import settings
from workbench.store.spans import watch

__all__ = [
    "TABLES",
    "as_it_is",
    "clock",
    "database",
    "is_there",
    "reading",
    "tables",
    "unreachable",
    "writing",
]

#: Every table of the house; a repository adds its own. Names of constraints are ours, so that
#: migrations can speak of them on any database.
TABLES = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_unique_%(column_0_N_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_of_%(referred_table_name)s",
        "pk": "%(table_name)s_key",
    }
)
_opening = threading.Lock()
#: Bytes that SQLite needs beside a database before anything can be read: the map of its log.
ROOM = 64 * 1024
#: Seconds that a writer waits for those before it on SQLite.
WAIT = 10
#: Of PostgreSQL's advisory lock that a writer holds: any number, the same in every process.
_TURN = 0x77726974


def is_there() -> bool:
    """Tell whether anything was ever stored; looking makes no file."""
    return bool(settings().database) or _path().exists()


def _path() -> Path:
    return settings().home / "workbench.db"


def _address() -> str:
    given = settings().database
    return given.get_secret_value() if given else f"sqlite:///{_path()}"


def database() -> Engine:
    """Return the database, brought to the present shape at first use.

    Raises
    ------
    StoreError
        It cannot be reached or written to, or it is no database of ours.
    """
    with _opening:
        return _opened(_address())


@contextmanager
def reading() -> Iterator[Connection]:
    """Give a connection that sees one state of the database and makes nobody wait.

    Raises
    ------
    StoreError
        The database cannot be read.
    """
    with _troubles(), database().connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    """Give a connection whose changes are kept together when the block ends, or not at all.

    Writers come one after the other, on any database: what one has read while it writes is still
    so when it ends.

    Raises
    ------
    StorageFull
        There is no room left for it: nothing was written.
    StoreError
        The database cannot be written to: nothing was.
    """
    with (
        _troubles(),
        database().connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


def clock(connection: Connection) -> datetime:
    """Return the time that all who use this database agree on: that of its own machine."""
    if connection.dialect.name == "sqlite":  # which is this one
        return datetime.now(UTC)
    told: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return told.astimezone(UTC)


@contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not (isinstance(error, OperationalError) or error.connection_invalidated):
            raise
        reason = str(error.orig).splitlines()[0] if error.orig else "unknown"
        told = f"The database does not answer as it should: {reason}."
        raise StorageFull.of(error) or StoreError(told) from error


def tables() -> MetaData:
    """Return all tables of all repositories."""
    import workbench.store as room

    for item in pkgutil.iter_modules(room.__path__):
        if not item.ispkg and item.name != "database":
            importlib.import_module(f"{room.__name__}.{item.name}")
    return TABLES


@lru_cache(maxsize=8)
def _opened(address: str) -> Engine:
    from workbench.store.migrations import bring_up

    try:
        engine = _engine(address)
        bring_up(engine)
        watch(engine)
    except (OSError, SQLAlchemyError) as error:
        if StorageFull.of(error) or _has_no_room(address):
            raise StorageFull from error
        raise StoreError(_told(address, error)) from error
    return engine


def _engine(address: str) -> Engine:
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True)
        event.listen(engine, "begin", _in_turn)
        return engine
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _careful)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def as_it_is() -> Iterator[Connection]:
    """Give a connection to the database without bringing it to the present shape.

    Raises
    ------
    StoreError
        It cannot be reached.
    """
    try:
        engine = _engine(_address())
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
    except (OSError, SQLAlchemyError) as error:
        raise StoreError(_told(_address(), error)) from error


def _has_no_room(address: str) -> bool:
    """Return whether SQLite has no room to begin in, which it calls an error of the disk."""
    try:
        return address.startswith("sqlite") and disk_usage(_path().parent).free < ROOM
    except OSError:
        return False


def _told(address: str, error: Exception) -> str:
    if address.startswith("sqlite"):
        reason = getattr(error, "orig", None) or error
        return (
            f"The database in the data folder cannot be used: {reason}. Free or mend the folder, "
            "or name another with WORKBENCH_HOME."
        )
    if isinstance(error, (ArgumentError, NoSuchModuleError)):
        return (
            "WORKBENCH_DATABASE is no address of a database. It looks like this: "
            "postgresql+psycopg://user:password@host/name"
        )
    return unreachable(error)


def unreachable(error: Exception) -> str:
    """Return what to say of a database that does not answer."""
    # Neither the address nor the driver's words: both may hold the password.
    return (
        f"The database cannot be reached ({type(error).__name__}). See that it runs, and that "
        "WORKBENCH_DATABASE names host, user and database."
    )


def _careful(connection: Any, record: Any) -> None:
    # Transactions are begun by us and not by the driver, which would do so too late.
    connection.isolation_level = None
    for line in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={WAIT * 1000}",
    ):
        connection.execute(f"PRAGMA {line}")


def _begin(connection: Connection) -> None:
    # Who reads first and then writes would fail where somebody else wrote in between.
    if not connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    with _door(str(connection.engine.url.database)):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _door(file: str) -> Iterator[None]:
    """Let one writer at a time wait for a database of SQLite, before the others.

    SQLite looks now and then whether it is free. Whoever writes without a pause, as a monitor
    that catches up, would keep everybody else out until they fail. Here it finds one of them at
    the door. Without such locks (Windows), and where the wait is too long, SQLite says how it is.
    """
    try:
        import fcntl

        door = Path(f"{file}-door").open("ab")  # noqa: SIM115 - closed below
    except (ImportError, OSError):
        yield
        return
    with door:
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            try:
                fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(random.uniform(0.001, 0.004))  # noqa: S311 - no secret
        yield


def _in_turn(connection: Connection) -> None:
    # Two who promote at once would both see the same champion, and leave two.
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")
