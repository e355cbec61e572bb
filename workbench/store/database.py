"""The database in the data folder: SQLite with a write-ahead log, so readers never wait."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError

from workbench.core.errors import StoreError
from workbench.core.settings import settings

__all__ = ["TABLES", "database", "is_there"]

#: Every table of the house; a repository adds its own.
TABLES = MetaData()


def is_there() -> bool:
    """Tell whether anything was ever stored; looking makes no file."""
    return _path().exists()


def _path() -> Path:
    return settings().home / "workbench.db"


def database() -> Engine:
    """Return the database of the data folder, made at first use with all its tables.

    Raises
    ------
    StoreError
        The folder cannot be written to, or the file is no database.
    """
    return _opened(_path())


@lru_cache(maxsize=8)
def _opened(path: Path) -> Engine:
    from workbench.store import labels  # noqa: F401  # adds its table

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _careful)
        TABLES.create_all(engine)
    except (OSError, DatabaseError) as error:
        reason = getattr(error, "orig", None) or error
        raise StoreError(
            f"The database in the data folder cannot be used: {reason}. Free or mend the folder, "
            "or name another with WORKBENCH_HOME."
        ) from error
    return engine


def _careful(connection: Any, record: Any) -> None:
    for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {line}")
