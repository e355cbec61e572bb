"""Starts the demo in its own process, and a browser that remembers all that went wrong."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))  # _browser is beside this file

from _browser import find_or_install, flags
from _watched import Watched, watching

START = "from workbench.serve.local import serve_demo; serve_demo(0, show=False)"


@pytest.fixture(scope="session")
def play() -> Iterator[Playwright]:
    with sync_playwright() as play:
        yield play


@pytest.fixture(scope="session")
def browser(play: Playwright) -> Iterator[Browser]:
    browser = play.chromium.launch(executable_path=find_or_install(), args=flags())
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a demo that really runs; stopped by Ctrl-C as a person would."""
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "WORKBENCH_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", START], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environment, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    said = []
    while True:
        said.append(lines.get(timeout=90))
        if match := re.search(r"http://\S+/explore", said[-1]):
            break
        assert said[-1], f"The demo ended before it was ready: {''.join(said)}"
    yield match.group(0)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    process.stdout.close() if process.stdout else None


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    """A desktop page; at the end it must have 0 console errors and 0 external requests."""
    yield from watching(browser, address, {"width": 1440, "height": 900})


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Watched]:
    """The same on a phone."""
    yield from watching(browser, address, {"width": 390, "height": 844}, touch=True)
