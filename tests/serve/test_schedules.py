"""Work that comes again and again: ordered, tried, paused, changed, run now, and due by itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import workbench as wb
from workbench.client.remote import RemoteDataset, RemoteSchedule, Workbench
from workbench.core.errors import NotAllowed, NotFound, ParameterError

from ._server import Team

API = "/api/v1/schedules"
SOON = 120.0


@pytest.fixture(scope="module")
def analyst(team: Team) -> Iterator[Workbench]:
    with wb.connect(team.url, team.tokens["analyst"]) as connected:
        yield connected


@pytest.fixture(scope="module")
def data(analyst: Workbench) -> RemoteDataset:
    return analyst.load("sample:breast-cancer", name="scans")


@pytest.fixture
def schedule(analyst: Workbench, data: RemoteDataset) -> Iterator[RemoteSchedule]:
    words = {"dataset": data.id, "detector": "ecod", "contamination": 0.05, "name": "each morning"}
    made = analyst.schedule("detection", words, cron="0 7 * * MON-FRI", zone="Europe/Berlin")
    yield made
    if made.id in {one.id for one in analyst.schedules()}:
        made.remove()


def test_its_work_is_done_now_in_the_words_that_it_was_ordered_with(
    analyst: Workbench, schedule: RemoteSchedule
) -> None:
    made = analyst.detection(schedule.run()["detection"])
    assert (made.name, made.detector) == ("each morning", "ecod")
    assert made.facts["facts"]["anomalies"] > 0
    known = {one.id: one for one in analyst.schedules()}[schedule.id]
    assert known.facts["latest"] is not None
    assert known.facts["params"]["contamination"] == 0.05
    assert known.next == schedule.next


def test_what_is_due_comes_by_itself_and_once(
    team: Team, analyst: Workbench, schedule: RemoteSchedule
) -> None:
    with sqlite3.connect(team.server.home / "workbench.db", timeout=30) as database:
        past = "UPDATE schedules SET next = '2026-01-01 07:00:00.000000' WHERE id = ?"
        database.execute(past, (schedule.id,))
    database.close()
    path, until = f"/schedules/{schedule.id}", time.monotonic() + SOON
    while (job := analyst.connection.get(path)["job"]) is None:
        assert time.monotonic() < until, "it never came"
        time.sleep(0.1)
    assert "detection" in analyst.wait({"job": analyst.connection.get(f"/jobs/{job}")})
    told = analyst.connection.get(path)
    assert told["job"] == job
    assert datetime.fromisoformat(told["next"]) > datetime.now(UTC)


def test_a_report_and_scoring_come_again_with_the_newest_data(
    analyst: Workbench, data: RemoteDataset, schedule: RemoteSchedule
) -> None:
    found = analyst.detection(schedule.run()["detection"])
    model = analyst.save(found, "scan watch")
    words = {"model": model.id, "dataset": data.id, "name": "scored"}
    scoring = analyst.schedule("scoring", words, every=3600)
    report = analyst.schedule("report", {"subject": f"detection:{found.id}"}, every=86_400)
    analyst.connection.send(
        "POST", f"/datasets/{data.id}/versions", files={"file": ("d.parquet", _rows())}
    )
    newest = max(one["number"] for one in data.versions())
    scored = analyst.detection(scoring.run()["detection"])
    assert (scored.facts["version"], scored.name) == (newest, "scored")
    assert report.run()["report"]
    scoring.remove()
    report.remove()


def _rows() -> bytes:
    import io

    buffer = io.BytesIO()
    wb.load("sample:breast-cancer").frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def test_paused_it_does_not_come_and_resumed_it_does(schedule: RemoteSchedule) -> None:
    paused = schedule.pause()
    assert (paused.facts["enabled"], paused.next, paused.coming()) == (False, None, [])
    resumed = paused.resume()
    assert resumed.next is not None
    assert resumed.next > datetime.now(UTC)


def test_coming_times_follow_the_zone(schedule: RemoteSchedule, analyst: Workbench) -> None:
    times = schedule.coming(12)
    assert times == sorted(times)
    assert times[0] == schedule.next
    assert {one.weekday() for one in times} <= {0, 1, 2, 3, 4}
    tried = analyst.connection.get(
        "/schedules/coming", cron="0 7 * * MON-FRI", zone="Europe/Berlin", count=12
    )
    assert [datetime.fromisoformat(one) for one in tried["times"]] == times


def test_it_is_changed_and_the_audit_says_how(team: Team, schedule: RemoteSchedule) -> None:
    changed = schedule.change(every=7200)
    assert (changed.facts["cron"], changed.facts["every"]) == ("", 7200)
    params = {**schedule.facts["params"], "contamination": 0.1}
    assert schedule.change(params=params).facts["params"]["contamination"] == 0.1
    query = f"/api/v1/audit?object=schedule:{schedule.id}"
    lines = team.ask("admin", "GET", query).json()["items"]
    assert [one["action"] for one in lines] == [
        "schedule.change", "schedule.change", "schedule.create",
    ]  # fmt: skip
    assert lines[1]["after"] == {"cron": "", "every": 7200}
    assert set(lines[0]["after"]) == {"params"}


def test_another_person_sees_nothing_of_it(team: Team, schedule: RemoteSchedule) -> None:
    with wb.connect(team.url, team.tokens["operator"]) as operator:
        assert schedule.id not in {one.id for one in operator.schedules()}
        theirs = RemoteSchedule(operator, schedule.facts)
        for act in (theirs.pause, theirs.resume, theirs.remove, theirs.coming, theirs.run):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(NotFound):
            theirs.change(every=7200)
    with wb.connect(team.url, team.tokens["admin"]) as admin:
        assert schedule.id in {one.id for one in admin.schedules()}


def test_a_narrow_key_orders_nothing_that_it_does_not_reach(
    team: Team, schedule: RemoteSchedule, data: RemoteDataset
) -> None:
    # A key makes no key: one signs in for it.
    from ._copies import access

    headers = {"authorization": f"Bearer {access(team, 'analyst')}"}
    asked = {"name": "narrow", "scopes": ["datasets:read"]}
    made = team.ask("", "POST", "/api/v1/tokens", json=asked, headers=headers).json()
    with wb.connect(team.url, made["key"]) as narrow:
        with pytest.raises(NotAllowed):
            narrow.schedule("detection", {"dataset": data.id}, every=3600)
        with pytest.raises(NotAllowed):
            RemoteSchedule(narrow, schedule.facts).run()
        paused = RemoteSchedule(narrow, schedule.facts).pause()
        with pytest.raises(NotAllowed):
            paused.resume()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cron": "61 * * * *"}, "cron '61"),
        ({"cron": "0 7 31 2 *"}, "day-of-month"),
        ({"cron": "0 7 * *"}, "five fields"),
        ({"cron": "0 7 * * *", "every": 3600}, "either"),
        ({"cron": ""}, "either"),
        ({"every": 59, "cron": ""}, "every"),
        ({"every": 2**63, "cron": ""}, "every"),
        ({"zone": "Europe/Berln"}, "Did you mean 'Europe/Berlin'"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"kind": "shell"}, "kind"),
        ({"kind": "report"}, "subject"),
        ({"params": {"dataset": "nonsense"}}, "dataset"),
        ({"params": {"dataset": "$", "detector": "ecodd"}}, "ecod"),
        ({"params": {"dataset": "$", "detector": "ecod", "params": {"depth": 3}}}, "depth"),
        ({"params": {"dataset": "$", "script": "rm"}}, "script"),
        ({"owner": "somebody"}, "owner"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    team: Team, data: RemoteDataset, wrong: dict[str, Any], said: str
) -> None:
    params = wrong.pop("params", {"dataset": "$"})
    params = {name: data.id if value == "$" else value for name, value in params.items()}
    words = {"kind": "detection", "cron": "0 7 * * *", "params": params, **wrong}
    answer = team.ask("analyst", "POST", API, json=words)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]


def test_bad_params_of_a_change_leave_it_as_it_was(schedule: RemoteSchedule) -> None:
    for params in ({"dataset": "nonsense"}, {"nothing": 1}, {"dataset": "0" * 32}):
        with pytest.raises((ParameterError, NotFound)):
            schedule.change(params=params)
    told = schedule.team.connection.get(f"/schedules/{schedule.id}")
    assert told["params"] == schedule.facts["params"]
