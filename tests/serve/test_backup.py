"""Everything in one file: made while the server works, and whole when it is brought back."""

from __future__ import annotations

import tarfile
import threading
from pathlib import Path

import pytest

import workbench as wb

from ._server import PASSWORD, Server, Team, populated


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A backup that was made while somebody went on to save views, and a model's id in it."""
    folder = tmp_path_factory.mktemp("backup")
    with Server(folder / "home") as server:
        team: Team = populated(server)
        with wb.connect(team.url, team.tokens["analyst"]) as analyst:
            data = analyst.load("sample:breast-cancer", name="scans")
            model = analyst.save(analyst.detect(data, "ecod"), "scan watch")
            over = threading.Event()

            def go_on() -> None:
                number = 0
                while not over.is_set():
                    number += 1
                    body = {"name": f"view {number}", "page": "explore"}
                    team.ask("analyst", "POST", "/api/v1/views", json=body)

            busy = threading.Thread(target=go_on)
            busy.start()
            server.run("backup", str(folder / "monday.tar"))
            over.set()
            busy.join()
    return folder / "monday.tar", model.id


def test_a_backup_is_brought_back_whole(backup: tuple[Path, str], tmp_path: Path) -> None:
    path, model = backup
    server = Server(tmp_path / "elsewhere")
    assert "Restored" in server.run("restore", str(path))
    assert "as they were written" in server.run("audit", "verify")
    with server, wb.connect(server.url, username="analyst", password=PASSWORD) as team:
        row = team.datasets("scans")[0].rows(0, 1)
        assert len(team.model(model).score(row)) == 1
        names = [one["name"] for one in team.connection.pages("/views", sort="created")]
        assert names == [f"view {number}" for number in range(1, len(names) + 1)]


def test_nothing_is_restored_over_what_is_there(backup: tuple[Path, str], tmp_path: Path) -> None:
    path, _ = backup
    server = Server(tmp_path / "home")
    server.run("users", "create", "ada", "--role", "admin", "--password-stdin", input=PASSWORD)
    told = server.fail("restore", str(path))
    assert "holds a database already" in told
    assert "ada" in server.run("users", "list")


def test_a_backup_that_was_altered_is_refused(backup: tuple[Path, str], tmp_path: Path) -> None:
    path, _ = backup
    raw = bytearray(path.read_bytes())
    with tarfile.open(path) as file:
        member = next(one for one in file if one.name.startswith("artifacts/") and one.size > 10)
    raw[member.offset_data + 5] ^= 0xFF
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(raw)
    server = Server(tmp_path / "home")
    assert "damaged" in server.fail("restore", str(damaged))
    assert not (tmp_path / "home" / "workbench.db").exists()
    for content in (b"", b"no tar at all", raw[:3000]):
        damaged.write_bytes(content)
        assert "damaged.tar" in server.fail("restore", str(damaged))
        assert not (tmp_path / "home" / "workbench.db").exists()


def test_a_tar_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    import io

    for name in ("../evil", "/etc/evil", "artifacts/../../evil", "artifacts/a/b", "evil.sh"):
        path = tmp_path / "evil.tar"
        with tarfile.open(path, "w") as file:
            member = tarfile.TarInfo(name)
            member.size = 4
            file.addfile(member, io.BytesIO(b"evil"))
        server = Server(tmp_path / "home")
        assert "no backup" in server.fail("restore", str(path))
    assert not list(tmp_path.rglob("evil"))


def test_only_its_owner_reads_a_backup(backup: tuple[Path, str]) -> None:
    assert backup[0].stat().st_mode & 0o077 == 0
