"""Rows of a database that are new since the last look: SQLite here, PostgreSQL in the wide run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from workbench.core.errors import DataError, UnreadableFile
from workbench.streams.sources.sql import TOGETHER, Sql

from ._reading import read, resumes

QUERY = "SELECT id, at AS time, v FROM measured"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "plant.db"
    change(place, "CREATE TABLE measured (id INTEGER, at TEXT, v REAL)")
    return place  # type: ignore[return-value]


def change(place: Path, statement: str, rows: Any = None) -> None:
    with closing(sqlite3.connect(place)) as connection, connection:
        if rows is None:
            connection.execute(statement)
        else:
            connection.executemany(statement, rows)


def add(place: Path, ids: Any) -> None:
    rows = [(one, f"2026-01-01T00:{one // 60 % 60:02}:{one % 60:02}", one / 2) for one in ids]
    change(place, "INSERT INTO measured VALUES (?, ?, ?)", rows)


def source(place: Path, query: str = QUERY, watermark: str = "id", **words: Any) -> Sql:
    return Sql(f"sqlite:///{place}", query, watermark, every=0.1, **words)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def test_rows_are_read_from_any_watermark_on(file: Path) -> None:
    add(file, range(TOGETHER * 2 + 10))
    rows = resumes(lambda: source(file), TOGETHER * 2 + 10)
    assert ids(rows) == list(range(TOGETHER * 2 + 10))


def test_rows_that_are_added_between_two_looks_come_once(file: Path) -> None:
    add(file, range(5))
    rows, _ = read(source(file), 8, began=lambda: add(file, range(5, 8)))
    assert ids(rows) == list(range(8))


@pytest.mark.parametrize("equal", [7, TOGETHER + 3])
def test_all_rows_of_one_watermark_come_where_a_part_ends_among_them(
    file: Path, equal: int
) -> None:
    rows = [(number // equal, "2026-01-01", number) for number in range(2 * TOGETHER + 20)]
    change(file, "INSERT INTO measured VALUES (?, ?, ?)", rows)
    found, _ = read(source(file), len(rows))
    assert sorted(row["v"] for row in found) == [float(one) for one in range(len(rows))]


def test_a_time_may_be_the_watermark(file: Path) -> None:
    add(file, range(5))
    _, places = read(source(file, watermark="time"), 5)
    add(file, [90])
    assert places[-1][1] == {"mark": "2026-01-01T00:00:04"}
    assert ids(read(source(file, watermark="time"), 1, places[-1][1])[0]) == [90]


def test_with_an_overlap_what_was_committed_late_comes_with_the_next(file: Path) -> None:
    add(file, [1, 2, 4])
    _, places = read(source(file, overlap=3), 3)
    add(file, [3, 5])
    assert ids(read(source(file, overlap=3), 4, places[-1][1])[0]) == [2, 3, 4, 5]


def test_colons_and_percent_signs_of_a_query_are_its_own(file: Path) -> None:
    add(file, range(3))
    query = QUERY + " WHERE at LIKE '%:02' OR ' :x' = at"
    assert ids(read(source(file, query), 1)[0]) == [2]


@pytest.mark.parametrize(
    ("query", "watermark", "told"),
    [
        ("SELECT height FROM measured", "id", "no such column"),
        ("SELEC 1", "id", "syntax error"),
        ("SELECT id FROM elsewhere", "id", "no such table"),
        (QUERY, "number", "number"),
        ("DELETE FROM measured", "id", "syntax error"),
        ("SELECT x'00' AS id FROM measured", "id", "not bytes"),
    ],
)
def test_a_query_that_cannot_work_is_said_in_the_words_of_the_database(
    file: Path, query: str, watermark: str, told: str
) -> None:
    add(file, range(3))
    with pytest.raises(DataError, match=told):
        read(source(file, query, watermark), 1)
    assert ids(read(source(file), 3)[0]) == [0, 1, 2]


def test_a_file_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    place = tmp_path / "nothing.db"
    with pytest.raises(UnreadableFile, match="no database"):
        read(source(place), 1)
    assert not place.exists()
