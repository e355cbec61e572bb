"""Messages of an MQTT broker; one is acknowledged once it is kept."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from workbench.core.errors import DataError, ParameterError
from workbench.core.extras import require
from workbench.streams.base import Batch, Source, Surroundings
from workbench.streams.sources._messages import rows_of

__all__ = ["Mqtt"]

#: Messages that are kept together; seconds that the first of them waits for others, and seconds
#: without one after which it waits no more: a broker sends few (Mosquitto 20) until they are
#: acknowledged.
TOGETHER, WAIT, QUIET = 500, 0.2, 0.03


class Mqtt(Source):
    """Subscribes to topics with quality of service 1 in a session that the broker keeps.

    The broker keeps what comes while nobody listens, and sends again what was not acknowledged. A
    message is one JSON object, a list of them, or JSON lines; its topic is the field ``topic``.

    Parameters
    ----------
    host : str
    topic : str
        With MQTT's wildcards: ``plant/+/pump``.
    port : int
    user, password : str
    name : str
        By which the broker knows us; one for each stream. By default it is made of the topic: two
        streams of one topic, or two houses at one broker, need names of their own.
    tls : bool
    """

    about: ClassVar[str] = "messages of an MQTT broker"
    extra: ClassVar[str] = "live"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    def __init__(
        self,
        host: str,
        topic: str,
        port: int = 1883,
        user: str = "",
        password: str = "",
        name: str = "",
        tls: bool = False,
    ) -> None:
        if not 1 <= port <= 65_535:
            raise ParameterError(f"port must lie between 1 and 65,535, found {port}.")
        self.host, self.topic, self.port, self.user = host, topic, int(port), user
        self._password, self.tls = password, bool(tls)
        # Two of one name throw each other out, again and again.
        self.name_there = name or f"anomaly-workbench-{zlib.crc32(topic.encode()):08x}"

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give messages as they come."""
        aiomqtt = require("aiomqtt", extra="live", why="to read from an MQTT broker")
        await asyncio.to_thread(around.check_host, self.host, self.port)
        broker = aiomqtt.Client(
            self.host, self.port, username=self.user or None, password=self._password or None,
            identifier=self.name_there, clean_session=False, max_inflight_messages=1_000,
            max_queued_incoming_messages=10_000, timeout=10.0,
            tls_params=aiomqtt.TLSParameters() if self.tls else None,
        )  # fmt: skip
        # aiomqtt 2.5 acknowledges a message when it is received; its paho client can wait until it
        # is told, but has no way through (empicano/aiomqtt#345).
        plain: Any = broker._client
        plain.manual_ack_set(True)
        try:
            async with broker:
                await broker.subscribe(self.topic, qos=1)
                waiting: asyncio.Queue[Any] = asyncio.Queue(4 * TOGETHER)
                reading = asyncio.create_task(_pump(broker.messages, waiting))
                try:
                    while True:
                        messages = await _several(waiting, reading)
                        rows = [
                            row for one in messages
                            for row in rows_of(one.payload, topic=str(one.topic))
                        ]  # fmt: skip
                        yield Batch(rows, None, _acknowledge(plain, messages))
                finally:
                    reading.cancel()
        except aiomqtt.MqttError as error:
            if isinstance(error, aiomqtt.exceptions.MqttConnectError):
                raise DataError(f"The broker refuses: {str(error)[:200]}.") from error
            raise ConnectionError(str(error)) from error


def _acknowledge(plain: Any, messages: list[Any]) -> Any:
    async def kept() -> None:
        for one in messages:
            if one.qos:
                plain.ack(one.mid, one.qos)

    return kept


async def _pump(messages: Any, waiting: asyncio.Queue[Any]) -> None:
    async for message in messages:
        await waiting.put(message)


async def _several(waiting: asyncio.Queue[Any], reading: asyncio.Task[None]) -> list[Any]:
    """Return what comes within a moment; what ended the reading is raised."""
    first = asyncio.create_task(waiting.get())
    try:
        await asyncio.wait({first, reading}, return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            await reading
            raise ConnectionError("The broker ended the connection.")
    finally:
        first.cancel()
    found = [first.result()]
    loop = asyncio.get_running_loop()
    latest = loop.time()
    end = latest + WAIT
    while len(found) < TOGETHER and loop.time() < min(end, latest + QUIET):
        try:
            found.append(waiting.get_nowait())
            latest = loop.time()
        except asyncio.QueueEmpty:
            await asyncio.sleep(0.005)
    return found
