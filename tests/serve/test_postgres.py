"""The whole server on PostgreSQL: the same day as on a file, and backups by its own programs."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from websockets.sync.client import connect

from tests.store._postgres import fresh_database

from ._server import Server, Team, populated
from ._steps import CSV, detected, model_of, opened_page, uploaded

ROWS = [{"a": 3, "b": 5}, {"a": 400, "b": -90}]


@pytest.fixture(scope="module")
def address(postgres: str) -> Iterator[str]:
    with fresh_database(postgres) as found:
        yield found


@pytest.fixture(scope="module")
def team(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A server that was told of its database by its option, with one person in each role."""
    home = tmp_path_factory.mktemp("server")
    with Server(home, arguments=("--database", address)) as server:
        server.env["WORKBENCH_DATABASE"] = address
        yield populated(server)
    assert not (home / "workbench.db").exists()
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


@pytest.fixture(scope="module")
def model(team: Team) -> str:
    """A model with two versions."""
    found = detected(team, uploaded(team)["dataset"]["id"])
    made = model_of(team, found)["model"]["id"]
    model_of(team, found, model=made)
    return str(made)


def test_a_day_works_as_on_a_file(team: Team, model: str) -> None:
    data = uploaded(team, CSV + b"8,8,0\n")
    found = detected(team, data["dataset"]["id"])
    said = {"rows": [60], "verdict": "anomaly", "comment": "a valve stuck"}
    path = f"/api/v1/detections/{found}"
    assert team.ask("analyst", "POST", f"{path}/labels", json=said).status_code == 201
    labels = team.ask("analyst", "GET", f"{path}/labels").json()
    assert [(one["row"], one["author"]) for one in labels] == [(60, "analyst")]
    assert team.ask("operator", "GET", f"{path}").status_code == 404  # nobody has opened it to them
    answer = team.ask("analyst", "POST", f"/api/v1/models/{model}/score", json={"rows": ROWS})
    assert answer.status_code == 200, answer.text
    assert team.ask("analyst", "GET", "/api/v1/datasets?q=d&sort=name").json()["total"] == 2
    assert "as they were written" in team.server.run("audit", "verify")


def test_a_page_opens_and_speaks(team: Team) -> None:
    cookie = team.cookie("analyst")
    token = re.search(r'"token":"([^"]+)"', opened_page(team, "explore", cookie))
    assert token is not None
    headers = {"Cookie": f"wb_session={cookie}", "Origin": team.url}
    place = team.url.replace("http://", "ws://") + "/explore/ws"
    with connect(
        place, subprotocols=["bokeh", token[1]], additional_headers=headers, proxy=None
    ) as websocket:  # type: ignore[list-item]
        assert '"ACK"' in str(websocket.recv(timeout=60))


def test_two_who_promote_at_once_leave_one_champion(team: Team, model: str) -> None:
    path = f"/api/v1/models/{model}/versions"

    def promote(number: int) -> int:
        return team.ask("admin", "POST", f"{path}/{number % 2 + 1}/promote").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(promote, range(24))) == {200}
    stages = [one["stage"] for one in team.ask("admin", "GET", path).json()]
    assert stages.count("champion") == 1, stages


def test_words_that_the_database_has_no_room_for_are_the_clients_fault(team: Team) -> None:
    # SQLite takes them; PostgreSQL says no, and that must be no fault of the server's.
    tries = {
        "/api/v1/views": {"name": "x" * 120, "page": "explore", "query": "y" * 3000},
        "/api/v1/groups": {"name": "\ud800"},
        "/api/v1/roles": {"name": "r" * 200, "permissions": []},
        "/api/v1/users": {"name": "u" * 200, "role": "viewer", "password": "long enough 1"},
        "/api/v1/tokens": {"name": "k\x00", "scopes": ["models:read"]},
        "/api/v1/datasets/from-source": {
            "name": "n" * 120,
            "source": "sample:pump",
            "note": "\x00",
        },
    }
    for path, body in tries.items():
        sent = {"content": json.dumps(body), "headers": {"content-type": "application/json"}}
        assert team.ask("admin", "POST", path, **sent).status_code < 500, path


def test_a_backup_is_brought_back_into_an_empty_database(
    team: Team, model: str, postgres: str, tmp_path: Path
) -> None:
    path = tmp_path / "monday.tar"
    team.server.run("backup", str(path))
    with fresh_database(postgres) as empty:
        server = Server(tmp_path / "elsewhere", {"WORKBENCH_DATABASE": empty})
        assert "Restored" in server.run("restore", str(path))
        assert "as they were written" in server.run("audit", "verify")
        with server:
            again = Team(server, team.tokens, team.ids)
            there = [
                one.ask("analyst", "GET", f"/api/v1/{noun}").json()["items"]
                for noun in ("datasets", "detections", "models")
                for one in (team, again)
            ]
            assert there[::2] == there[1::2]
            answers = [
                one.ask("analyst", "POST", f"/api/v1/models/{model}/score", json={"rows": ROWS})
                for one in (team, again)
            ]
            assert answers[0].json()["scores"] == answers[1].json()["scores"]
        told = server.fail("restore", str(path))
        assert "tables already" in told


def test_a_backup_of_the_other_kind_is_refused(team: Team, postgres: str, tmp_path: Path) -> None:
    path = tmp_path / "monday.tar"
    team.server.run("backup", str(path))
    file = Server(tmp_path / "file")
    assert "another kind of database" in file.fail("restore", str(path))
    assert not (tmp_path / "file" / "secret.key").exists()


def test_a_restore_into_a_database_with_tables_changes_nothing(
    team: Team, postgres: str, tmp_path: Path
) -> None:
    path = tmp_path / "monday.tar"
    team.server.run("backup", str(path))
    with fresh_database(postgres) as theirs:
        with psycopg.connect(theirs.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE TABLE invoices (id int)")
        server = Server(tmp_path / "home", {"WORKBENCH_DATABASE": theirs})
        assert "invoices" in server.fail("restore", str(path))
        assert not (tmp_path / "home").exists()
        with psycopg.connect(theirs.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT count(*) FROM invoices").fetchone() == (0,)


def test_without_the_programs_of_postgresql_one_is_told_to_install_them(
    team: Team, tmp_path: Path
) -> None:
    server = Server(team.server.home, {**team.server.env, "PATH": str(tmp_path)})
    assert "install PostgreSQL's programs" in server.fail("backup", str(tmp_path / "a.tar"))
    assert not (tmp_path / "a.tar").exists()
    assert [one.name for one in tmp_path.iterdir()] == []


def test_a_pg_dump_that_is_too_old_is_named_with_both_versions(team: Team, tmp_path: Path) -> None:
    # An old pg_dump cannot be installed beside the new one: this one only says its version.
    old = tmp_path / "pg_dump"
    old.write_text(f"#!{shutil.which('sh')}\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    server = Server(team.server.home, {**team.server.env, "PATH": path})
    told = server.fail("backup", str(tmp_path / "a.tar"))
    assert "version 9 " in told
    assert "or later" in told


def test_a_database_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    address = "postgresql+psycopg://somebody:hush-hush@127.0.0.1:1/none"
    server = Server(tmp_path / "home", {"WORKBENCH_DATABASE": address})
    for words in (("backup", str(tmp_path / "a.tar")), ("restore", str(tmp_path / "a.tar"))):
        told = server.fail(*words)
        assert "cannot be reached" in told
        assert "hush-hush" not in told
