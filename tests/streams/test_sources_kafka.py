"""Messages of Kafka: the cluster is librdkafka's own, within this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from workbench.core.errors import NotAllowed, ParameterError
from workbench.streams.base import Surroundings
from workbench.streams.sources.kafka import Kafka

from ._brokers import kafka_mock
from ._loop import in_a_thread
from ._reading import HERE, read, when


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[Any, str]]:
    made = kafka_mock()
    yield made
    made[0].flush(10)


def put(cluster: tuple[Any, str], topic: str, numbers: Any, partition: int | None = None) -> None:
    producer, _ = cluster
    for number in numbers:
        place = number % 3 if partition is None else partition
        producer.produce(topic, json.dumps({"time": number, "v": number}), partition=place)
    assert producer.flush(20) == 0


def source(cluster: tuple[Any, str], topic: str, **words: Any) -> Kafka:
    return Kafka(cluster[1], topic, **words)


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return sorted(row["v"] for row in rows)


def test_all_partitions_are_read_from_any_place_on(cluster: tuple[Any, str]) -> None:
    put(cluster, "all", range(300))
    rows, places = read(source(cluster, "all"), 300)
    assert numbers(rows) == list(range(300))
    assert len({row["v"] % 3 for row in rows[:300]}) == 3
    put(cluster, "all", range(300, 400))
    for known, position in places:
        rest, _ = read(source(cluster, "all"), 400 - known, position)
        assert numbers(rows[:known] + rest) == list(range(400))


def test_beginning_with_the_latest_no_partition_passes_anything_over(
    cluster: tuple[Any, str],
) -> None:
    put(cluster, "late", range(30))

    async def work() -> tuple[Any, Any]:
        parts: Any = source(cluster, "late", begin="latest").batches(None, HERE)
        async with aclosing(parts):
            first = await when(parts, lambda batch: True)
        await asyncio.to_thread(put, cluster, "late", [100], 2)  # while nobody reads
        parts = source(cluster, "late", begin="latest").batches(first.position, HERE)
        async with aclosing(parts):
            return first, await when(parts, lambda batch: bool(batch.rows))

    first, second = in_a_thread(work())
    assert first.rows == []
    assert {"0", "1", "2"} <= set(first.position["at"])
    assert numbers(second.rows) == [100]


def test_a_message_that_is_no_record_is_counted_and_stops_nothing(cluster: tuple[Any, str]) -> None:
    producer, _ = cluster
    producer.produce("odd", b"nonsense", partition=0)
    producer.produce("odd", None, partition=0)
    producer.produce("odd", b'{"v": 3}', partition=0)
    producer.flush(20)
    assert read(source(cluster, "odd"), 3)[0] == [{}, {}, {"v": 3}]


def test_a_cluster_that_leads_into_a_private_network_is_refused(cluster: tuple[Any, str]) -> None:
    put(cluster, "far", range(3))

    def check(host: str, port: int) -> None:
        asked.append(port)
        if len(asked) > len(cluster[1].split(",")):  # the name was fine; what it leads to is not
            raise NotAllowed("a private network")

    asked: list[int] = []
    with pytest.raises(NotAllowed):
        read(source(cluster, "far"), 1, around=Surroundings(HERE.open_data, check))


@pytest.mark.parametrize("servers", ["nonsense", "host:", ":9092", "host:x"])
def test_servers_have_a_port(servers: str) -> None:
    with pytest.raises(ParameterError, match="host:9092"):
        read(Kafka(servers, "t"), 1)


def test_a_cluster_that_is_away_is_tried_again_later() -> None:
    with pytest.raises(OSError):
        read(Kafka("127.0.0.1:9", "t"), 1)
