"""Live data while everything that carries them is killed, and what must be true afterwards."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiomqtt
import httpx
import numpy as np
import pandas as pd
from sqlalchemy import create_engine, text

from tests.alerts._receivers import Receiver
from tests.streams._brokers import Program
from tests.streams._loop import in_a_thread
from workbench.alerts.rules.base import make_rule
from workbench.detectors import DETECTORS
from workbench.streams import kept_points
from workbench.streams.event_time import SECOND, EventTime
from workbench.streams.judging import Judging
from workbench.streams.records import Shape, canonical
from workbench.streams.scoring import Scorer

from ._server import Server, populated

__all__ = ["LiveKilled"]

SOON = 120.0
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SHAPE = {"time": "time", "features": ["flow", "heat"], "key": "id", "lateness": 2.0}
RULES = [{"rule": "anomaly"}, {"rule": "stuck", "times": 20}]
#: What is killed: by name, and whether it is there on SQLite.
TARGETS = ("watch", "server", "broker", "connection")


def record(number: int) -> dict[str, Any]:
    """Return a record that its number tells; some are far out, and some sensors are stuck."""
    random_ = random.Random(number)
    flow = 40.0 if number % 397 == 396 else random_.gauss(12.0, 0.3)
    heat = 60.0 if number % 700 > 660 else random_.gauss(61.0, 0.8)
    time_ = (BEGIN + timedelta(seconds=number)).isoformat()
    return {"time": time_, "id": str(number), "flow": flow, "heat": heat}


@dataclass
class _Feed:
    """Records on their way into one stream, from a number on, acknowledged ones noted."""

    stream: str
    monitor: str
    acknowledged: set[int] = field(default_factory=set)
    number: int = 0


@dataclass
class LiveKilled:
    """A server, a broker and a process that watches, killed while records come.

    Attributes
    ----------
    server : Server
    broker : Program
    receiver : Receiver
    seed : int
    """

    server: Server
    broker: Program
    receiver: Receiver
    seed: int
    figures: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _watch: Any = None
    _team: Any = None
    _feeds: dict[str, _Feed] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _quiet: threading.Event = field(default_factory=threading.Event)

    # ---- what is there --------------------------------------------------------------------------

    def begin(self) -> None:
        """Start everything; a stream that is told over HTTP and one that listens to MQTT."""
        self.server.env["WORKBENCH_ALLOWED_NETWORKS"] = "127.0.0.0/8"
        self.server.start()
        self._team = populated(self.server)
        settings_ = {"url": f"{self.receiver.url}/hook"}
        hook = self._made("/channels", {"name": "hook", "kind": "webhook", "settings": settings_})
        mqtt = {"host": "127.0.0.1", "port": self.broker.port, "topic": "plant/#"}
        for name, words in (("http", {}), ("mqtt", {"source": "mqtt", "settings": mqtt})):
            stream = self._made("/streams", {"name": name, "shape": SHAPE, **words})
            routes = {"routes": [{"channel": hook}], "regroup": 0.0}
            asked = {"name": name, "stream": stream, "rules": RULES, "routes": routes,
                     "judging": {"step": 1.0}}  # fmt: skip
            self._feeds[name] = _Feed(stream, self._made("/monitors", asked))
        self._start_watch()
        self._listens()

    def _listens(self) -> None:
        """Wait until the broker knows who listens: what is said before is kept for nobody."""
        feed, until = self._feeds["mqtt"], time.monotonic() + SOON
        told = json.dumps([record(one) for one in range(40)])

        async def say() -> None:
            async with aiomqtt.Client("127.0.0.1", self.broker.port) as client:
                await client.publish("plant/a", told, qos=1)

        path = f"/api/v1/streams/{feed.stream}"
        while not self._team.ask("operator", "GET", path).json()["records"]:
            assert time.monotonic() < until, "the stream does not listen"
            in_a_thread(say())
            time.sleep(0.3)
        self._hold(feed, range(40))

    def _made(self, path: str, asked: dict[str, Any]) -> str:
        answer = self._team.ask("operator", "POST", f"/api/v1{path}", json=asked)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def _start_watch(self) -> None:
        environment = self.server.environment()
        self._watch = subprocess.Popen(
            [sys.executable, "-m", "tests.serve._live_worker"], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert "watching" in self._watch.stdout.readline()
        self._log = threading.Thread(target=self._hear, args=(self._watch,), daemon=True)
        self._log.start()

    def _hear(self, process: Any) -> None:
        for line in process.stdout:
            if "Traceback" in line or "damaged" in line or "were found again" in line:
                self.wrong.append(line)
            self.server.lines.append(line)

    def stop(self) -> None:
        self._over.set()
        if self._watch is not None and self._watch.poll() is None:
            self._watch.send_signal(signal.SIGTERM)
            self._watch.wait(60)
        if self._watch is not None:
            self._log.join(10)
            self._watch.stdout.close()
        self.server.stop()

    # ---- kills ----------------------------------------------------------------------------------

    def kill(self, number: int) -> None:
        """Let records come, kill something in the middle of them, and start it again."""
        chance = random.Random(f"{self.seed} {number}")
        target = TARGETS[number % len(TARGETS)]
        if target == "connection" and "WORKBENCH_DATABASE" not in self.server.env:
            target = "watch"
        self._over.clear()
        people = [threading.Thread(target=one) for one in (self._post, self._publish)]
        for person in people:
            person.start()
        time.sleep(chance.uniform(0.2, 2.0))
        getattr(self, f"_kill_{target}")()
        time.sleep(chance.uniform(0.0, 0.7))
        self._over.set()
        for person in people:
            person.join(SOON)
        self.figures["kills"] += 1
        self.figures[f"of {target}"] += 1
        print(f"killed the {target}: {self.figures['kills']}", flush=True)

    def _kill_watch(self) -> None:
        self._watch.send_signal(signal.SIGKILL)
        self._watch.wait(30)
        self._log.join(10)
        self._watch.stdout.close()
        self._start_watch()

    def _kill_server(self) -> None:
        self.server.kill()
        self.server.start()

    def _kill_broker(self) -> None:
        # Mosquitto writes down what it acknowledged every second or two, and promises no more:
        # what it loses itself is not ours to find again.
        self._quiet.set()
        time.sleep(0.5)
        self.broker.write_down()
        self.broker.restart(signal.SIGKILL)
        self._quiet.clear()

    def _kill_connection(self) -> None:
        cut = ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
               "WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
        engine = create_engine(self.server.env["WORKBENCH_DATABASE"])
        with engine.connect() as connection:
            connection.execute(text(cut))
        engine.dispose()

    def _post(self) -> None:
        """Send records, each part until it is acknowledged."""
        feed = self._feeds["http"]
        while not self._over.is_set():
            numbers = range(feed.number, feed.number + 40)
            rows = [record(one) for one in numbers]
            try:
                path = f"/api/v1/streams/{feed.stream}/records"
                answer = self._team.ask("operator", "POST", path, json=rows)
            except (httpx.TransportError, httpx.UnsupportedProtocol):
                time.sleep(0.05)
                self.figures["sent again"] += 1
                continue
            if answer.status_code != 202:  # not kept: it is said, and sent again
                self.figures["sent again"] += 1
                if answer.status_code != 503:
                    self.wrong.append(f"sending: {answer.status_code} {answer.text[:200]}")
                time.sleep(0.05)
                continue
            feed.acknowledged |= set(numbers)
            feed.number += 40
            time.sleep(0.1)

    def _publish(self) -> None:
        asyncio.run(self._published())

    async def _published(self) -> None:
        feed = self._feeds["mqtt"]
        while not self._over.is_set():
            try:
                async with aiomqtt.Client("127.0.0.1", self.broker.port, timeout=2.0) as client:
                    while not self._over.is_set():
                        if self._quiet.is_set():
                            await asyncio.sleep(0.05)
                            continue
                        numbers = range(feed.number, feed.number + 40)
                        told = json.dumps([record(one) for one in numbers])
                        await client.publish("plant/a", told, qos=1, timeout=2.0)
                        self._hold(feed, numbers)
                        await asyncio.sleep(0.1)
            except aiomqtt.MqttError:
                await asyncio.sleep(0.1)

    def _hold(self, feed: _Feed, numbers: range) -> None:
        feed.acknowledged |= set(numbers)
        feed.number = numbers.stop

    # ---- what must be true ----------------------------------------------------------------------

    def look(self) -> None:
        """Wait until all was scored, and hold it against one undisturbed pass."""
        for name, feed in self._feeds.items():
            # What a broker had acknowledged and not yet written down when it was killed, it may
            # lose; all others must be there. A last record tells that all before it came.
            self._wait(feed)
            self._compare(name, feed)
        self._heard()

    def _wait(self, feed: _Feed) -> None:
        path = f"/api/v1/monitors/{feed.monitor}"
        until, same, last = time.monotonic() + SOON, 0, -1
        while time.monotonic() < until and same < 8:
            told = self._team.ask("operator", "GET", path).json()
            if told.get("state") != "running":
                self.wrong.append(f"monitor: {told}")
                return
            now = told["points"] + told["told"].get("waiting", 0)
            whole = now >= len(feed.acknowledged)
            same = same + 1 if now == last and whole else 0
            last = now
            time.sleep(0.3)

    def _ask(self, words: str, **values: Any) -> list[Any]:
        with settings_of(self.server).connect() as connection:
            return list(connection.execute(text(words), values))

    def _compare(self, name: str, feed: _Feed) -> None:
        points, waiting = self._as_it_stands(feed)
        expected, firings = oracle(feed, len(points))
        lost = sorted(feed.acknowledged - set(range(len(points) + waiting)))
        self.figures["acknowledged"] += len(feed.acknowledged)
        self.figures["lost"] += len(lost)
        if lost:
            self.wrong.append(f"{name}: lost {lost[:5]} and {len(lost)} in all")
        for line in ("time", "values", "score", "p_value", "severity", "anomalous"):
            one, other = getattr(points, line), getattr(expected, line)
            if not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
                self.wrong.append(f"{name}: {line} differs from one undisturbed pass")
        found = {
            row.id for row in self._ask(
                "SELECT firings.id FROM firings JOIN incidents ON incidents.id = incident "
                "WHERE monitor = :monitor", monitor=feed.monitor,
            )
        }  # fmt: skip
        self.figures["firings"] += len(firings)
        if found != firings:
            self.wrong.append(
                f"{name}: firings lost {len(firings - found)}, too many {len(found - firings)}"
            )

    def _as_it_stands(self, feed: _Feed) -> tuple[Any, int]:
        """Return the points of a monitor, and how many records wait, as of the same moment.

        Who waits is let go in the end, also when nothing comes any more.
        """
        until, path = time.monotonic() + SOON, f"/api/v1/monitors/{feed.monitor}"
        while True:
            known = self._team.ask("operator", "GET", path).json()
            bodies = self._ask(
                "SELECT body FROM monitor_points WHERE monitor = :monitor ORDER BY start",
                monitor=feed.monitor,
            )
            points = kept_points.join([kept_points.from_bytes(bytes(row.body)) for row in bodies])
            if len(points) == known["points"]:
                return points, int(known["told"]["waiting"])
            assert time.monotonic() < until, f"{len(points)} points, told are {known['points']}"
            time.sleep(0.2)

    def _heard(self) -> None:
        """See that each incident was told, with one id however often."""
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            waiting = self._ask("SELECT id FROM outbox WHERE state <> 'sent'")
            if not waiting:
                break
            time.sleep(0.2)
        else:
            self.wrong.append(f"{len(waiting)} messages do not arrive")
        sent = {row.id for row in self._ask("SELECT id FROM outbox")}
        heard = Counter(got.headers["idempotency-key"] for got in self.receiver.got)
        self.figures["messages"] += len(sent)
        self.figures["repeated"] += sum(heard.values()) - len(heard)
        incidents = {row.id for row in self._ask("SELECT id FROM incidents")}
        bodies = [json.loads(got.body) for got in self.receiver.got]
        untold = incidents - {str(body.get("incident", "")) for body in bodies}
        if untold:
            self.wrong.append(f"{len(untold)} incidents were told nobody")
        if set(heard) != sent:
            self.wrong.append(f"messages: {len(sent - set(heard))} not heard")
        if sum(heard.values()) - len(heard) > self.figures["kills"]:
            self.wrong.append(f"repeated more often than something was killed: {heard}")


def settings_of(server: Server) -> Any:
    address = server.env.get("WORKBENCH_DATABASE") or f"sqlite:///{server.home / 'workbench.db'}"
    if address not in _ENGINES:
        _ENGINES[address] = create_engine(address)
    return _ENGINES[address]


_ENGINES: dict[str, Any] = {}


def oracle(feed: _Feed, points: int) -> tuple[Any, set[str]]:
    """Return what one undisturbed pass over the sorted records without doubles finds."""
    shape = Shape(**SHAPE)
    frame = pd.DataFrame([record(one) for one in range(points)])
    scorer = Scorer(shape.features, DETECTORS.get("ewma").create, Judging(step=1.0))
    time_ = EventTime(0.0, len(shape.features))
    arrived = int(datetime.now(UTC).timestamp() * SECOND)
    found = scorer.step(time_.step(canonical(frame, shape).records, arrived))
    rules = [
        make_rule(feed.monitor, str(one["rule"]),
                  **{name: value for name, value in one.items() if name != "rule"})
        for one in RULES
    ]  # fmt: skip
    return found, {one.id for rule in rules for one in rule.step(found)}
