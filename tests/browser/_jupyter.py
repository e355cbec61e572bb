"""Starts a real Jupyter server, or a Voilà, on the loopback address with a token of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect

from workbench.serve.local import HOST, free_port

#: Seconds until a server must answer; a busy machine compiles and imports for a while.
STARTING = 120


@dataclass
class Served:
    """A server that is running.

    Attributes
    ----------
    address : str
        Without a slash at the end.
    token : str
        Who has it may come in.
    folder : Path
        What it serves.
    """

    address: str
    token: str
    folder: Path

    def url(self, path: str) -> str:
        """Return an address that lets one in."""
        mark = "&" if "?" in path else "?"
        return f"{self.address}/{path}{mark}token={self.token}"


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells that opens with the kernel of this environment."""
    book = nbformat.v4.new_notebook()
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    book.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(book, path)


def run_cells(page: Page, address: str, count: int) -> None:
    """Open a notebook and run its first cells; waits until the kernel has done them."""
    page.goto(address)
    page.locator(".jp-Cell .cm-content").first.click()
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    idle.wait_for(timeout=90_000)
    for place in range(count):
        _run_cell(page, place)


def _run_cell(page: Page, place: int) -> None:
    """Run the cell that has the focus; a JupyterLab that still starts may swallow the keys."""
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").nth(place)
    said: list[str] = []
    for _ in range(3):
        page.keyboard.press("Shift+Enter")
        with contextlib.suppress(AssertionError):
            expect(prompt).not_to_have_text("[ ]:", timeout=15_000)
            return
        said += _answered(page)
        page.locator(".jp-CodeCell .cm-content").nth(place).click()
    raise AssertionError(f"Cell {place} does not run. JupyterLab said: {said}")


def _answered(page: Page) -> list[str]:
    """Answer what JupyterLab asks, as a person would, and return it; a dead kernel is an end."""
    said = page.locator(".jp-Dialog").all_inner_texts()
    assert not any("died" in words for words in said), said
    for _ in said:
        page.locator(".jp-Dialog .jp-mod-accept").last.click()
    return said


@contextlib.contextmanager
def running(command: list[str], folder: Path, home: Path, ready: str) -> Iterator[Served]:
    """Run ``python -m`` with a command; ``ready`` is the path that answers when it is up.

    ``{port}`` and ``{token}`` in the command are filled in.
    """
    port, token = free_port(), secrets.token_hex(16)
    words = [word.format(port=port, token=token) for word in command]
    environment = os.environ | {
        "WORKBENCH_HOME": str(home / "workbench"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "lab"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    log = home / "log.txt"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, env=environment, stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    served = Served(f"http://{HOST}:{port}", token, folder)
    try:
        _wait(served, ready, process, log)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def jupyter_lab(
    folder: Path, home: Path, *, dark: bool = False
) -> contextlib.AbstractContextManager[Served]:
    """Run JupyterLab over a folder, in its light theme or its dark one."""
    settings = home / "lab" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    theme = f"JupyterLab {'Dark' if dark else 'Light'}"
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
    quiet = {"checkForUpdates": False, "fetchNews": "false"}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    words = [
        "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
        "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    return running(words, folder, home, "api/status")


def _wait(served: Served, ready: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return as soon as the server answers."""
    end = time.monotonic() + STARTING
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-3000:]
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(served.url(ready), timeout=5).close()
            return
        process.poll()
        time.sleep(0.1)  # asking again is the only way to know: nothing else tells
    raise AssertionError(f"not ready after {STARTING} s: {log.read_text()[-3000:]}")
