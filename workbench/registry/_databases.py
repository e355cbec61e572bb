"""Answers of databases: read only, from hosts that the server may speak to."""

from __future__ import annotations

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from workbench.core.errors import ParameterError
from workbench.core.web import allowed_addresses
from workbench.registry._tables import kept_table

__all__ = ["asked", "without_password"]

#: What an address may say beside the host: nothing that leads elsewhere or reads our files.
OPTIONS = frozenset({"sslmode", "application_name"})
DRIVERS = ("postgresql", "postgresql+psycopg")
#: The driver reads a file of passwords by itself; ours are nobody's to use.
NO_FILE = "/dev/null"
WRITE_IT = "Write it like postgresql://user@host/database."


def asked(address: str, query: str, password: str = "") -> tuple[str, str]:
    """Ask a PostgreSQL database and keep the answer as a Parquet file.

    The host's addresses are looked up once and judged, as for files, and the connection goes to
    the one that was judged. The transaction is read-only and ends within ``parse_seconds``.

    Parameters
    ----------
    address : str
        ``postgresql://user@host:port/database``; ``sslmode`` may follow.
    query : str
        One SELECT.
    password : str
        Beside the address, so that no log or audit line holds it.

    Returns
    -------
    digest, file : str
        SHA-256 of the artifact, and a harmless name.

    Raises
    ------
    NotAllowed
        The host lies in a private network that nobody opened.
    ParameterError
        It is no address of a PostgreSQL server, or there is no query.
    DataError
        The database refuses the query.
    LimitExceeded
        It takes too long, or returns too much.
    """
    from workbench.sources import read

    if not query.strip():
        raise ParameterError("A database takes a query: one SELECT.")
    url = _judged(_parsed(address), password)
    raw = read(url.render_as_string(hide_password=False), query=query)
    return kept_table(raw.frame), "answer.parquet"


def without_password(address: str) -> str:
    """Return an address as others may read it."""
    url = _parsed(address)
    plain = URL.create(url.drivername, url.username, None, url.host, url.port, url.database)
    return plain.render_as_string()


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise ParameterError(f"This database address cannot be understood. {WRITE_IT}") from None
    if url.drivername not in DRIVERS:
        raise ParameterError(
            f"The server asks PostgreSQL databases only, found {url.drivername[:40]!r}. Upload "
            "files of SQLite or DuckDB."
        )
    if not re.fullmatch(r"[\w.:-]+", url.host or "") or not url.database:  # no socket, no list
        raise ParameterError(f"Name one host and a database. {WRITE_IT}")
    if wrong := sorted(set(url.query) - OPTIONS):
        raise ParameterError(
            f"An address must not hold {wrong[0][:40]!r}: only {' and '.join(sorted(OPTIONS))} may "
            "follow the database."
        )
    return url


def _judged(url: URL, password: str) -> URL:
    ip = allowed_addresses(str(url.host), url.port or 5432)[0]
    fixed = {"hostaddr": ip, "passfile": NO_FILE, "connect_timeout": "10"}
    return url.set(
        drivername="postgresql+psycopg",
        password=password or url.password or "",
        port=url.port or 5432,
        query={**url.query, **fixed},
    )
