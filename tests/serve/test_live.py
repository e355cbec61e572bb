"""Live data through a real server: sent, scored beside it, and told of."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ._server import Server, Team, populated

SOON = 60.0
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    server = Server(tmp_path_factory.mktemp("live"), {"WORKBENCH_LIVE_WORKERS": "1"}).start()
    yield populated(server)
    server.stop()
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def waited(what: Callable[[], Any], words: str) -> Any:
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(words)


def records(rows: int, start: int = 0, *, spike: int = -1, seed: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed + start)
    values = rng.normal(size=(rows, 2)) * [0.3, 0.8] + [12.0, 61.0]
    if spike >= 0:
        values[spike, 0] = 40.0
    return [
        {"time": (BEGIN + timedelta(seconds=start + row)).isoformat(), "flow": flow, "heat": heat}
        for row, (flow, heat) in enumerate(values.tolist())
    ]


def stream(team: Team, **words: Any) -> str:
    answer = team.ask("operator", "POST", "/api/v1/streams", json={"name": "plant", **words})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def monitor(team: Team, of: str, **words: Any) -> str:
    asked = {"name": "pumps", "stream": of, **words}
    answer = team.ask("operator", "POST", "/api/v1/monitors", json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def send(team: Team, to: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    answer = team.ask("operator", "POST", f"/api/v1/streams/{to}/records", json=rows)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


def scored(team: Team, of: str, points: int) -> dict[str, Any]:
    def look() -> Any:
        told = team.ask("viewer", "GET", f"/api/v1/monitors/{of}")
        if told.status_code == 404:
            told = team.ask("operator", "GET", f"/api/v1/monitors/{of}")
        found = told.json()
        assert found["state"] == "running", found
        return found if found["points"] >= points else None

    found: dict[str, Any] = waited(look, "the monitor does not score")
    return found


def test_records_that_are_sent_are_scored_and_a_spike_among_them_is_found(team: Team) -> None:
    to = stream(team)
    of = monitor(team, to)
    send(team, to, records(600))
    send(team, to, records(100, 600, spike=50))
    told = scored(team, of, 700)
    assert told["anomalies"] >= 1
    asked = {"start": 640, "limit": 20, "anomalous": True}
    found = team.ask("operator", "GET", f"/api/v1/monitors/{of}/points", params=asked).json()
    spike = next(one for one in found if one["number"] == 650)
    assert spike["values"]["flow"] == 40.0
    assert spike["expected"]["flow"][1] < 40.0
    assert max(spike["parts"], key=spike["parts"].get) == "flow"
    assert spike["severity"] >= 25


def test_records_come_as_json_lines_and_as_arrow_too(team: Team) -> None:
    to = stream(team)
    rows = records(50)
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    address = f"/api/v1/streams/{to}/records"
    kind = {"content-type": "application/x-ndjson"}
    answer = team.ask("operator", "POST", address, content=lines, headers=kind)
    assert answer.json() == {"kept": 50, "refused": 0, "reason": ""}
    table, out = pa.Table.from_pylist(records(40, 50)), io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    kind = {"content-type": "application/vnd.apache.arrow.stream"}
    answer = team.ask("operator", "POST", address, content=out.getvalue(), headers=kind)
    assert answer.json()["kept"] == 40, answer.text
    told = team.ask("operator", "GET", f"/api/v1/streams/{to}").json()
    assert told["records"] == 90
    newest = team.ask("operator", "GET", address, params={"limit": 1}).json()[0]
    assert newest["time"].startswith("2026-11-01T00:01:29")


def test_records_that_cannot_be_used_are_counted_and_said(team: Team) -> None:
    to = stream(team)
    rows = [*records(3), {"time": "yesterday", "flow": 1.0}]
    told = send(team, to, rows)
    assert told["kept"] == 3
    assert told["refused"] == 1
    assert "time" in told["reason"]
    answer = team.ask("operator", "POST", f"/api/v1/streams/{to}/records", json=[{"flow": 1.0}])
    assert answer.status_code == 422
    assert "'time'" in answer.json()["detail"]


def test_a_replay_flows_by_itself_and_ends(team: Team) -> None:
    settings = {"data": "sample:pump", "time": "timestamp", "speed": 0}
    to = stream(team, source="replay", settings=settings, shape={"time": "timestamp"})
    waited(
        lambda: team.ask("operator", "GET", f"/api/v1/streams/{to}").json()["state"] == "ended",
        "the replay does not end",
    )
    told = team.ask("operator", "GET", f"/api/v1/streams/{to}").json()
    assert told["records"] == 10_080
    of = monitor(team, to)
    assert scored(team, of, 10_000)["points"] == 10_080


def test_others_see_neither_stream_nor_monitor(team: Team) -> None:
    to = stream(team)
    of = monitor(team, to)
    for address in (f"streams/{to}", f"monitors/{of}", f"monitors/{of}/points"):
        assert team.ask("analyst", "GET", f"/api/v1/{address}").status_code == 404
    assert team.ask("analyst", "POST", "/api/v1/streams", json={"name": "mine"}).status_code == 403


def test_a_monitor_that_is_paused_goes_on_where_it_was(team: Team) -> None:
    to = stream(team)
    of = monitor(team, to)
    send(team, to, records(100))
    scored(team, of, 100)
    team.ask("operator", "PATCH", f"/api/v1/monitors/{of}", json={"state": "paused"})
    send(team, to, records(100, 100))
    team.ask("operator", "PATCH", f"/api/v1/monitors/{of}", json={"state": "running"})
    assert scored(team, of, 200)["points"] == 200


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"detector": "iforest"}, "does not learn from a stream"),
        ({"detector": "ewmaa"}, "Did you mean"),
        ({"judging": {"rule": "fdrr"}}, "Did you mean"),
        ({"rules": [{"rule": "anomly"}]}, "Did you mean"),
        ({"params": {"halflife": 3}}, "half_life"),
    ],
)
def test_a_monitor_that_cannot_work_is_refused_with_the_reason(
    team: Team, words: dict[str, Any], told: str
) -> None:
    to = stream(team)
    asked = {"name": "x", "stream": to, **words}
    answer = team.ask("operator", "POST", "/api/v1/monitors", json=asked)
    assert answer.status_code == 422, answer.text
    assert told in answer.json()["detail"]


def test_secrets_of_a_source_are_never_told(team: Team) -> None:
    settings = {"host": "127.0.0.1", "topic": "t", "password": "hush hush"}
    answer = team.ask(
        "operator", "POST", "/api/v1/streams",
        json={"name": "x", "source": "mqtt", "settings": settings},
    )  # fmt: skip
    assert answer.status_code == 403  # a private network is closed
    assert "hush" not in answer.text


def test_what_streams_and_monitors_do_is_measured(team: Team) -> None:
    to = stream(team)
    of = monitor(team, to)
    send(team, to, records(120))
    scored(team, of, 120)
    told = team.ask("admin", "GET", "/metrics").text
    assert f'workbench_stream_records_total{{stream="{to}"}} 120.0' in told
    assert f'workbench_monitor_points_total{{detector="ewma",monitor="{of}"}} 120.0' in told
