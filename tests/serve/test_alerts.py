"""Channels, silences, the outbox and incidents over REST: real messages, and no secret in sight."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from tests.alerts._receivers import Receiver
from tests.alerts._setting import firing
from workbench.alerts.incidents import raise_firings
from workbench.core.errors import NotAllowed, ParameterError
from workbench.core.routes import Route, Routes
from workbench.core.settings import settings
from workbench.store.database import _opened, writing

from ._server import Server, Team, populated

API = "/api/v1"
HUSH = "hush-hush-hush-hush"
SOON = 60.0


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A server that may speak to this machine."""
    opened = {"WORKBENCH_ALLOWED_NETWORKS": "127.0.0.0/8"}
    with Server(tmp_path_factory.mktemp("house"), opened) as server:
        yield populated(server)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)
    assert not [line for line in server.lines if HUSH in line], "a secret is in the log"


@pytest.fixture
def inside(house: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write to the server's database, as a monitor beside it does."""
    monkeypatch.setenv("WORKBENCH_HOME", str(house.server.home))
    settings.cache_clear()
    yield
    _opened(f"sqlite:///{house.server.home / 'workbench.db'}").dispose()
    _opened.cache_clear()


def hook(house: Team, receiver: Receiver, name: str) -> dict[str, Any]:
    words = {"url": f"{receiver.url}/{HUSH}", "key": HUSH, "headers": {"authorization": HUSH}}
    asked = {"name": name, "kind": "webhook", "settings": words}
    made = house.ask("operator", "POST", f"{API}/channels", json=asked)
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


def raised(channel: str, *, owner: str, monitor: str = "m", cause: str = "anomaly:a") -> str:
    now, routes = datetime.now(UTC), Routes((Route(channel),), owner=owner, name="Pumps")
    with writing() as connection:
        (incident,) = raise_firings(
            connection, [firing(time.time_ns(), cause=cause, at=now)], routes, now
        )
    return incident.id


def test_a_channel_never_shows_its_secrets(house: Team, receiver: Receiver) -> None:
    made = hook(house, receiver, "secretive")
    path = f"{API}/channels/{made['id']}"
    assert made["secrets"] == ["headers", "key", "url"]
    assert made["settings"] == {"address": f"{receiver.url}/…"}
    changed = house.ask("operator", "PATCH", path, json={"name": "renamed"})
    tried = house.ask("operator", "POST", f"{path}/test")
    assert tried.json()["sent"] is True
    assert receiver.got[-1].headers["authorization"] == HUSH
    seen = [made, changed.json(), tried.json()]
    for role in ("viewer", "operator", "admin"):
        seen += [house.ask(role, "GET", one).json() for one in (path, f"{API}/channels")]
    seen.append(house.ask("admin", "GET", f"{API}/audit?limit=200").json())
    with sqlite3.connect(house.server.home / "workbench.db") as database:
        seen.append("\n".join(database.iterdump()))  # type: ignore[arg-type]
    database.close()
    assert HUSH not in repr(seen)


def test_secrets_are_not_sent_elsewhere(house: Team, receiver: Receiver) -> None:
    made = hook(house, receiver, "moved")
    path = f"{API}/channels/{made['id']}"
    other = {"settings": {"url": "http://127.0.0.1:9/x"}}
    refused = house.ask("operator", "PATCH", path, json=other)
    assert refused.status_code == 422
    assert "headers, key anew" in refused.json()["detail"]
    whole = {"settings": {**other["settings"], "key": HUSH, "headers": {}}}
    assert house.ask("operator", "PATCH", path, json=whole).status_code == 200
    same = {"settings": {"key": HUSH + HUSH}}
    assert house.ask("operator", "PATCH", path, json=same).status_code == 200
    failed = house.ask("operator", "POST", f"{path}/test").json()
    assert (failed["sent"], "does not answer" in failed["error"]) == (False, True)
    assert house.ask("viewer", "GET", path).json()["error"] == failed["error"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"kind": "webhok"}, 422, "Did you mean 'webhook'"),
        ({"settings": {}}, 422, "needs the setting 'url'"),
        ({"settings": {"url": "http://169.254.169.254/"}}, 403, "closed"),
        ({"settings": {"url": "http://10.0.0.1/"}}, 403, "closed"),
        ({"settings": {"url": "file:///etc/passwd"}}, 422, "https://"),
        ({"kind": "apprise", "settings": {"url": "syslog://"}}, 422, "closed"),
        ({"name": "\x00"}, 422, "NUL"),
    ],
)
def test_channels_that_cannot_be_are_refused_in_words(
    house: Team, asked: dict[str, Any], status: int, said: str
) -> None:
    words = {"name": "x", "kind": "webhook", "settings": {"url": "https://a.example/"}}
    answer = house.ask("operator", "POST", f"{API}/channels", json=words | asked)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_two_channels_cannot_have_one_name(house: Team) -> None:
    asked = {"name": "twin", "kind": "in_page"}
    answers = [house.ask("operator", "POST", f"{API}/channels", json=asked) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 422]
    assert "already" in answers[1].json()["detail"]


@pytest.mark.usefixtures("inside")
def test_the_server_delivers_and_a_dead_letter_is_sent_again(
    house: Team, receiver: Receiver
) -> None:
    channel = hook(house, receiver, "dead letters")["id"]
    before, receiver.status = len(receiver.got), 404
    incident = raised(channel, owner=house.ids["operator"], cause="anomaly:dead")
    (dead,) = awaited(house, f"state=dead&channel={channel}")
    assert (dead["incident"], dead["reason"], dead["error"]) == (
        incident, "opened", "It answers 404.",
    )  # fmt: skip
    assert house.ask("viewer", "GET", f"{API}/outbox").status_code == 403
    receiver.status = 200
    again = house.ask("operator", "POST", f"{API}/outbox/{dead['id']}/send")
    assert again.json()["state"] == "waiting"
    (sent,) = awaited(house, f"state=sent&channel={channel}")
    assert sent["id"] == dead["id"]
    assert house.ask("operator", "POST", f"{API}/outbox/{dead['id']}/send").status_code == 422
    told = [one.headers["webhook-id"] for one in receiver.got[before:]]
    assert told == [dead["id"]] * 2


def awaited(house: Team, query: str) -> list[dict[str, Any]]:
    end = time.monotonic() + SOON
    while time.monotonic() < end:
        items = house.ask("operator", "GET", f"{API}/outbox?{query}").json()["items"]
        if items:
            return list(items)
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.mark.usefixtures("inside")
def test_an_incident_is_worked_on_from_open_to_resolved(house: Team) -> None:
    incident = raised("0" * 32, owner=house.ids["operator"], cause="anomaly:worked")
    path = f"{API}/incidents/{incident}"
    steps: list[tuple[str, dict[str, Any] | None, str]] = [
        ("acknowledge", None, "acknowledged"),
        ("assign", {"user": house.ids["analyst"]}, "acknowledged"),
        ("comments", {"text": "**@analyst** look <script>"}, "acknowledged"),
        ("snooze", {"until": "2099-01-01T08:00:00+02:00", "reason": "parts"}, "snoozed"),
        ("resolve", {"outcome": "true"}, "resolved"),
        ("reopen", None, "open"),
    ]
    for verb, asked, state in steps:
        answer = house.ask("operator", "POST", f"{path}/{verb}", json=asked)
        assert (answer.status_code, answer.json().get("state")) == (200, state), answer.text
    told = house.ask("operator", "GET", path).json()
    assert (told["band"], told["assignee"]) == ("high", house.ids["analyst"])
    lines = house.ask("operator", "GET", f"{path}/timeline?sort=-number").json()["items"]
    assert [one["kind"] for one in lines] == [
        "reopened", "resolved", "snoozed", "commented", "assigned", "acknowledged", "fired",
        "opened",
    ]  # fmt: skip
    assert lines[2]["body"]["until"] == "2099-01-01T06:00:00+00:00"
    watchers = house.ask("operator", "GET", f"{path}/watchers").json()["watchers"]
    assert set(watchers) == {house.ids["operator"], house.ids["analyst"]}
    assert house.ask("operator", "GET", f"{path}/firings").json()["total"] == 1
    audit = house.ask("admin", "GET", f"{API}/audit?object=incident:{incident}").json()
    assert len(audit["items"]) == len(steps)


@pytest.mark.usefixtures("inside")
def test_incidents_are_found_sorted_and_done_many_at_once(house: Team) -> None:
    mine = [raised("0" * 32, owner=house.ids["operator"], cause=f"gap:{n}") for n in range(5)]
    other = raised("0" * 32, owner=house.ids["admin"], cause="gap:other")
    seen, after = [], ""
    while True:
        query = {"state": "open", "sort": "opened", "limit": 2, "after": after, "least": 50}
        page = house.ask("operator", "GET", f"{API}/incidents", params=query).json()
        seen += [one["id"] for one in page["items"]]
        if not (after := page["next"]):
            break
    assert [one for one in seen if one in mine] == mine
    assert other not in seen
    asked = {"incidents": [*mine, other], "verb": "assign", "user": house.ids["analyst"]}
    done = house.ask("operator", "POST", f"{API}/incidents/bulk", json=asked).json()["items"]
    assert [one["error"] == "" for one in done] == [True] * 5 + [False]
    query = {"assignee": house.ids["analyst"], "q": "something is odd"}
    assert house.ask("operator", "GET", f"{API}/incidents", params=query).json()["total"] >= 5
    bare = {"incidents": mine, "verb": "snooze"}
    assert house.ask("operator", "POST", f"{API}/incidents/bulk", json=bare).status_code == 422
    assert house.ask("viewer", "GET", f"{API}/incidents").json()["total"] == 0


@pytest.mark.parametrize(
    "query",
    ["sort=routes", "state=gone", "least=NaN", "least=101", "since=yesterday",
     "since=0001-01-01T00:00:00Z", "assignee=' OR 1=1", "after=e30", "monitor=%00",
     "watched=perhaps"],
)  # fmt: skip
def test_a_list_that_is_asked_for_badly_says_what_is_wrong(house: Team, query: str) -> None:
    answer = house.ask("operator", "GET", f"{API}/incidents?{query}")
    assert answer.status_code in (404, 422), answer.text


def test_a_silence_is_made_changed_and_lifted(house: Team) -> None:
    asked = {"reason": "mended", "cron": "0 2 * * SUN", "seconds": 3600, "zone": "Europe/Berlin",
             "match": {"entity": "pump-*"}}  # fmt: skip
    made = house.ask("operator", "POST", f"{API}/silences", json=asked)
    assert made.status_code == 201, made.text
    path = f"{API}/silences/{made.json()['id']}"
    until = {"until": "2020-01-01T08:00:00+02:00"}
    changed = house.ask("operator", "PATCH", path, json=until).json()
    assert (changed["until"], changed["active"]) == ("2020-01-01T06:00:00Z", False)
    listed = [house.ask("viewer", "GET", f"{API}/silences?over={over}").json()["total"]
              for over in (False, True)]  # fmt: skip
    assert listed == [0, 1]
    assert house.ask("viewer", "DELETE", path).status_code == 403
    assert house.ask("operator", "DELETE", path).status_code == 204
    assert house.ask("operator", "GET", path).status_code == 404
    for wrong, said in (
        ({"reason": "x"}, "until when"),
        ({"reason": " ", "until": "2099-01-01T08:00:00Z"}, "Say why"),
        ({"reason": "x", "until": "9999-12-31T23:59:59-23:59"}, "2999"),
        ({"reason": "x", "country": "Mordor"}, "holidays"),
        ({"reason": "x", "match": {"owner": "me"}}, "owner"),
    ):
        answer = house.ask("operator", "POST", f"{API}/silences", json=wrong)
        assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.usefixtures("inside")
def test_pythons_words_say_the_same(house: Team, receiver: Receiver) -> None:
    import workbench as wb

    with wb.connect(house.url, house.tokens["operator"]) as team:
        channel = team.add_channel("by python", "webhook", url=f"{receiver.url}/{HUSH}")
        assert channel.test()["sent"] is True
        assert channel.change(enabled=False).facts["enabled"] is False
        assert channel.id in {one.id for one in team.channels()}
        channel.remove()
        id_ = raised("0" * 32, owner=house.ids["operator"], cause="anomaly:python")
        incident = team.incident(id_)
        assert incident.comment("look").acknowledge().state == "acknowledged"
        later = datetime(2099, 1, 1, tzinfo=UTC)
        assert incident.snooze(later, "parts").state == "snoozed"
        assert incident.assign(house.ids["operator"]).watch() == [house.ids["operator"]]
        assert incident.unwatch() == []
        assert incident.resolve("expected", "known").reopen().state == "open"
        assert {one["kind"] for one in incident.timeline()} >= {"opened", "snoozed", "resolved"}
        assert len(incident.firings()) == 1
        assert id_ in {one.id for one in team.incidents(state="open", sort="-severity")}
        silence = team.silence("mended", match={"kind": "gap"}, until=later)
        assert [one["id"] for one in team.silences()] == [silence["id"]]
        team.lift_silence(silence["id"])
        team.send_again([one["id"] for one in team.dead_letters()])
        with pytest.raises(wb.WorkbenchError, match="outcome"):
            incident.resolve("nothing")


@pytest.mark.usefixtures("inside")
def test_prometheus_counts_incidents_and_messages_by_state(house: Team, receiver: Receiver) -> None:
    channel = hook(house, receiver, "counted")["id"]
    raised(channel, owner=house.ids["operator"], cause="anomaly:counted")
    awaited(house, f"state=sent&channel={channel}")
    told = house.ask("admin", "GET", "/metrics").text
    assert 'workbench_incidents{state="open"}' in told
    assert 'workbench_outbox{state="sent"}' in told


def test_a_post_mortem_is_written_over_rest_and_found_again(
    house: Team, inside: None, tmp_path: Path
) -> None:
    incident = raised("none", owner=house.ids["operator"], cause="anomaly:report")
    with wb.connect(house.url, house.tokens["operator"]) as team:
        one = team.incident(incident)
        one.comment("the <b>valve</b>")
        one.resolve("true")
        path = one.report(tmp_path / "post.html", title="Pump 3", charts=0)
        assert "the &lt;b&gt;valve&lt;/b&gt;" in path.read_text(encoding="utf-8")
        (kept,) = team.connection.pages("/reports", subject=f"incident:{incident}")
        assert kept["facts"]["summary"]["outcome"] == "true"
        assert list(team.connection.pages("/reports", subject=f"incident:{'0' * 32}")) == []
        way = team.add_channel("pages only", "in_page")
        words = {"subject": f"incident:{incident}", "channels": [way.id]}
        with pytest.raises(ParameterError, match="carries no files"):
            team.schedule("report", words, cron="0 7 * * MON")
        with pytest.raises(NotAllowed, match="WORKBENCH_REPORT_FOLDER"):
            team.schedule("report", {**words, "channels": [], "file": "x.html"}, every=3600)
        with pytest.raises(NotAllowed):
            team.connection.get("/retention")
    with wb.connect(house.url, house.tokens["admin"]) as team:
        rules = {rule["what"]: rule["days"] for rule in team.connection.get("/retention")}
        assert rules == {"incidents": None, "firings": None, "runs": None, "jobs": 30,
                         "audit": None}  # fmt: skip
        done = team.wait(team.connection.post("/retention/run"))
        assert done["forgotten"]["incidents"] == 0
        (daily,) = [one for one in team.schedules() if one.kind == "retention"]
        assert daily.pause().next is None
        assert daily.resume().next is not None
        assert daily.run()["forgotten"]["audit"] == 0
        with pytest.raises(ParameterError):
            team.schedule("retention", {}, every=3600)
