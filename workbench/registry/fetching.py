"""Data that the server fetches itself: samples, files at addresses, answers of databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.errors import ParameterError
from workbench.core.registry import DataVersion, KeptData
from workbench.registry._tables import kept_graph, kept_table
from workbench.registry.datasets import keep_data
from workbench.sources.base import scheme_of
from workbench.team.access import Identity, allow
from workbench.team.doer import Doer

__all__ = ["fetch_data"]


def fetch_data(
    who: Identity,
    name: str,
    source: str,
    *,
    query: str = "",
    password: str = "",
    roles: Mapping[str, Any] | None = None,
    note: str = "",
    by: Doer,
) -> tuple[KeptData, DataVersion]:
    """Keep what a source gives, as it is now.

    Parameters
    ----------
    who : Identity
    name : str
    source : str
        "sample:NAME", an address that begins with http:// or https://, or a PostgreSQL database as
        postgresql://user@host/database.
    query : str
        One SELECT, for a database.
    password : str
        Of the database; it is used once and kept nowhere.
    roles : mapping, optional
    note : str
    by : Doer

    Raises
    ------
    ParameterError
        The source is none that the server fetches, or a query goes with what takes none.
    """
    allow(who, "datasets:write")
    scheme = scheme_of(source)
    if scheme != "postgresql" and (query or password):
        raise ParameterError("A query and a password are for databases: leave them out here.")
    if scheme == "sample":
        digest, file, known = _sample(source)
        told = {"kind": "sample", "name": source.partition(":")[2]}
        given = {**known, **(roles or {})}
    elif scheme in ("http", "https"):
        from workbench.registry._web import fetched

        digest, file = fetched(source)
        told, given = {"kind": "web", "address": source}, dict(roles or {})
    elif scheme == "postgresql":
        from workbench.registry._databases import asked, without_password

        digest, file = asked(source, query, password)
        told = {"kind": "database", "address": without_password(source), "query": query}
        given = dict(roles or {})
    else:
        raise ParameterError(
            "source is 'sample:NAME', an address that begins with http:// or https://, or "
            f"postgresql://user@host/database, found {source[:80]!r}. Upload files instead."
        )
    return keep_data(who, name, digest, file, roles=given, source=told, note=note, by=by)


def _sample(source: str) -> tuple[str, str, dict[str, Any]]:
    """Return a sample as a file, with what it knows of its columns."""
    from workbench.sources import read

    raw = read(source)
    if raw.network is not None:  # a table would lose the edges
        return kept_graph(raw.frame, raw.network), f"{source.partition(':')[2]}.graphml", {}
    return kept_table(raw.frame), f"{source.partition(':')[2]}.parquet", dict(raw.roles)
