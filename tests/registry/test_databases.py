"""Databases that the server asks: reads only, and only where it may speak to."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import psycopg
import pytest

from tests.store._postgres import fresh_database, running_postgres
from workbench.core import settings as settings_module
from workbench.core.errors import DataError, NotAllowed, ParameterError, WorkbenchError
from workbench.registry._databases import asked, without_password
from workbench.store.artifacts import artifact


@pytest.fixture(scope="module")
def plant() -> Iterator[str]:
    """A PostgreSQL with one table of readings; its address."""
    with running_postgres() as server, fresh_database(server) as address:
        plain = address.replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as link:
            link.execute("CREATE TABLE readings (at timestamptz, flow float, pump text)")
            link.execute(
                "INSERT INTO readings SELECT '2026-01-01'::timestamptz + g * interval '1 hour', "
                "g % 7, 'p' || g % 2 FROM generate_series(1, 50) AS g"
            )
        yield plain


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server speak to the loopback network, as an administrator may."""
    monkeypatch.setenv("WORKBENCH_ALLOWED_NETWORKS", "127.0.0.0/8")
    settings_module.settings.cache_clear()


def rows(address: str) -> int:
    with psycopg.connect(address) as link:
        counted = link.execute("SELECT count(*) FROM readings").fetchone()
    assert counted is not None
    return int(counted[0])


def test_the_answer_to_a_query_is_kept_as_a_table(plant: str, opened: None) -> None:
    digest, file = asked(plant, "SELECT at, flow FROM readings ORDER BY at")
    kept = pd.read_parquet(artifact(digest))
    assert (list(kept.columns), len(kept), file) == (["at", "flow"], 50, "answer.parquet")


def test_a_private_network_is_closed_until_it_is_opened(plant: str) -> None:
    with pytest.raises(NotAllowed, match="private network"):
        asked(plant, "SELECT 1 AS one")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM readings", "SELECT 1; DELETE FROM readings",
        "SELECT 1; COMMIT; DROP TABLE readings",
        "WITH gone AS (DELETE FROM readings RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copied FROM readings", "SELECT nothing FROM readings",
        "COPY readings TO PROGRAM 'true'", "", "  -- nothing",
    ],
)  # fmt: skip
def test_a_query_changes_nothing(plant: str, opened: None, query: str) -> None:
    with pytest.raises((DataError, ParameterError)):
        asked(plant, query)
    assert rows(plant) == 50


def test_a_query_that_never_ends_is_stopped_in_the_database_too(
    plant: str, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_ISOLATE", "0")
    monkeypatch.setenv("WORKBENCH_PARSE_SECONDS", "0.5")
    settings_module.settings.cache_clear()
    with pytest.raises(WorkbenchError, match="statement timeout"):
        asked(plant, "SELECT pg_sleep(1000)")
    with psycopg.connect(plant) as link:
        busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
        assert link.execute(busy).fetchone() == (0,)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///plant.db", "mysql://root@127.0.0.1/plant", "postgresql+pg8000://a@127.0.0.1/b",
        "postgresql:///plant", "postgresql://127.0.0.1", "postgresql://a,b/plant", "postgresql://",
        "postgresql://a@127.0.0.1/b?hostaddr=10.0.0.1", "postgresql://a@127.0.0.1/b?host=/tmp",
        "postgresql://a@127.0.0.1/b?passfile=/etc/passwd", "postgresql://a@127.0.0.1/b?service=x",
        "postgresql://a@127.0.0.1/b?sslkey=/etc/shadow", "postgresql://a@127.0.0.1:port/b",
        "postgresql://a@127.0.0.1/b?options=-c%20default_transaction_read_only%3Doff",
        "postgresql://a@%2Fvar%2Frun/b", "nonsense",
    ],
)  # fmt: skip
def test_addresses_lead_nowhere_else(opened: None, address: str) -> None:
    with pytest.raises(ParameterError):
        asked(address, "SELECT 1 AS one")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.5", "169.254.169.254", "2130706433", "0"]
)
def test_the_guard_of_addresses_holds_for_databases(host: str) -> None:
    with pytest.raises((NotAllowed, WorkbenchError)):
        asked(f"postgresql://a@{host}/b", "SELECT 1 AS one")


def test_a_password_stays_out_of_what_is_told(plant: str, opened: None) -> None:
    assert "s3cr3t" not in without_password("postgresql://ana:s3cr3t@db.example/plant")
    wrong = plant.replace("postgres@", "nobody:s3cr3t@")
    with pytest.raises(DataError) as caught:
        asked(wrong, "SELECT 1 AS one", "s3cr3t too")
    assert "s3cr3t" not in str(caught.value)
