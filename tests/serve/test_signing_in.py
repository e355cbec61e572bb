"""Bars 2 to 4 over HTTP: tokens that renew, guesses that are counted, hashes that take turns."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from workbench.team import passwords

from ._server import PASSWORD, Server, Team, populated

API = "/api/v1/auth"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A server of its own: failures that are counted must not stand in another's way."""
    with Server(tmp_path_factory.mktemp("signing")) as server:
        yield populated(server)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def post(team: Team, path: str, **body: str) -> httpx.Response:
    return httpx.post(f"{team.url}{API}/{path}", json=body, timeout=120)


def pair(team: Team, name: str = "analyst") -> dict[str, str]:
    answer = post(team, "token", username=name, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()
    return told


def opens(team: Team, token: str) -> bool:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.get(f"{team.url}{API}/me", headers=headers, timeout=60).status_code == 200


def test_a_refresh_token_shown_twice_ends_its_family_at_once(team: Team) -> None:
    first, other = pair(team), pair(team)
    later = post(team, "refresh", refresh_token=first["refresh_token"]).json()
    assert opens(team, later["access_token"])
    reused = post(team, "refresh", refresh_token=first["refresh_token"])
    began = time.monotonic()
    assert reused.status_code == 401
    while opens(team, later["access_token"]):
        assert time.monotonic() - began < 1.0, "the family still opens a second after the reuse"
    assert post(team, "refresh", refresh_token=later["refresh_token"]).status_code == 401
    assert opens(team, other["access_token"])  # another sign-in is another family


def test_of_fifty_that_refresh_at_once_one_lineage_lives_at_most(team: Team) -> None:
    token, start = pair(team)["refresh_token"], threading.Barrier(50)

    def renew(_: int) -> httpx.Response:
        start.wait()
        return post(team, "refresh", refresh_token=token)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(renew, range(50)))
    statuses = Counter(one.status_code for one in answers)
    renewed = [one.json() for one in answers if one.status_code == 200]
    living = [one for one in renewed if opens(team, one["access_token"])]
    print(f"50 at once: {dict(statuses)}, {len(living)} lineages live")
    assert set(statuses) <= {200, 401}
    assert len(renewed) <= 1
    assert len(living) <= 1


def test_others_are_answered_while_a_crowd_signs_in(team: Team) -> None:
    done = threading.Event()
    waited: list[float] = []

    def look() -> None:
        with httpx.Client(base_url=team.url, timeout=60) as client:
            while not done.is_set():
                began = time.monotonic()
                assert client.get("/healthz").status_code == 200
                waited.append(time.monotonic() - began)

    with ThreadPoolExecutor(33) as pool:
        looking = pool.submit(look)
        try:
            crowd = list(pool.map(lambda _: pair(team, "operator"), range(32)))
        finally:
            done.set()
        looking.result()
    print(f"32 sign in, {len(waited)} looks meanwhile, the median waits "
          f"{1000 * statistics.median(waited):.0f} ms")  # fmt: skip
    assert len(crowd) == 32
    assert len(waited) >= 3


def test_ten_failures_shut_an_account_for_a_while_and_no_other(team: Team) -> None:
    told = [post(team, "token", username="viewer", password=f"guess {i}") for i in range(10)]
    assert {one.status_code for one in told} == {401}
    shut = post(team, "token", username="Viewer", password=PASSWORD)
    assert shut.status_code == 429
    assert 1 <= int(shut.headers["retry-after"]) <= 900
    assert "Try again in" in shut.json()["detail"]
    assert post(team, "token", username="operator", password=PASSWORD).status_code == 200


def test_no_more_hashes_than_cores_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    class Slow:
        def verify(self, *_: object) -> bool:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.02)
            with lock:
                inside -= 1
            return True

    monkeypatch.setattr(passwords, "_hasher", Slow)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: passwords.verify_password("kept", "given"), range(32)))
    assert 1 <= most <= (os.cpu_count() or 1)


@pytest.mark.bars
def test_an_unknown_name_takes_as_long_as_a_known_one(tmp_path: str) -> None:
    """Medians of interleaved attempts; as many as an address may fail."""
    with Server(tmp_path) as server:  # type: ignore[arg-type]
        team = populated(server)
        took: dict[str, list[float]] = {"known": [], "unknown": []}
        names = ("viewer", "analyst", "operator", "admin")
        with httpx.Client(base_url=team.url, timeout=60) as client:
            for turn in range(36):
                for kind, name in (("known", names[turn % 4]), ("unknown", f"nobody{turn % 4}")):
                    began = time.perf_counter()
                    body = {"username": name, "password": f"guess {turn}"}
                    assert client.post(f"{API}/token", json=body).status_code == 401
                    took[kind].append(time.perf_counter() - began)
        known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
        print(f"known {1000 * known:.1f} ms, unknown {1000 * unknown:.1f} ms, "
              f"ratio {unknown / known:.3f}")  # fmt: skip
        assert 0.9 <= unknown / known <= 1.1
        for turn in range(28):
            post(team, "token", username=f"other{turn}", password="guess")
        shut = post(team, "token", username="somebody", password="guess")
        assert shut.status_code == 429
        assert int(shut.headers["retry-after"]) >= 1
