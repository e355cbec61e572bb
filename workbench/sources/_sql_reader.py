"""Runs one query on a database, for reading only; runs in the worker."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import (
    DataError,
    LimitExceeded,
    MissingExtra,
    ParameterError,
    UnreadableFile,
)
from workbench.sources import _queries, _types
from workbench.sources._json_reader import columns_to_frame

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy.engine import URL, Connection, Engine

__all__ = ["read_sql"]

BATCH = 10_000
#: Steps of SQLite's machine between two looks at the clock.
STEPS = 20_000


def read_sql(
    *,
    path: str | None,
    name: str,
    limit: int,
    url: str,
    query: str | None,
    table: str | None,
    patience: float,
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the result of ``query``, or the whole ``table``; nothing is ever committed."""
    import sqlalchemy as sa
    from sqlalchemy.exc import SQLAlchemyError

    address = sa.make_url(url)
    secrets = _secrets(address)
    engine = _engine(address, path, time.monotonic() + patience)
    try:
        with engine.connect() as connection:
            _forbid_writing(connection, engine.dialect.name, patience)
            if query is None:
                query = _whole_table(connection, table, name)
            _queries.check_select(query)
            frame = _fetch(connection, query, limit, name)
            connection.rollback()
    except SQLAlchemyError as error:
        raise _explained(error, name, patience, secrets) from None
    finally:
        engine.dispose()
    habits = _types.Habits(None, None, [])
    return _types.infer_times(frame, habits), {"notices": habits.notices}


def _engine(address: URL, path: str | None, deadline: float) -> Engine:
    import sqlalchemy as sa
    from sqlalchemy.exc import NoSuchModuleError

    try:
        if path is None:
            return sa.create_engine(address, poolclass=sa.pool.NullPool)
        return sa.create_engine(
            "sqlite://", creator=lambda: _open_sqlite(path, deadline), poolclass=sa.pool.NullPool
        )
    except NoSuchModuleError:
        raise ParameterError(
            f"Nothing reads databases by '{address.drivername}'. Check the driver's name, or "
            "install the package that brings it."
        ) from None
    except ImportError as error:
        driver = str(getattr(error, "name", "") or address.drivername)
        raise MissingExtra(
            f"{driver} is needed to read {address.get_backend_name()} databases: "
            f"pip install {driver}"
        ) from None


def _open_sqlite(path: str, deadline: float) -> Any:
    """Open an SQLite file for reading only, cut off from other files, with an eye on the clock."""
    import sqlite3

    link = sqlite3.connect(Path(path).as_uri() + "?mode=ro", uri=True)
    link.execute("PRAGMA query_only = ON")
    link.execute("PRAGMA trusted_schema = OFF")
    denied = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}
    link.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_DENY if action in denied else sqlite3.SQLITE_OK
    )
    link.set_progress_handler(lambda: int(time.monotonic() > deadline), STEPS)
    link.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return link


def _forbid_writing(connection: Connection, dialect: str, patience: float) -> None:
    import sqlalchemy as sa

    if dialect == "postgresql":
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        # Who asked may be stopped from outside; the database must not go on for nobody.
        limit = max(1, int(patience * 1000))
        connection.execute(sa.text(f"SET LOCAL statement_timeout = {limit}"))
    elif dialect in ("mysql", "mariadb"):
        connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))


def _whole_table(connection: Connection, table: str | None, name: str) -> str:
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    known = [*inspector.get_table_names(), *inspector.get_view_names()]
    schema, dot, _ = (table or "").rpartition(".")
    if table is not None and table not in known and dot:
        bare = table.rpartition(".")[2]
        inside = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        _queries.select_all(bare, inside, name)
        quote = connection.dialect.identifier_preparer.quote
        return f"SELECT * FROM {quote(schema)}.{quote(bare)}"  # noqa: S608 - quoted
    _queries.select_all(table, known, name)
    chosen = table if table is not None else known[0]
    quoted = connection.dialect.identifier_preparer.quote_identifier(chosen)
    return f"SELECT * FROM {quoted}"  # noqa: S608 - quoted, and known to exist


def _fetch(connection: Connection, query: str, limit: int, name: str) -> pl.DataFrame:
    """Fetch in batches; each becomes columns at once, which take less room than rows."""
    import polars as pl

    result = connection.execution_options(stream_results=True, no_parameters=True).exec_driver_sql(
        query
    )
    if not result.returns_rows:
        raise DataError("The query returned no table. It must be one SELECT.")
    labels = _unique(list(result.keys()))
    columns: list[list[Any]] = [[] for _ in labels]
    pieces: list[pl.DataFrame] = []
    size = 0
    while rows := result.fetchmany(BATCH):
        for position, column in enumerate(columns):
            column.extend(row[position] for row in rows)
        if len(columns[0]) >= 20 * BATCH:
            pieces.append(columns_to_frame(dict(zip(labels, columns, strict=True))))
            size += int(pieces[-1].estimated_size())
            columns = [[] for _ in labels]
        if size > limit:
            raise LimitExceeded(f"The query on '{name}' returns too much. Add a LIMIT or a WHERE.")
    if columns[0] or not pieces:
        pieces.append(columns_to_frame(dict(zip(labels, columns, strict=True))))
    return pl.concat(_agreed(pieces))


def _agreed(pieces: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Give the pieces the same types: the wider number, else text."""
    import polars as pl

    target = {}
    for label in pieces[0].columns:
        kinds = {p[label].dtype for p in pieces if p[label].null_count() < len(p)}
        numbers = all(kind.is_numeric() for kind in kinds)
        wide = pl.Float64() if numbers else pl.String()
        target[label] = kinds.pop() if len(kinds) == 1 else wide
    return [piece.cast(target) for piece in pieces]  # type: ignore[arg-type]


def _unique(labels: list[Any]) -> list[str]:
    from workbench.sources._dialect import tidy_names

    return list(tidy_names(labels)[0])


def _secrets(address: URL) -> list[str]:
    found = [str(address.password)] if address.password else []
    for key, value in address.query.items():
        if re.search("pass|pwd|secret|token|key", key, re.IGNORECASE):
            found += [value] if isinstance(value, str) else list(value)
    return [item for item in found if item]


def _explained(error: Exception, name: str, seconds: float, secrets: list[str]) -> Exception:
    reason = _queries.first_line(getattr(error, "orig", None) or error)
    for secret in secrets:
        reason = reason.replace(secret, "***")
    if reason == "interrupted":
        return LimitExceeded(
            f"The query on '{name}' takes more than {seconds:g} seconds. Ask for less, or raise "
            "WORKBENCH_PARSE_SECONDS."
        )
    if "not a database" in reason or "malformed" in reason or "disk image" in reason:
        return UnreadableFile(f"'{name}' is not an SQLite database, or a damaged one ({reason}).")
    return DataError(f"The query on '{name}' failed: {reason}.")
