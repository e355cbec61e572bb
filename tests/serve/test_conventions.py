"""What all operations have in common: pages of lists, ETags, idempotency, problems, the audit."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from ._server import PASSWORD, Server, Team
from ._steps import uploaded

API = "/api/v1"


@pytest.fixture(scope="module")
def groups(team: Team) -> list[str]:
    """Names of seven datasets of the analyst, in the order in which they were kept."""
    names = [f"part {number}" for number in range(7)]
    for name in names:
        body = {"name": name, "source": "sample:breast-cancer"}
        made = team.ask("analyst", "POST", f"{API}/datasets/from-source", json=body)
        assert made.status_code == 201, made.text
    return names


def test_a_list_is_read_page_by_page_without_gaps(team: Team, groups: list[str]) -> None:
    for sort, wanted in (("name", groups), ("-name", groups[::-1]), ("created", groups)):
        seen, after = [], ""
        while True:
            query = {"limit": 3, "sort": sort, "q": "part", "after": after}
            page = team.ask("analyst", "GET", f"{API}/datasets", params=query).json()
            seen += [one["name"] for one in page["items"]]
            assert page["total"] == 7
            after = page["next"]
            if not after:
                break
        assert seen == wanted


@pytest.mark.parametrize(
    "query",
    [
        {"after": "nonsense"}, {"after": "e30"}, {"after": "WzEsMl0"}, {"limit": 0},
        {"limit": 2**63}, {"limit": "ten"}, {"sort": "password"}, {"sort": "name;drop"},
        {"q": "a" * 121}, {"q": "\x00"},
    ],
)  # fmt: skip
def test_a_list_that_is_asked_for_badly_says_what_is_wrong(
    team: Team, query: dict[str, Any]
) -> None:
    answer = team.ask("analyst", "GET", f"{API}/datasets", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_words_of_a_search_are_words(team: Team, groups: list[str]) -> None:
    payloads = ["'", "' OR 1=1 --", "%", "_", "\\", "part' UNION SELECT password FROM users --",
                "); DROP TABLE datasets; --", "part%00", "*", "part*"]  # fmt: skip
    for payload in payloads:
        answer = team.ask("analyst", "GET", f"{API}/datasets", params={"q": payload})
        assert answer.status_code == 200, payload
        assert answer.json()["total"] == 0, payload


def test_what_was_seen_already_is_not_sent_again(team: Team, groups: list[str]) -> None:
    one = team.ask("analyst", "GET", f"{API}/datasets?q=part").json()["items"][0]
    first = team.ask("analyst", "GET", f"{API}/datasets/{one['id']}")
    tag = first.headers["etag"]
    again = team.ask(
        "analyst", "GET", f"{API}/datasets/{one['id']}", headers={"if-none-match": tag}
    )
    assert (again.status_code, again.content) == (304, b"")
    body, old = {"note": "seen by Ada"}, {"if-match": tag}
    path = f"{API}/datasets/{one['id']}"
    assert team.ask("analyst", "PATCH", path, json=body, headers=old).status_code == 200
    late = team.ask("analyst", "PATCH", path, json={"note": "lost?"}, headers=old)
    assert late.status_code == 412
    assert team.ask("analyst", "GET", path).json()["note"] == "seen by Ada"


def test_a_request_with_a_key_is_done_once(team: Team) -> None:
    key = {"idempotency-key": "once-7"}
    body = {"name": "once", "page": "explore", "query": "data=sample:pump"}

    def ask(_: int) -> httpx.Response:
        return team.ask("analyst", "POST", f"{API}/views", json=body, headers=key)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))
    made = {one.json()["id"] for one in answers if one.status_code == 201}
    assert len(made) == 1
    assert {one.status_code for one in answers} <= {201, 409}
    again = ask(0)
    assert again.headers["idempotent-replay"] == "true"
    assert again.json()["id"] in made
    other = team.ask("analyst", "POST", f"{API}/views", json={**body, "name": "twice"}, headers=key)
    assert other.status_code == 422
    listed = team.ask("analyst", "GET", f"{API}/views?q=once").json()
    assert listed["total"] == 1


HOSTILE_BODIES = [
    b"", b"{", b"[]", b"null", b'"x"', b"{" * 5000, b"[" * 100_000, b'{"name": 1e999}',
    b'{"name": "\\ud800", "page": "explore"}', b'{"name": "\\u0000", "page": "explore"}',
    b'{"name": NaN}', b'{"name": "x", "page": "explore", "more": 1}', b"\xff\xfe\x00",
    b'{"name": ' + b"9" * 5000 + b"}", b'{"name": "x", "page": "explore", "name": 7}',
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE_BODIES)
def test_a_body_that_makes_no_sense_is_a_problem_of_the_sender(team: Team, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = team.ask("analyst", "POST", f"{API}/views", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["status"] == answer.status_code


def test_no_parameter_of_a_detector_says_where_the_work_is_done(team: Team, tmp_path: Path) -> None:
    data, place = uploaded(team)["dataset"]["id"], tmp_path / "scores.parquet"
    for params in ({"out": str(place), "memory": "1GB"}, {"client": "tcp://127.0.0.1:9"}):
        for detector in ("auto", "hbos"):
            asked = {"dataset": data, "detector": detector, "params": params}
            answer = team.ask("analyst", "POST", f"{API}/detections", json=asked)
            assert answer.status_code == 422, answer.text
    words = ["auto(memory='1GB', client='tcp://127.0.0.1:9')"]
    asked = {"dataset": data, "detectors": words}
    answer = team.ask("analyst", "POST", f"{API}/comparisons", json=asked)
    assert answer.status_code == 422, answer.text
    assert not place.exists()


def test_what_a_problem_says_does_not_repeat_a_password(team: Team) -> None:
    body = {"username": "analyst", "password": 77_113, "secret": "hunter-nine"}
    answer = httpx.post(f"{team.url}{API}/auth/token", json=body, timeout=30)
    assert answer.status_code == 422
    assert "77113" not in answer.text
    assert "hunter-nine" not in answer.text


def test_the_audit_is_searched_verified_and_exported(team: Team, groups: list[str]) -> None:
    page = team.ask("admin", "GET", f"{API}/audit", params={"action": "dataset.*"}).json()
    assert page["total"] >= 7
    assert {one["action"].partition(".")[0] for one in page["items"]} == {"dataset"}
    verdict = team.ask("admin", "POST", f"{API}/audit/verify").json()
    assert verdict["whole"]
    head = team.ask("admin", "GET", f"{API}/audit/head").json()
    lines = team.ask("admin", "GET", f"{API}/audit/export").text.splitlines()
    assert json.loads(lines[-1])["number"] >= head["number"]
    assert PASSWORD not in "".join(lines)
    assert team.server.run("audit", "verify").count("as they were written") == 1


def test_a_job_is_followed_while_it_goes_on(team: Team, groups: list[str]) -> None:
    data = team.ask("analyst", "GET", f"{API}/datasets?q=part").json()["items"][0]["id"]
    asked = {"dataset": data, "detector": "ecod"}
    job = team.ask("analyst", "POST", f"{API}/detections", json=asked).json()["job"]
    headers = {"authorization": f"Bearer {team.tokens['analyst']}"}
    states = []
    url = f"{team.url}{API}/jobs/{job['id']}/events"
    with httpx.stream("GET", url, headers=headers, timeout=60) as told:
        assert told.headers["content-type"].startswith("text/event-stream")
        for line in told.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line[6:])["state"])
    assert states[-1] == "done"
    assert team.ask("viewer", "GET", f"{API}/jobs/{job['id']}").status_code == 404


def test_measurements_are_for_who_may_read_them(team: Team) -> None:
    assert team.ask("", "GET", "/metrics").status_code == 401
    assert team.ask("operator", "GET", "/metrics").status_code == 403
    told = team.ask("admin", "GET", "/metrics").text
    assert 'workbench_requests_total{method="GET",route="/api/v1/datasets",status="200"}' in told
    assert "workbench_sessions" in told


def test_the_server_lives_and_is_ready(team: Team) -> None:
    alive = [team.ask("", "GET", "/healthz").json() for _ in range(2)]
    assert alive[0]["status"] == "alive"
    assert alive[0] == alive[1]  # the same process
    assert team.ask("", "GET", "/readyz").json()["ready"] is True


def test_beyond_loopback_it_refuses_to_start_without_a_secret(tmp_path: Path) -> None:
    server = Server(tmp_path)
    for secret in ("", "short", "a" * 64):
        environment = {**server.environment(), "WORKBENCH_SECRET": secret}
        if not secret:
            del environment["WORKBENCH_SECRET"]
        done = subprocess.run(
            [sys.executable, "-m", "workbench", "serve", "--host", "0.0.0.0", "--port", "0"],
            env=environment, text=True, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert "WORKBENCH_SECRET" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_first_account_is_made_by_a_link_that_works_once(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        line = server.line("first account")
        link = line.split()[-1]
        form = {
            "link": link.partition("link=")[2], "username": "root-of-all", "password": PASSWORD,
            "again": PASSWORD,
        }  # fmt: skip
        origin = {"origin": server.url}
        assert "New password" in httpx.get(link, timeout=30).text
        made = httpx.post(f"{server.url}/welcome", data=form, headers=origin, timeout=60)
        assert made.status_code == 303
        again = httpx.post(
            f"{server.url}/welcome", data=form | {"username": "second"}, headers=origin, timeout=60
        )
        assert again.status_code == 401
        body = {"username": "root-of-all", "password": PASSWORD}
        pair = httpx.post(f"{server.url}{API}/auth/token", json=body, timeout=60)
        assert pair.status_code == 200
