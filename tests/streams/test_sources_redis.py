"""Entries of a real Redis stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest
import redis

from workbench.core.errors import DataError
from workbench.streams.sources.redis import Redis, _entries

from ._brokers import Program, redis_server
from ._loop import in_a_thread
from ._reading import HERE, read, resumes, when


@pytest.fixture(scope="module")
def server() -> Iterator[Program]:
    with redis_server() as made:
        yield made


@pytest.fixture
def client(server: Program) -> Iterator[Any]:
    with redis.Redis(port=server.port) as made:
        made.flushall()
        yield made


def source(server: Program, **words: Any) -> Redis:
    return Redis("127.0.0.1", "plant", port=server.port, **words)


def test_entries_are_read_from_any_of_them_on(server: Program, client: Any) -> None:
    for number in range(40):
        client.xadd("plant", {"v": number, "pump": "a"}, id=f"{1000 + number}-0")
    rows = resumes(lambda: source(server), 40)
    assert rows[7] == {"time": 1007, "v": "7", "pump": "a"}


def test_many_entries_come_in_parts(server: Program, client: Any) -> None:
    with client.pipeline() as pipe:
        for number in range(12_000):
            pipe.xadd("plant", {"v": number}, id=f"{1000 + number}-0")
        pipe.execute()
    rows = resumes(lambda: source(server), 12_000)
    assert [int(row["v"]) for row in rows] == list(range(12_000))


def test_data_may_be_json(server: Program, client: Any) -> None:
    client.xadd("plant", {"data": json.dumps([{"v": 1}, {"v": 2, "time": 5}])}, id="9-0")
    client.xadd("plant", {"data": "nonsense"}, id="10-0")
    rows, _ = read(source(server), 3)
    assert rows == [{"time": 9, "v": 1}, {"time": 5, "v": 2}, {}]


def test_beginning_with_the_latest_nothing_is_passed_over_while_it_waits(
    server: Program, client: Any
) -> None:
    client.xadd("plant", {"v": "old"})

    async def work() -> tuple[Any, Any]:
        parts: Any = source(server, begin="latest").batches(None, HERE)
        async with aclosing(parts):
            first = await when(parts, lambda batch: True)
        client.xadd("plant", {"v": "new"})  # while nobody reads
        parts = source(server, begin="latest").batches(first.position, HERE)
        async with aclosing(parts):
            return first, await when(parts, lambda batch: bool(batch.rows))

    first, second = in_a_thread(work())
    assert first.rows == []
    assert [row["v"] for row in second.rows] == ["new"]


@pytest.mark.parametrize("protocol", [2, 3])
def test_an_answer_is_read_in_either_protocol(server: Program, client: Any, protocol: int) -> None:
    client.xadd("plant", {"v": 1})
    client.xadd("plant", {"v": 2})
    with redis.Redis(port=server.port, protocol=protocol) as other:
        found = _entries(other.xread({"plant": "0"}))
        assert [fields[b"v"] for _, fields in found] == [b"1", b"2"]
        assert _entries(other.xread({"plant": "$"})) == []


def test_a_key_that_is_no_stream_is_said(server: Program, client: Any) -> None:
    client.set("plant", "text")
    with pytest.raises(DataError, match="WRONGTYPE"):
        read(source(server), 1)


def test_a_server_that_restarts_is_read_on(server: Program, client: Any) -> None:
    client.xadd("plant", {"v": 1}, id="1-0")
    _, places = read(source(server), 1)
    server.stop()
    with pytest.raises(OSError):
        read(source(server), 1, places[-1][1])
    server.start()
    with redis.Redis(port=server.port) as again:
        again.xadd("plant", {"v": 2}, id="2-0")
    assert read(source(server), 1, places[-1][1])[0] == [{"time": 2, "v": "2"}]


def test_who_has_not_the_password_is_told_so() -> None:
    with redis_server("hush") as server:
        with redis.Redis(port=server.port, password="hush") as client:
            client.xadd("plant", {"v": 1})
        assert len(read(source(server, password="hush"), 1)[0]) == 1
        for wrong in ("", "other"):
            with pytest.raises(DataError, match="Redis refuses"):
                read(source(server, password=wrong), 1)
