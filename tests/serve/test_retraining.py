"""A model on a stream: it drifts, a challenger is trained on what was seen, and takes its place."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb

from ._server import Server, Team, populated
from ._steps import done

SOON = 60.0


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    server = Server(tmp_path_factory.mktemp("live"), {"WORKBENCH_LIVE_WORKERS": "1"}).start()
    yield populated(server)
    server.stop()
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def rows(count: int, level: float, start: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(start)
    frame = pd.DataFrame(rng.normal(level, 1.0, (count, 2)), columns=["flow", "heat"])
    when = pd.Timestamp("2026-11-01", tz="UTC") + pd.to_timedelta(
        start + np.arange(count), unit="s"
    )
    return frame.assign(time=when)


def waited(what: Any, words: str) -> Any:
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(words)


def test_a_drifting_model_is_retrained_compared_promoted_and_rolled_back(team: Team) -> None:
    with wb.connect(team.url, team.tokens["operator"]) as operator:
        buffer = io.BytesIO()
        rows(600, 0.0)[["flow", "heat"]].to_csv(buffer, index=False)
        sent = {"files": {"file": ("usual.csv", buffer.getvalue())}}
        data = team.ask("operator", "POST", "/api/v1/datasets", **sent).json()["dataset"]["id"]
        asked = {"dataset": data, "detector": "ecod"}
        first = done(
            team, team.ask("operator", "POST", "/api/v1/detections", json=asked), "operator"
        )
        asked = {"detection": first["result"]["detection"], "name": "plant"}
        model = team.ask("operator", "POST", "/api/v1/models", json=asked).json()["model"]["id"]
        way = f"/api/v1/models/{model}/versions"
        assert team.ask("operator", "POST", f"{way}/1/promote").status_code == 200

        stream = operator.add_stream("plant")
        rule = {"rule": "drift", "reference": 400, "window": 200, "every": 100}
        watch = operator.monitor(stream, "model", rules=[rule], model=model)
        stream.send(rows(1_000, 0.0))
        stream.send(rows(1_500, 3.0, start=1_000))
        (incident,) = waited(watch.incidents, "no drift is found")
        assert incident.facts["kind"] == "drift"
        assert "retraining is proposed" in incident.facts["detail"]["text"]

        waited(lambda: watch.refresh().facts["points"] == 2_500, "not all is scored")
        answer = team.ask("operator", "POST", f"/api/v1/monitors/{watch.id}/retrain", json={})
        made = done(team, answer, "operator")
        assert made["state"] == "done", made
        assert made["result"]["version"] == 2
        told = made["result"]["comparison"]
        assert told["rows"] == 2_500
        assert told["average_precision"] is None
        assert not made["result"]["promoted"]

        assert team.ask("operator", "POST", f"{way}/2/promote").status_code == 200
        stream.send(rows(200, 3.0, start=2_500))
        waited(lambda: watch.refresh().facts["points"] >= 2_700, "it does not go on")
        time.sleep(3.0)  # the new champion has begun by now
        stream.send(rows(50, 3.0, start=2_700))
        waited(lambda: watch.refresh().facts["points"] >= 2_750, "the new one does not watch")
        told = watch.refresh().facts
        assert told["state"] == "running", told["problem"]
        back = team.ask("operator", "POST", f"/api/v1/models/{model}/roll-back")
        assert back.status_code == 200, back.text
        stream.send(rows(100, 3.0, start=2_750))
        waited(lambda: watch.refresh().facts["points"] >= 2_850, "it does not go on")


def test_what_people_said_of_incidents_becomes_the_label_of_data(team: Team) -> None:
    with wb.connect(team.url, team.tokens["operator"]) as operator:
        stream = operator.add_stream("other plant")
        watch = operator.monitor(stream, "ewma", rules=[{"rule": "anomaly"}])
        frame = rows(600, 0.0)
        frame.loc[500, "flow"] = 40.0
        stream.send(frame)
        (incident,) = waited(watch.incidents, "the spike is not found")
        incident.resolve("true")
        answer = team.ask("operator", "POST", f"/api/v1/monitors/{watch.id}/data", json={})
        assert answer.status_code == 201, answer.text
        kept = answer.headers["location"].rpartition("/")[2]
        told = team.ask("operator", "GET", f"/api/v1/datasets/{kept}/rows", params={"start": 500})
        columns, row = told.json()["columns"], told.json()["rows"][0]
        assert row[columns.index("was_anomaly")] == 1


def test_a_detector_that_learns_by_itself_is_not_retrained(team: Team) -> None:
    with wb.connect(team.url, team.tokens["operator"]) as operator:
        watch = operator.monitor(operator.add_stream("third"), "ewma")
        answer = team.ask("operator", "POST", f"/api/v1/monitors/{watch.id}/retrain", json={})
        assert answer.status_code == 422
        assert "nothing to retrain" in answer.json()["detail"]
