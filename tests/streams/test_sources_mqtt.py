"""Messages of a real MQTT broker: what was not kept comes again."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import aiomqtt
import pytest

from workbench.core.errors import DataError
from workbench.streams.sources.mqtt import Mqtt

from ._brokers import Program, mosquitto
from ._loop import in_a_thread
from ._reading import HERE, read, when

#: A reader in a process of its own, which says what it received and never keeps it.
READER = """
import asyncio, sys
from tests.streams._reading import HERE
from workbench.streams.sources.mqtt import Mqtt
async def work():
    async for batch in Mqtt("127.0.0.1", sys.argv[2], port=int(sys.argv[1])).batches(None, HERE):
        print(len(batch.rows), flush=True)
asyncio.run(work())
"""


@pytest.fixture(scope="module")
def broker() -> Iterator[Program]:
    with mosquitto() as made:
        yield made


@pytest.fixture
def topic(broker: Program) -> str:
    name = f"t{secrets.token_hex(4)}"
    subscribe(broker, f"{name}/#")
    return name


def source(broker: Program, topic: str, **words: Any) -> Mqtt:
    return Mqtt("127.0.0.1", topic, port=broker.port, **words)


def subscribe(broker: Program, topic: str) -> None:
    """Let the broker know the session, so that it keeps what comes from now on."""

    async def work() -> None:
        name = source(broker, topic).name_there
        async with aiomqtt.Client(
            "127.0.0.1", broker.port, identifier=name, clean_session=False
        ) as client:
            await client.subscribe(topic, qos=1)

    in_a_thread(work())


def say(broker: Program, topic: str, *told: Any, **words: Any) -> None:
    async def work() -> None:
        async with aiomqtt.Client("127.0.0.1", broker.port, **words) as client:
            for one in told:
                text = one if isinstance(one, (str, bytes)) else json.dumps(one)
                await client.publish(topic, text, qos=1)

    in_a_thread(work())


def values(rows: list[dict[str, Any]]) -> list[Any]:
    return [row.get("v") for row in rows]


def test_what_was_kept_does_not_come_again_and_what_was_not_does(
    broker: Program, topic: str
) -> None:
    say(broker, f"{topic}/a", *({"v": number} for number in range(5)))
    everything = f"{topic}/#"
    assert values(read(source(broker, everything), 5, keep=False)[0]) == [0, 1, 2, 3, 4]
    assert values(read(source(broker, everything), 5)[0]) == [0, 1, 2, 3, 4]
    say(broker, f"{topic}/a", {"v": 5})
    assert values(read(source(broker, everything), 1)[0]) == [5]


def test_a_reader_that_is_killed_between_receiving_and_keeping_loses_nothing(
    broker: Program, topic: str
) -> None:
    say(broker, f"{topic}/a", *({"v": number} for number in range(3)))
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(broker.port), f"{topic}/#"],
        stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout is not None
        assert int(reader.stdout.readline()) > 0
        reader.send_signal(signal.SIGKILL)
    assert values(read(source(broker, f"{topic}/#"), 3)[0]) == [0, 1, 2]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_restarts_is_read_on(topic: str, broker: Program, how: int) -> None:
    say(broker, f"{topic}/a", {"v": 1})

    async def work() -> None:
        parts: Any = source(broker, f"{topic}/#").batches(None, HERE)
        async with aclosing(parts):
            first = await when(parts, lambda batch: bool(batch.rows))
            assert first.kept is not None
            await first.kept()
            await asyncio.to_thread(broker.write_down)
            await asyncio.to_thread(broker.restart, how)
            with pytest.raises(OSError):
                await when(parts, lambda batch: True)

    in_a_thread(work())
    say(broker, f"{topic}/a", {"v": 2})
    rows, _ = read(source(broker, f"{topic}/#"), 1)
    # A broker that was killed may not have written down that the first was acknowledged.
    while rows[-1]["v"] != 2:
        rows += read(source(broker, f"{topic}/#"), 1)[0]
    assert set(values(rows)) <= {1, 2}


def test_a_wildcard_hears_of_all_pumps_and_knows_which_spoke(broker: Program, topic: str) -> None:
    subscribe(broker, f"{topic}/+/pump")
    for one in ("north/pump", "south/pump", "south/fan"):
        say(broker, f"{topic}/{one}", {"v": one})
    rows, _ = read(source(broker, f"{topic}/+/pump"), 2)
    assert {row["topic"]: row["v"] for row in rows} == {
        f"{topic}/north/pump": "north/pump", f"{topic}/south/pump": "south/pump",
    }  # fmt: skip


def test_a_message_that_is_no_record_is_acknowledged_and_counted(
    broker: Program, topic: str
) -> None:
    say(broker, f"{topic}/a", b"\xff\x00", "[1, 2]", {"v": 1})
    rows, _ = read(source(broker, f"{topic}/#"), 4)
    assert rows == [{}, {}, {}, {"topic": f"{topic}/a", "v": 1}]
    say(broker, f"{topic}/a", {"v": 2})
    assert values(read(source(broker, f"{topic}/#"), 1)[0]) == [2]


def test_a_broker_that_sends_few_until_they_are_acknowledged_holds_nobody_up(
    broker: Program, topic: str
) -> None:
    import time

    say(broker, f"{topic}/a", *({"v": number} for number in range(900)))
    start = time.perf_counter()
    rows, _ = read(source(broker, f"{topic}/#"), 900)
    took = time.perf_counter() - start
    print(f"{900 / took:,.0f} messages a second, Mosquitto's usual 20 in flight")
    assert values(rows) == list(range(900))


def test_two_streams_of_different_topics_do_not_throw_each_other_out() -> None:
    one, other = Mqtt("h", "a/#"), Mqtt("h", "b/#")
    assert one.name_there != other.name_there
    assert one.name_there == Mqtt("h", "a/#").name_there


def test_who_has_not_the_password_is_told_so() -> None:
    with mosquitto("me", "hush") as broker:
        for words in ({}, {"user": "me", "password": "other"}):
            with pytest.raises(DataError, match="Not authorized"):
                read(source(broker, "x/#", **words), 1)
        words = {"user": "me", "password": "hush"}

        def speak() -> None:
            say(broker, "x/a", {"v": 1}, username="me", password="hush")

        assert values(read(source(broker, "x/#", **words), 1, began=speak)[0]) == [1]
    with pytest.raises(OSError):
        read(source(broker, "x/#", **words), 1)
