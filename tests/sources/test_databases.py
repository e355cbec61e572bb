"""SQL and DuckDB: read, never written, never endless, and silent about passwords."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from workbench.core.errors import (
    DataError,
    LimitExceeded,
    MissingExtra,
    ParameterError,
    UnknownName,
    UnreadableFile,
    WorkbenchError,
)
from workbench.core.settings import settings
from workbench.sources import read


@pytest.fixture
def plant(tmp_path: Path, trusted: None) -> str:
    """An SQLite file with one table, as an address."""
    with sqlite3.connect(tmp_path / "plant.db") as link:
        link.execute("CREATE TABLE readings (at TEXT, flow REAL, pumps INTEGER, odd)")
        rows = [("2024-01-01 00:00:00", 1.5, 1, 1), ("2024-01-02 00:00:00", None, 2, "x")]
        link.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", rows)
    link.close()
    return f"sqlite:///{tmp_path / 'plant.db'}"


def test_a_query_gives_a_frame(plant: str) -> None:
    frame = read(plant, query="SELECT pumps, flow FROM readings ORDER BY pumps DESC").frame
    assert frame["pumps"].tolist() == [2, 1]
    assert frame["flow"].isna().tolist() == [True, False]


def test_the_only_table_needs_no_name(plant: str) -> None:
    table = read(plant)
    assert str(table.frame["at"].dtype) == "datetime64[us]"
    assert table.frame["odd"].tolist() == ["1", "x"]
    assert table.name == "plant"


def test_the_file_itself_can_be_named(plant: str) -> None:
    assert len(read(plant.removeprefix("sqlite:///"), table="readings").frame) == 2


def test_a_worker_gives_the_same(plant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = read(plant).frame
    monkeypatch.setenv("WORKBENCH_ISOLATE", "1")
    settings.cache_clear()
    pd.testing.assert_frame_equal(read(plant).frame, here)


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE readings",
        "/* SELECT */ DELETE FROM readings",
        "-- SELECT\nUPDATE readings SET flow = 0",
        "WITH x AS (SELECT 1) DELETE FROM readings",
        "SELECT 1; DROP TABLE readings",
        "ATTACH 'other.db' AS other",
        "PRAGMA user_version = 7",
        "",
    ],
)
def test_nothing_can_be_written(plant: str, query: str) -> None:
    with pytest.raises(WorkbenchError):
        read(plant, query=query)
    assert len(read(plant).frame) == 2


def test_a_query_without_end_is_ended(plant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_PARSE_SECONDS", "0.5")
    settings.cache_clear()
    endless = (
        "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r"
    )
    with pytest.raises(LimitExceeded, match=r"0\.5 seconds"):
        read(plant, query=endless)
    monkeypatch.setenv("WORKBENCH_ISOLATE", "1")
    settings.cache_clear()
    with pytest.raises(LimitExceeded, match=r"0\.5 seconds"):
        read(plant, query=endless)


def test_a_table_that_is_not_there_is_answered_with_the_nearest(plant: str) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'readings'"):
        read(plant, table="reading")


def test_a_wrong_column_is_named(plant: str) -> None:
    with pytest.raises(DataError, match="nope"):
        read(plant, query="SELECT nope FROM readings")


def test_query_and_table_exclude_each_other(plant: str) -> None:
    with pytest.raises(ParameterError, match="not both"):
        read(plant, query="SELECT 1", table="readings")


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="does not exist"):
        read(f"sqlite:///{tmp_path / 'new.db'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+nodriver://user:s3cr3t@host/db",
        "mysql+nodriver://user:s3cr3t@host/db",
        "postgresql://user:s3cr3t@host:port/db",
        "sqlite:///s3cr3t.db?password=s3cr3t",
    ],
)
def test_a_password_never_shows(address: str, trusted: None) -> None:
    with pytest.raises(WorkbenchError) as caught:
        read(address, query="SELECT 1")
    assert "user:s3cr3t" not in str(caught.value)
    assert "=s3cr3t" not in str(caught.value)


def test_a_missing_driver_is_named(trusted: None) -> None:
    with pytest.raises(MissingExtra, match="oracledb"):
        read("oracle+oracledb://u:p@h/d", query="SELECT 1")


@pytest.fixture
def duck(tmp_path: Path, trusted: None) -> Path:
    """A DuckDB file with one table."""
    with duckdb.connect(tmp_path / "plant.duckdb") as link:
        link.execute("CREATE TABLE readings AS SELECT range AS a, 'x' AS b FROM range(3)")
    return tmp_path / "plant.duckdb"


def test_duckdb_gives_a_frame(duck: Path) -> None:
    assert read(duck).frame["a"].tolist() == [0, 1, 2]
    assert read(duck, query="SELECT sum(a) AS s FROM readings").frame["s"].tolist() == [3]
    assert read(f"duckdb:///{duck}", table="readings").name == "readings"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT 1; COPY readings TO 'stolen.csv'",
        "COPY readings TO 'stolen.csv'",
        "ATTACH 'other.db'",
        "SELECT nope FROM readings",
    ],
)
def test_duckdb_is_cut_off_from_other_files(
    duck: Path, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(duck.parent)
    with pytest.raises(WorkbenchError):
        read(duck, query=query)
    assert [item.name for item in duck.parent.iterdir()] == [duck.name]
