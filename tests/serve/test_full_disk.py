"""A disk without room: each write says so, reading goes on, and what is left is whole."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from workbench.serve.problems import PROBLEM

from ._copies import access
from ._disk import Disk, small_disk
from ._server import Server, Team, populated
from ._steps import CSV, detected, done, model_of, opened_page, uploaded
from ._writes import writes

MAY_MOUNT = os.geteuid() == 0 if hasattr(os, "geteuid") else False
#: Bytes that an order needs in the database, and far fewer than a model of many trees.
LITTLE = 400_000
MANY_TREES = {"n_estimators": 1500}


@dataclass
class Full:
    """A server on a small disk, with what its people made before there was no room."""

    team: Team
    disk: Disk
    made: dict[str, str]
    cookie: str

    def fill(self, left: int = 0) -> None:
        """Let there be no room, also not within the database's own log."""
        with sqlite3.connect(self.team.server.home / "workbench.db", timeout=30) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self.disk.fill(left)

    def kept(self) -> dict[str, Any]:
        """Return what is there: all files, and how many rows each table has."""
        home = self.team.server.home
        files = {str(one.relative_to(home)) for one in (home / "artifacts").rglob("*")
                 if one.is_file()}  # fmt: skip
        with sqlite3.connect(home / "workbench.db", timeout=30) as connection:
            names = [row[0] for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
            counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                      for name in names if name != "jobs"}  # fmt: skip
        connection.close()
        return {"files": files, **counts}

    def ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        return self.team.ask("admin", method, f"/api/v1{path}", **parts)

    def reads(self) -> None:
        """See that everything that was there can be read."""
        made = self.made
        for path in (
            "/datasets", f"/datasets/{made['data']}/versions/1/file", "/audit", "/jobs",
            f"/datasets/{made['data']}/rows", f"/detections/{made['found']}/scores", "/models",
            f"/detections/{made['found']}/labels", f"/models/{made['model']}/versions/1/file",
        ):  # fmt: skip
            answer = self.ask("GET", path)
            assert answer.status_code == 200, f"{path}: {answer.text}"
        rows = {"rows": [{"a": 3, "b": 4}]}
        assert self.ask("POST", f"/models/{made['model']}/score", json=rows).status_code == 200
        assert "Anomaly Workbench" in opened_page(self.team, "explore", self.cookie)
        ready = httpx.get(f"{self.team.url}/readyz", timeout=60)
        assert (ready.status_code, ready.json()["parts"]["database"]) == (200, "ok")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    if not MAY_MOUNT:
        pytest.skip("run by test_without_root_the_same_is_seen_in_a_namespace_of_ones_own")
    folder = tmp_path_factory.mktemp("full") / "disk"
    with small_disk(folder, "40m") as disk:
        settings = {"WORKBENCH_JOB_WORKERS": "1"}
        with Server(folder / "home", settings) as server:
            team = populated(server)
            data = uploaded(team, who="admin")["dataset"]["id"]
            found = detected(team, data, "ecod", "admin")
            said = {"rows": [60, 9, 10, 11], "verdict": "anomaly"}
            team.ask("admin", "POST", f"/api/v1/detections/{found}/labels", json=said)
            model = model_of(team, found, "admin")["model"]["id"]
            model_of(team, found, "admin", model=model)
            promote = f"/api/v1/models/{model}/versions/1/promote"
            assert team.ask("admin", "POST", promote).status_code == 200
            wb = team.ask("admin", "GET", f"/api/v1/models/{model}/versions/1/file").content
            (tmp_path := tmp_path_factory.mktemp("wb") / "m.wb").write_bytes(wb)
            made = {"data": data, "found": found, "model": model, "wb": str(tmp_path)}
            made |= {"user": team.ids["viewer"], "access": access(team, "admin")}
            yield Full(team, disk, made, team.cookie("admin"))


@pytest.fixture(autouse=True)
def room_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make room after each test, whatever it found."""
    yield
    if "full" in request.fixturenames:
        request.getfixturevalue("full").disk.free()


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 507, answer.text
    assert answer.headers["content-type"] == PROBLEM
    told = answer.json()
    assert told["title"] == "No room left"
    assert "Make room" in told["detail"]


def test_at_every_point_a_full_disk_is_told_and_leaves_nothing_half(full: Full) -> None:
    before, points = full.kept(), writes(full.made)
    full.fill()
    for name, (method, path, parts) in points.items():
        print(name)
        refused(full.ask(method, path, **parts))
    full.reads()
    assert full.kept() == before
    full.disk.free()
    print(f"{len(points)} points on a full disk: {len(points)} times 507, nothing half")
    wrong = {}
    for name, (method, path, parts) in points.items():
        answer = full.ask(method, path, **parts)
        if answer.status_code >= 300:
            wrong[name] = answer.text
    assert set(wrong) <= {"archive"}, wrong  # of the champion that was just promoted
    verdict = full.ask("POST", "/audit/verify").json()
    assert verdict["whole"], verdict
    idle(full)


def idle(full: Full) -> None:
    """Wait until no job runs."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        lists = [full.ask("GET", f"/jobs?state={one}").json()["total"] for one in
                 ("queued", "running")]  # fmt: skip
        if not any(lists):
            return
        time.sleep(0.1)
    raise AssertionError("the jobs do not end")


def test_work_that_finds_no_room_at_its_end_fails_with_the_same_words(full: Full) -> None:
    run = {"dataset": full.made["data"], "detector": "iforest", "params": MANY_TREES}
    before = full.kept()
    full.fill(LITTLE)
    job = done(full.team, full.ask("POST", "/detections", json=run), "admin")
    assert job["state"] == "failed", job
    assert job["error"]["title"] == "StorageFull", job
    assert "Make room" in job["error"]["detail"]
    assert full.kept()["files"] == before["files"]
    full.disk.free()
    again = done(full.team, full.ask("POST", "/detections", json=run), "admin")
    assert again["state"] == "done", again


def test_a_job_that_cannot_even_say_how_it_ended_says_so_when_there_is_room(full: Full) -> None:
    run = {"dataset": full.made["data"], "detector": "iforest", "params": MANY_TREES}
    asked = full.ask("POST", "/detections", json=run | {"random_state": 9})
    full.fill()
    full.reads()
    full.disk.free()
    job = done(full.team, asked, "admin")
    if job["state"] == "failed":
        assert job["error"]["title"] == "StorageFull", job
    else:
        assert job["state"] == "done"


def test_a_backup_onto_a_full_disk_says_so_and_leaves_none(full: Full) -> None:
    path = full.disk.folder / "monday.tar"
    full.fill(50_000)
    told = full.team.server.fail("backup", str(path))
    assert "no room left for 'monday.tar'" in told
    full.disk.free()
    assert not path.exists()
    assert not list(full.disk.folder.glob(".backup-*"))
    assert "Wrote" in full.team.server.run("backup", str(path))


def test_a_server_that_starts_on_a_full_disk_is_read_and_needs_nobody_later(full: Full) -> None:
    server = full.team.server
    server.stop()
    server.url = ""
    full.disk.fill()
    server.start()
    full.reads()
    full.disk.free()
    made = full.ask("POST", "/views", json={"name": "after", "page": "explore"})
    assert made.status_code == 201, made.text


def test_a_server_that_has_no_room_to_start_says_so(full: Full) -> None:
    server = full.team.server
    server.stop()
    full.fill()  # SQLite keeps nothing beside the database now, and has to
    assert "Make room" in server.fail("serve", "--port", "0")
    full.disk.free()
    server.url = ""
    server.start()
    full.reads()


def test_an_upload_that_finds_no_room_for_temporary_files_says_so(tmp_path: Path) -> None:
    if not MAY_MOUNT:
        pytest.skip("run by test_without_root_the_same_is_seen_in_a_namespace_of_ones_own")
    place = tmp_path / "tmp"
    settings = {"TMPDIR": str(place)}
    with small_disk(place, "32m") as disk, Server(tmp_path / "home", settings) as server:
        team = populated(server)
        files = {"file": ("d.csv", CSV + b"1,2,0\n" * 400_000)}  # more than is held in memory
        uploaded(team, CSV + b"4,4,0\n" * 400_000, who="admin")  # it has chosen its folder now
        disk.fill()
        refused(team.ask("admin", "POST", "/api/v1/datasets", files=files))
        disk.free()
        uploaded(team, who="admin")


def test_a_full_disk_of_postgresql_is_told_the_same_way(postgres: str, tmp_path: Path) -> None:
    if not MAY_MOUNT or os.environ.get("WORKBENCH_IN_NAMESPACE"):
        pytest.skip("PostgreSQL needs a disk of its own user, which only root can give it")
    place = Path("/tmp") / f"workbench-space-{os.getpid()}"  # where its user gets to
    plain = postgres.replace("+psycopg", "")
    with small_disk(place, "40m") as disk, psycopg.connect(plain, autocommit=True) as connection:
        shutil.chown(place, "postgres")
        connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        connection.execute("CREATE DATABASE small TABLESPACE small")
        address = make_url(postgres).set(database="small").render_as_string(hide_password=False)
        try:
            with Server(tmp_path / "home", {"WORKBENCH_DATABASE": address}) as server:
                team = populated(server)
                disk.fill()
                body = {"page": "explore", "query": "q" * 3000}
                for number in range(200):  # until the room within its files is used up
                    sent = body | {"name": f"view {number}"}
                    answer = team.ask("admin", "POST", "/api/v1/views", json=sent)
                    if answer.status_code != 201:
                        break
                refused(answer)
                assert team.ask("admin", "GET", "/api/v1/views").json()["total"] == number
                disk.free()
                again = team.ask("admin", "POST", "/api/v1/views", json=body | {"name": "again"})
                assert again.status_code == 201, again.text
                assert team.ask("admin", "POST", "/api/v1/audit/verify").json()["whole"]
        finally:
            connection.execute("DROP DATABASE small WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")
    place.rmdir()


@pytest.mark.skipif(MAY_MOUNT, reason="root sees it without")
@pytest.mark.timeout(900)
def test_without_root_the_same_is_seen_in_a_namespace_of_ones_own() -> None:
    words = ["unshare", "-rm", sys.executable, "-m", "pytest", "-n0", "-q", "-k", "not postgresql"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*words[:2], "true"], check=False).returncode
    ):
        pytest.skip("neither root nor namespaces of one's own: no small disk can be mounted here")
    environment = {**os.environ, "WORKBENCH_IN_NAMESPACE": "1"}
    assert subprocess.run([*words, __file__], env=environment, check=False).returncode == 0
