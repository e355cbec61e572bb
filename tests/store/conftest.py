"""Each kind of database: a file in the data folder, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store._postgres import fresh_database, running_postgres
from workbench.core.settings import settings
from workbench.store.database import _opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL that runs for these tests only."""
    with running_postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Use a fresh database of each kind."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    server = request.getfixturevalue("postgres")
    with fresh_database(server) as address:
        monkeypatch.setenv("WORKBENCH_DATABASE", address)
        settings.cache_clear()
        yield "postgresql"
        _opened(address).dispose()
        _opened.cache_clear()
