"""What a collector of OpenTelemetry is told: how long what took, and nothing about people."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from workbench.core import tracing
from workbench.core.errors import MissingExtra, ParameterError
from workbench.core.settings import settings

from ._collector import Collector
from ._server import Server, Team, populated

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Team]:
    env = {
        "WORKBENCH_TELEMETRY_ENDPOINT": collector.url,
        "WORKBENCH_TELEMETRY_HEADERS": "authorization=Bearer of the collector",
        "OTEL_BSP_SCHEDULE_DELAY": "500",
    }
    with Server(tmp_path_factory.mktemp("server"), env) as server:
        yield populated(server)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def named(name: str, **values: Any) -> Any:
    return lambda one: (
        one["name"] == name and all(one.get(key) == value for key, value in values.items())
    )


def test_a_request_is_told_with_its_route_and_whose_it_was(
    traced: Team, collector: Collector
) -> None:
    sent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    user = traced.ids["analyst"]
    answer = traced.ask("admin", "GET", f"/api/v1/users/{user}?secret=words", headers=sent)
    told = collector.wait(named("GET /api/v1/users/{user}", trace=TRACE))
    assert told["http.response.status_code"] == 200
    assert told["user.id"] == traced.ids["admin"]
    assert told["workbench.request"] == answer.headers["x-request-id"]
    assert told["parent"] == "00f067aa0ba902b7"
    assert told["took"] > 0
    questions = [one for one in collector.spans if one["parent"] == told["id"]]
    assert questions
    assert {one["db.system.name"] for one in questions} == {"sqlite"}
    assert {one["name"] for one in questions} <= {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_neither_names_nor_addresses_nor_what_was_asked_is_told(
    traced: Team, collector: Collector
) -> None:
    traced.ask("analyst", "GET", "/api/v1/datasets?q=hush-hush")
    traced.ask("analyst", "GET", "/api/v1/datasets/" + "0" * 32)
    traced.ask("", "POST", "/api/v1/auth/token", json={"username": "analyst", "password": "hush"})
    told = collector.wait(named("GET /api/v1/datasets/{dataset}"))
    assert (told["http.response.status_code"], told["failed"]) == (404, False)
    collector.wait(named("POST /api/v1/auth/token", **{"http.response.status_code": 401}))
    everything = json.dumps(collector.spans)
    for secret in ("hush", "analyst", "submarines", "0" * 32, "127.0.0.1"):
        assert secret not in everything


def test_what_the_gate_refuses_is_told_too(traced: Team, collector: Collector) -> None:
    traced.ask("", "GET", "/api/v1/models")
    told = collector.wait(named("GET", **{"http.response.status_code": 401}))
    assert "user.id" not in told


def test_a_job_is_told_with_how_it_ended_and_what_it_asked(
    traced: Team, collector: Collector
) -> None:
    body = {"name": "p", "source": "sample:pump"}
    made = traced.ask("analyst", "POST", "/api/v1/datasets/from-source", json=body).json()
    run = {"dataset": made["dataset"]["id"], "detector": "ecod"}
    job = traced.ask("analyst", "POST", "/api/v1/detections", json=run).json()["job"]["id"]
    told = collector.wait(named("job detection", **{"workbench.job": job}))
    assert (told["workbench.job.state"], told["failed"]) == ("done", False)
    assert told["user.id"] == traced.ids["analyst"]
    assert [one for one in collector.spans if one["parent"] == told["id"]]
    # The runner looks into its queue all the time: that is nobody's business.
    assert not [one for one in collector.spans if not one["parent"] and one["name"] == "SELECT"]


def test_the_collector_gets_its_header_and_knows_the_service(
    traced: Team, collector: Collector
) -> None:
    collector.wait(lambda one: True)
    assert collector.headers[0]["authorization"] == "Bearer of the collector"
    assert collector.resource["service.name"] == "anomaly-workbench"
    shown = traced.ask("admin", "GET", "/api/v1/settings").text
    assert "of the collector" not in shown


def test_a_log_line_names_its_trace(tmp_path: Path, collector: Collector) -> None:
    script = (
        "import logging\n"
        "from workbench.core.tracing import span, start_tracing, trace_id\n"
        "from workbench.serve.logs import configure\n"
        "stop = start_tracing(); configure(); log = logging.getLogger('here')\n"
        "log.info('outside')\n"
        "with span('one', {}): log.info('inside'); print(trace_id())\n"
        "stop()\n"
    )
    env = {"WORKBENCH_HOME": str(tmp_path), "WORKBENCH_TELEMETRY_ENDPOINT": collector.url}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, text=True, capture_output=True, check=True,
        timeout=120,
    )  # fmt: skip
    outside, inside = (json.loads(line) for line in done.stderr.splitlines())
    assert "trace" not in outside
    assert inside["trace"] == done.stdout.strip()
    collector.wait(named("one", trace=inside["trace"]))  # also what was told last


def test_without_the_setting_nothing_is_loaded_and_nobody_is_told(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from workbench.core.tracing import span, start_tracing, trace_id\n"
        "stop = start_tracing()\n"
        "with span('one', {}) as one: one.set_attribute('a', 1); assert trace_id() == ''\n"
        "stop(); print([name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={"WORKBENCH_HOME": str(tmp_path)}, text=True,
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_server_whose_collector_is_away_serves_and_ends(tmp_path: Path) -> None:
    with Server(tmp_path, {"WORKBENCH_TELEMETRY_ENDPOINT": "http://127.0.0.1:9"}) as server:
        team = populated(server)
        assert team.ask("viewer", "GET", "/api/v1/auth/me").status_code == 200
    assert server.stop() in (0, -15)  # by the signal that it was ended with


def test_what_was_told_last_arrives_when_the_server_ends(
    tmp_path: Path, collector: Collector
) -> None:
    env = {"WORKBENCH_TELEMETRY_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
    with Server(tmp_path, env) as server:
        httpx.get(f"{server.url}/readyz", timeout=60)
    assert [one for one in collector.spans if one["name"] == "GET /readyz"]


def test_the_setting_without_the_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_TELEMETRY_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    settings.cache_clear()
    with pytest.raises(MissingExtra, match=r"WORKBENCH_TELEMETRY_ENDPOINT.*\[telemetry\]"):
        tracing.start_tracing()


@pytest.mark.parametrize(
    ("name", "value"),
    [("ENDPOINT", "127.0.0.1:4318"), ("ENDPOINT", "ftp://a"), ("HEADERS", "secret-words"),
     ("SHARE", "2")],
)  # fmt: skip
def test_settings_that_cannot_work_are_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"WORKBENCH_TELEMETRY_{name}", value)
    settings.cache_clear()
    with pytest.raises(ParameterError, match=f"telemetry_{name.lower()}") as error:
        settings()
    assert "secret-words" not in str(error.value)
