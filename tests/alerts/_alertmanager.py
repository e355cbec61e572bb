"""An Alertmanager of Debian's package, started on free ports and stopped again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from workbench.core.message import Message
from workbench.serve.local import free_port

NAMES = ("prometheus-alertmanager", "alertmanager")
QUIET = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


class Alerts:
    """What a running Alertmanager knows."""

    def __init__(self, url: str) -> None:
        self.url = url

    def active(self) -> list[dict[str, Any]]:
        """Return the alerts that are on."""
        answer = httpx.get(f"{self.url}/api/v2/alerts", params={"active": "true"})
        known: list[dict[str, Any]] = answer.raise_for_status().json()
        return known

    @staticmethod
    def now(message: Message, **more: Any) -> Message:
        """Return a message as it is written now: an Alertmanager keeps to its own clock."""
        return replace(message, at=datetime.now(UTC), **more)


def _program() -> str:
    """Return the program; as root on Debian it is fetched where it is missing."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (["update"], ["install", "-y", "--no-install-recommends", NAMES[0]]):
            subprocess.run(["apt-get", "-qq", *words], check=True, capture_output=True)
        found = shutil.which(NAMES[0])
    if found is None:
        pytest.fail("These tests need an Alertmanager: apt-get install prometheus-alertmanager")
    return found


@contextlib.contextmanager
def running_alertmanager() -> Iterator[Alerts]:
    """Run one in a folder of its own, which tells nobody anything."""
    program, port = _program(), free_port()
    with tempfile.TemporaryDirectory(prefix="workbench-alertmanager-") as name:
        folder = Path(name)
        (folder / "config.yml").write_text(QUIET)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, f"--config.file={folder / 'config.yml'}",
                 f"--storage.path={folder / 'data'}", "--cluster.listen-address=",
                 f"--web.listen-address=127.0.0.1:{port}"],
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            until = time.monotonic() + 60
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{url}/-/ready").is_success:
                        break
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.05)
            yield Alerts(url)
        finally:
            process.kill()
            process.wait()
