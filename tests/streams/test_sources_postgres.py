"""New rows of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.store._postgres import fresh_database, running_postgres
from workbench.core.errors import DataError
from workbench.streams.base import Surroundings
from workbench.streams.sources.sql import Sql

from ._reading import HERE, read, resumes

TABLE = "CREATE TABLE measured (id BIGSERIAL, at TIMESTAMPTZ, price NUMERIC(30, 12), v FLOAT)"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_postgres() as address:
        yield address


@pytest.fixture
def address(server: str) -> Iterator[str]:
    with fresh_database(server) as made:
        change(made, TABLE)
        yield made


def change(address: str, statement: str) -> None:
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement)


def add(address: str, first: int, last: int) -> None:
    change(
        address,
        "INSERT INTO measured (at, price, v) SELECT '2026-01-01Z'::timestamptz + n * "
        f"interval '1 s', n + 0.000000000001, n FROM generate_series({first}, {last - 1}) n",
    )


def source(address: str, watermark: str = "id", query: str = "", **words: Any) -> Sql:
    query = query or "SELECT id, at AS time, price, v FROM measured"
    return Sql(address, query, watermark, every=0.1, **words)


def values(rows: list[dict[str, Any]]) -> list[float]:
    return [row["v"] for row in rows]


@pytest.mark.parametrize("watermark", ["id", "time", "price"])
def test_numbers_decimals_and_times_are_watermarks(address: str, watermark: str) -> None:
    add(address, 0, 5_010)
    rows = resumes(lambda: source(address, watermark), 5_010)
    assert values(rows) == list(range(5_010))
    _, places = read(source(address, watermark), 5_010)
    add(address, 6_000, 6_002)
    assert values(read(source(address, watermark), 2, places[-1][1])[0]) == [6_000, 6_001]
    assert isinstance(rows[0]["price"], float)
    assert not isinstance(rows[0]["price"], Decimal)


def test_rows_that_are_added_between_two_looks_come_once(address: str) -> None:
    add(address, 0, 3)
    rows, _ = read(source(address), 5, began=lambda: add(address, 3, 5))
    assert values(rows) == [0, 1, 2, 3, 4]


def test_casts_and_percent_signs_of_a_query_are_its_own(address: str) -> None:
    add(address, 0, 30)
    query = (
        "SELECT id::bigint, at AS time, v FROM measured "
        "WHERE v::text LIKE '%9' AND to_char(at, 'HH24:MI') = '00:00' AND v::int % 2 = 1"
    )
    assert values(read(source(address, query=query), 3)[0]) == [9, 19, 29]


@pytest.mark.parametrize(
    ("query", "told"),
    [("SELECT height FROM measured", "does not exist"), ("SELEC 1", "syntax error")],
)
def test_a_query_that_cannot_work_is_said_in_the_words_of_the_database(
    address: str, query: str, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        read(source(address, query=query), 1)


def test_nothing_can_be_written(address: str) -> None:
    add(address, 0, 3)
    with pytest.raises(DataError):
        read(source(address, query="DELETE FROM measured RETURNING id"), 1)
    assert values(read(source(address), 3)[0]) == [0, 1, 2]


def test_a_connection_that_is_cut_is_made_again_where_it_was_left(address: str) -> None:
    add(address, 0, 3)

    def cut() -> None:
        change(
            address,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        add(address, 3, 5)

    try:
        rows, _ = read(source(address), 5, began=cut)
    except OSError:  # in the middle of a look: the intake asks again, from where it was left
        rows, _ = read(source(address), 5)
    assert values(rows) == [0, 1, 2, 3, 4]


def test_a_database_that_is_away_is_tried_again_later(address: str) -> None:
    nowhere = address.replace(address.split(":")[-1].split("/")[0], "9")
    with pytest.raises(OSError):
        read(source(nowhere), 1)


def test_the_connection_goes_to_the_address_that_was_judged(address: str) -> None:
    add(address, 0, 1)
    elsewhere = address.replace("127.0.0.1", "example.invalid")
    around = Surroundings(HERE.open_data, lambda host, port: ["127.0.0.1"])
    assert values(read(source(elsewhere), 1, around=around)[0]) == [0]
