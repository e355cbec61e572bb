"""A webhook that hangs, or answers 500, holds up no record; all arrives once it is well again."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from tests.alerts._receivers import Receiver
from tests.alerts._setting import firing
from workbench.alerts.incidents import raise_firings
from workbench.core.routes import Route, Routes
from workbench.core.settings import settings
from workbench.store.database import _opened, writing

from ._clients import wait_for
from ._server import Server, Team, populated

API = "/api/v1"
#: Records of a push, and seconds between two.
ROWS, EVERY = 100, 0.1


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A server that delivers to this machine, and a process that watches."""
    opened = {"WORKBENCH_ALLOWED_NETWORKS": "127.0.0.0/8", "WORKBENCH_LIVE_WORKERS": "1"}
    with Server(tmp_path_factory.mktemp("hanging"), opened) as server:
        yield populated(server)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


@pytest.fixture
def inside(house: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write to the server's database, as a monitor beside it does."""
    monkeypatch.setenv("WORKBENCH_HOME", str(house.server.home))
    settings.cache_clear()
    yield
    _opened(f"sqlite:///{house.server.home / 'workbench.db'}").dispose()
    _opened.cache_clear()


class Plant:
    """Sends records, a hundred at a time, some of them odd."""

    def __init__(self, house: Team, channel: str) -> None:
        asked: dict[str, Any] = {"name": "Plant", "shape": {"entity": "pump"}}
        made = house.ask("operator", "POST", f"{API}/streams", json=asked)
        assert made.status_code == 201, made.text
        self.way = f"{house.url}{API}/streams/{made.json()['id']}/records"
        asked = {"name": "Pumps", "stream": made.json()["id"],
                 "routes": {"routes": [{"channel": channel}]}}  # fmt: skip
        answer = house.ask("operator", "POST", f"{API}/monitors", json=asked)
        assert answer.status_code == 201, answer.text
        self.monitor = answer.json()["id"]
        self.at, self.rng = datetime(2026, 5, 1, tzinfo=UTC), np.random.default_rng(11)
        self.sent = 0
        self.headers = {"authorization": f"Bearer {house.tokens['operator']}"}

    def rows(self) -> list[dict[str, Any]]:
        flow = self.rng.normal(12.0, 0.3, ROWS)
        if self.sent > 20 * ROWS:
            flow[self.rng.random(ROWS) < 0.01] = 3.0
        start, self.at = self.at, self.at + timedelta(seconds=ROWS)
        return [
            {"time": (start + timedelta(seconds=row)).isoformat(), "pump": f"pump {row % 4}",
             "flow": float(flow[row])}
            for row in range(ROWS)
        ]  # fmt: skip

    def push(self, seconds: float) -> list[float]:
        """Push for so long; return how long each push took, in milliseconds."""
        took, until = [], time.monotonic() + seconds
        with httpx.Client(headers=self.headers, timeout=120) as client:
            while time.monotonic() < until:
                rows, start = self.rows(), time.perf_counter()
                assert client.post(self.way, json=rows).status_code == 202
                took.append(1e3 * (time.perf_counter() - start))
                self.sent += ROWS
                time.sleep(max(0.0, EVERY - took[-1] / 1e3))
        return took


def told(receiver: Receiver) -> dict[str, dict[str, Any]]:
    """What arrived, by id: whoever deduplicates sees each once."""
    return {one.headers["webhook-id"]: json.loads(one.body) for one in list(receiver.got)}


def outbox(house: Team, state: str) -> int:
    path = f"{API}/outbox?state={state}&limit=1"
    return int(house.ask("admin", "GET", path).json()["total"])


def disturbed(house: Team, receiver: Receiver, seconds: float) -> None:
    """Push while the webhook is well, hangs, answers 500; then look whether all came."""
    words = {"name": "pager", "kind": "webhook", "settings": {"url": f"{receiver.url}/in"}}
    channel = house.ask("operator", "POST", f"{API}/channels", json=words).json()["id"]
    plant = Plant(house, channel)
    plant.push(5.0)  # the first ones load and compile what the others use
    p99, causes = {}, []
    for name in ("well", "hanging", "500"):
        if name == "hanging":
            receiver.gate.clear()
        elif name == "500":
            receiver.status = 500
            receiver.gate.set()
        if name != "well":
            causes.append(one_cause(channel, house, name))
        took = plant.push(seconds / 2)
        p99[name] = float(np.quantile(took, 0.99))
        print(
            f"webhook {name}: {len(took)} pushes of {ROWS} records, {np.median(took):.1f} ms "
            f"(median), {p99[name]:.1f} ms (p99), {p99[name] / p99['well']:.2f} of the undisturbed"
        )
    receiver.status = 200
    way = f"{API}/monitors/{plant.monitor}"
    wait_for(
        lambda: house.ask("admin", "GET", way).json()["points"] == plant.sent,
        "not every record is scored",
    )
    start = time.monotonic()
    wait_for(lambda: outbox(house, "waiting") == 0, "messages wait for ever", most=900.0)
    print(f"all delivered {time.monotonic() - start:.0f} s after the webhook is well again")
    assert outbox(house, "dead") == 0
    arrived = told(receiver)
    assert outbox(house, "sent") == len(arrived)
    listed = house.ask("admin", "GET", f"{API}/incidents?limit=200").json()["items"]
    known = Counter(one["incident"] for one in arrived.values())
    assert set(known) >= {one["id"] for one in listed}, "an incident of which nobody was told"
    assert [known[one] for one in causes] == [1, 1], "a thousand firings of a cause, one message"
    print(f"{len(arrived)} messages of {len(known)} incidents arrived, {len(receiver.got)} tries")


def one_cause(channel: str, house: Team, name: str) -> str:
    """Raise a thousand firings of one cause at once; return the incident's id."""
    now, routes = datetime.now(UTC), Routes((Route(channel),), owner=house.ids["operator"])
    many = [firing(number, cause=f"anomaly:{name}", at=now) for number in range(1000)]
    with writing() as connection:
        (incident,) = {one.id: one for one in raise_firings(connection, many, routes, now)}.values()
    assert incident.firings == 1000
    return incident.id


@pytest.mark.usefixtures("inside")
@pytest.mark.timeout(1200)
def test_a_webhook_that_is_away_for_a_minute_holds_up_nothing(
    house: Team, receiver: Receiver
) -> None:
    disturbed(house, receiver, 60.0)


@pytest.mark.bars
@pytest.mark.usefixtures("inside")
@pytest.mark.timeout(3600)
def test_a_webhook_that_is_away_for_ten_minutes_holds_up_nothing(
    house: Team, receiver: Receiver
) -> None:
    disturbed(house, receiver, 600.0)
