"""A database of PostgreSQL as one file, by PostgreSQL's own programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from workbench.core.errors import StorageFull, StoreError
from workbench.core.settings import settings
from workbench.store.database import reading, unreachable

__all__ = ["check_empty", "dump", "load"]


def dump(path: Path) -> None:
    """Write the database as it is at one moment to a file.

    Raises
    ------
    StoreError
        pg_dump is missing, older than the database, or says why it cannot.
    """
    program = _program("pg_dump")
    with reading() as connection:
        theirs = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000
    _check_version(program, theirs)
    _run(program, "--format=custom", f"--file={path}")


def load(path: Path) -> None:
    """Bring a file of :func:`dump` back into an empty database: all of it, or nothing.

    Raises
    ------
    StoreError
        pg_restore is missing, or says why it cannot.
    """
    _run(
        _program("pg_restore"), "--exit-on-error", "--single-transaction", "--no-owner",
        "--no-privileges", str(path),
    )  # fmt: skip


def check_empty() -> None:
    """Refuse a database that holds anything, or that cannot be reached.

    Raises
    ------
    StoreError
    """
    _program("pg_restore")
    engine = create_engine(_url())  # not ours as it is used: that would make tables in it
    try:
        found = inspect(engine).get_table_names()
    except SQLAlchemyError as error:
        raise StoreError(unreachable(error)) from error
    finally:
        engine.dispose()
    if found:
        raise StoreError(
            f"The database holds {len(found)} tables already ('{sorted(found)[0]}' is one). Name "
            "an empty one with WORKBENCH_DATABASE."
        )


def _url() -> URL:
    given = settings().database
    return make_url(given.get_secret_value() if given else "")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise StoreError(
            f"{name} is needed for this and not on the PATH: install PostgreSQL's programs "
            "(on Debian: apt-get install postgresql-client)."
        )
    return found


def _check_version(program: str, theirs: int) -> None:
    """Refuse a program that is older than the database: it would refuse in words of its own."""
    done = subprocess.run(  # noqa: S603 - the program by its whole path
        [program, "--version"], capture_output=True, text=True, check=False
    )
    ours = re.search(r"(\d+)", done.stdout)
    if ours is not None and int(ours[1]) < theirs:
        raise StoreError(
            f"pg_dump is of version {ours[1]} and the database of version {theirs}: install "
            f"PostgreSQL's programs of version {theirs} or later, and put them first on the PATH."
        )


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL; the password goes by its environment, never by its arguments."""
    from psycopg.conninfo import make_conninfo

    url = _url()
    where = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    known = make_conninfo(**{name: str(one) for name, one in where.items() if one}, **query)
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(  # noqa: S603 - the program by its whole path, arguments of our own
        [program, f"--dbname={known}", *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        if "No space left" in done.stderr:
            raise StorageFull
        words = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise StoreError(f"{Path(program).name} failed: {words[:300]}")
