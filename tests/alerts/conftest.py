"""Both kinds of database, receivers on this machine, and its own network opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.store.conftest import any_database, postgres
from workbench.core.settings import settings

from ._receivers import Receiver

__all__ = ["any_database", "postgres"]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let channels speak to this machine, as an administrator may."""
    monkeypatch.setenv("WORKBENCH_ALLOWED_NETWORKS", "127.0.0.0/8")
    settings.cache_clear()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return an HTTP server that keeps what it is sent."""
    with Receiver() as made:
        yield made
