"""A server with one person in each role, shared by all files that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store._postgres import running_postgres

from ._server import Server, Team, populated


@pytest.fixture(scope="session")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Return a running server with one person in each role, named like the role."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield populated(server)
    # Whatever a test asked for: nothing may have been the server's own fault.
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL that runs for these tests only."""
    with running_postgres() as address:
        yield address
