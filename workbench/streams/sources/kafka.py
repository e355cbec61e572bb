"""Messages of a Kafka topic; how far we came is kept with them, and not at the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from workbench.core.errors import ParameterError
from workbench.core.extras import require
from workbench.streams.base import Batch, Source, Surroundings
from workbench.streams.sources._messages import rows_of

__all__ = ["Kafka"]

#: Messages that are kept together, and seconds that are waited for them.
TOGETHER, WAIT = 5_000, 0.25


class Kafka(Source):
    """Reads all partitions of a topic from where the last kept part ended.

    The places are ours, kept in one step with the records, and not the broker's: what was kept is
    not read again, and nothing is left out. Values are JSON objects, lists of them, or JSON lines.

    Parameters
    ----------
    servers : str
        ``host:port``, with commas between several.
    topic : str
    begin : {"earliest", "latest"}
        Where to begin at the first time.
    user, password : str
        For SASL.
    mechanism : str
        Of SASL: "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512".
    tls : bool
    """

    about: ClassVar[str] = "messages of a Kafka topic"
    extra: ClassVar[str] = "live"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    def __init__(
        self,
        servers: str,
        topic: str,
        begin: str = "earliest",
        user: str = "",
        password: str = "",
        mechanism: str = "SCRAM-SHA-512",
        tls: bool = False,
    ) -> None:
        if begin not in ("earliest", "latest"):
            raise ParameterError(f"begin must be earliest or latest, found {begin[:40]!r}.")
        if mechanism not in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            raise ParameterError(f"mechanism {mechanism[:40]!r} is not known.")
        self.servers, self.topic, self.begin = servers, topic, begin
        self.user, self._password, self.mechanism, self.tls = user, password, mechanism, bool(tls)

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = {
            "bootstrap.servers": self.servers, "group.id": "anomaly-workbench",
            "enable.auto.commit": False, "enable.auto.offset.store": False,
            "auto.offset.reset": self.begin, "socket.timeout.ms": 10_000,
        }  # fmt: skip
        if self.user:
            config |= {
                "security.protocol": "SASL_SSL" if self.tls else "SASL_PLAINTEXT",
                "sasl.mechanisms": self.mechanism, "sasl.username": self.user,
                "sasl.password": self._password,
            }  # fmt: skip
        elif self.tls:
            config["security.protocol"] = "SSL"
        return config

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give messages as they come."""
        kafka = require("confluent_kafka", extra="live", why="to read from Kafka")
        for server in self.servers.split(","):
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdecimal():
                raise ParameterError(f"servers must look like host:9092, found {server[:80]!r}.")
            await asyncio.to_thread(around.check_host, host, int(port))
        consumer = kafka.Consumer(self._config())
        try:
            at = {int(one): int(place) for one, place in (position or {}).get("at", {}).items()}
            known = dict(at)
            await asyncio.to_thread(self._assign, kafka, consumer, at, around)
            if at != known:  # where a partition begins is kept before the first of it comes
                yield Batch([], _place(at))
            while True:
                found = await asyncio.to_thread(consumer.consume, TOGETHER, WAIT)
                rows = []
                for message in found:
                    if message.error() is not None:
                        raise ConnectionError(str(message.error()))
                    rows += rows_of(message.value() or b"")
                    at[message.partition()] = message.offset() + 1
                if rows:
                    yield Batch(rows, _place(at))
        except kafka.KafkaException as error:
            raise ConnectionError(str(error)) from error
        finally:
            await asyncio.to_thread(consumer.close)

    def _assign(self, kafka: Any, consumer: Any, at: dict[int, int], around: Surroundings) -> None:
        """Ask for all partitions, each from where it was left; new ones from their first place."""
        cluster = consumer.list_topics(self.topic, timeout=10.0)
        for broker in cluster.brokers.values():  # the messages come from where these say
            around.check_host(broker.host, broker.port)
        told = cluster.topics[self.topic]
        if told.error is not None:
            raise ConnectionError(str(told.error))
        for one in told.partitions:
            if one not in at:
                place = kafka.TopicPartition(self.topic, one)
                low, high = consumer.get_watermark_offsets(place, timeout=10.0)
                at[one] = low if self.begin == "earliest" else high
        consumer.assign([kafka.TopicPartition(self.topic, one, at[one]) for one in told.partitions])


def _place(at: dict[int, int]) -> dict[str, Any]:
    return {"at": {str(one): place for one, place in at.items()}}
