"""The files in ``binder/`` make an environment in which all three doors open.

A build downloads every dependency: one of the full counts (``pytest -m bars tests/binder``), and
a step of its own in ``.ci/run``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.serve.local import HOST, free_port

ROOT = Path(__file__).parents[2]
BINDER = ROOT / "binder"
BUILDING, STARTING, ANSWERING = 900, 120, 120

pytestmark = [pytest.mark.bars, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files, as a builder of images gets them."""
    place = tmp_path_factory.mktemp("binder") / "repository"
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, place / name)
    return place


@pytest.fixture(scope="module")
def environment(clone: Path) -> dict[str, str]:
    """A clean virtual environment with what ``requirements.txt`` names, after ``postBuild``."""
    venv = clone.parent / "venv"
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(venv / "bin" / "python")]
    subprocess.run(
        [*install, "-r", "binder/requirements.txt"], cwd=clone, check=True, timeout=BUILDING
    )
    home = clone.parent / "home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    made = {**kept, "HOME": str(home), "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([str(clone / "binder" / "postBuild")], cwd=clone, env=made, check=True)
    return made


@pytest.fixture(scope="module")
def server(clone: Path, environment: dict[str, str]) -> Iterator[str]:
    """Jupyter as a hub starts it: in the root of the repository."""
    port, token = free_port(), secrets.token_hex(16)
    options = [f"--ServerApp.port={port}", f"--ServerApp.ip={HOST}", "--ServerApp.allow_root=True"]
    log = clone.parent / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            ["jupyter", "lab", "--no-browser", *options, f"--IdentityProvider.token={token}"],
            cwd=clone, env=environment, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    address = f"http://{HOST}:{port}/{{}}{{}}token={token}"
    try:
        deadline = time.monotonic() + STARTING
        while not _answers(address.format("api/status", "?")):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=5).status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _page(server: str, path: str) -> str:
    mark = "&" if "?" in path else "?"
    with urllib.request.urlopen(server.format(path, mark), timeout=ANSWERING) as answer:
        assert answer.status == 200
        return str(answer.read().decode("utf-8"))


def test_lab_opens_the_first_notebook(server: str) -> None:
    assert "jupyter-config-data" in _page(server, "lab/tree/notebooks/01_first_look.ipynb")
    assert "A first look" in _page(server, "api/contents/notebooks/01_first_look.ipynb")


def test_voila_shows_the_dashboard(server: str) -> None:
    page = _page(server, "voila/render/apps/voila/explore.ipynb")
    assert "Anomaly Workbench" in page
    assert "import workbench" not in page, "the code of the notebook is no part of a dashboard"


def test_the_panel_app_answers_behind_the_proxy(server: str) -> None:
    page = _page(server, "workbench/explore")
    assert "<title>Anomaly Workbench</title>" in page


def test_the_links_in_the_readme_are_those_that_open(server: str) -> None:
    words = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (
        "lab/tree/notebooks/01_first_look.ipynb",
        "voila/render/apps/voila/explore.ipynb",
        "workbench/explore",
    ):
        assert path in words
