"""A PostgreSQL of Debian's package, started on a free port and stopped again."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from workbench.serve.local import free_port

USER = "postgres"


def _programs() -> Path | None:
    """Return the folder with initdb and pg_ctl; Debian keeps them off the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).resolve().parent)
    return next((place for place in folders if (place / "pg_ctl").exists()), None)


def _install() -> Path:
    """Return the programs; as root on Debian they are fetched where they are missing."""
    if place := _programs():
        return place
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", "-qq", *words], check=True, capture_output=True)
    if place := _programs():
        return place
    pytest.fail("These tests need PostgreSQL: apt-get install postgresql")


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server in a folder of its own; gives the address of its first database."""
    programs, port = _install(), free_port()
    # Not below pytest's folder: each pytest that starts makes that one private to its user again.
    folder = Path(tempfile.mkdtemp(prefix="workbench-postgres-"))
    data, as_user = folder / "data", {}
    if os.geteuid() == 0:  # it refuses to run as root
        account = pwd.getpwnam(USER)
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    # A session of its own: whoever sends Ctrl-C to our process group means somebody else.
    run = {"check": True, "capture_output": True, "cwd": "/", "start_new_session": True, **as_user}
    subprocess.run(
        [programs / "initdb", "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8", "--no-sync"],
        **run,
    )
    options = f"-h 127.0.0.1 -p {port} -k '' -c fsync=off"
    subprocess.run(
        [programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"], **run
    )
    try:
        yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder)


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make an empty database for one test."""
    name = f"t{secrets.token_hex(6)}"
    plain = server.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
