"""Dashboards are started with our look, for this machine only, over one folder."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cli.app import app
from workbench.core.errors import MissingExtra, ParameterError
from workbench.serve import dashboards
from workbench.serve.dashboards import dashboard_command, dashboard_places, serve_dashboards


class Ended:
    """A process that has ended with 3."""

    def wait(self) -> int:
        return 3


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """Return what would have been run, and with which environment."""
    runs: list[tuple[list[str], dict[str, str]]] = []

    def start(words: list[str], env: dict[str, str]) -> Ended:
        runs.append((words, env))
        return Ended()

    monkeypatch.setattr(dashboards.subprocess, "Popen", start)
    return runs


def test_the_command_hands_over_the_folder_and_our_look(
    started: list[tuple[list[str], dict[str, str]]], tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["dashboards", str(tmp_path), "--port", "8123", "--no-browser"])
    assert done.exit_code == 3
    words, environment = started[0]
    assert words[:3] == [sys.executable, "-m", "voila"]
    assert {"--port=8123", "--Voila.ip=127.0.0.1", "--template=workbench"} <= set(words)
    assert "--no-browser" in words
    assert environment["WORKBENCH_FOLDER"] == str(tmp_path.resolve())
    template = Path(environment["JUPYTER_PATH"].split(os.pathsep)[0]) / "voila/templates/workbench"
    assert (template / "index.html.j2").is_file()


def test_a_browser_opens_unless_told_otherwise(
    started: list[tuple[list[str], dict[str, str]]], tmp_path: Path
) -> None:
    assert serve_dashboards(tmp_path) == 3
    assert "--no-browser" not in started[0][0]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is no folder"):
        serve_dashboards(tmp_path / "nowhere")


def test_without_voila_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "voila", None)
    with pytest.raises(MissingExtra, match=r"anomaly-workbench\[voila\]"):
        serve_dashboards(tmp_path)


def test_ctrl_c_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    waits: list[int] = []

    class Interrupted:
        def wait(self) -> int:
            waits.append(1)
            if len(waits) == 1:
                raise KeyboardInterrupt
            return 0

    monkeypatch.setattr(dashboards.subprocess, "Popen", lambda *_, **__: Interrupted())
    assert serve_dashboards(tmp_path, show=False) == 0
    assert len(waits) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_whoever_ends_it_ends_voila(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = "import os, signal; os.kill(os.getppid(), signal.SIGTERM); signal.pause()"
    words = [sys.executable, "-c", code, "--no-browser"]
    monkeypatch.setattr(dashboards, "dashboard_command", lambda *_: words)
    before = signal.getsignal(signal.SIGTERM)
    assert serve_dashboards(tmp_path) == -signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_no_address_can_choose_another_template_or_file() -> None:
    words = dashboard_command(dashboard_places()[0], 1)
    assert "--VoilaConfiguration.allow_template_override=NO" in words
    assert "--VoilaConfiguration.file_allowlist=[]" in words


def test_what_a_wheel_carries_is_what_is_served() -> None:
    notebooks, jupyter = dashboard_places()
    assert sorted(path.stem for path in notebooks.glob("*.ipynb")) == ["compare", "explore", "live"]
    template = jupyter / "voila" / "templates" / "workbench"
    text = "".join(path.read_text(encoding="utf-8") for path in template.rglob("*.*"))
    assert "https://" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
