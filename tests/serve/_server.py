"""A real server of the team in a process of its own, with one person in each role."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

PASSWORD = "seven yellow submarines"
ROLES = ("viewer", "analyst", "operator", "admin")
#: Seconds that the server has to start: it imports Panel and Bokeh.
STARTING = 90.0


@dataclass
class Server:
    """``workbench serve`` on a free port of the loopback address.

    Attributes
    ----------
    home : Path
        Its data folder.
    env : dict
        Settings beside it.
    """

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    url: str = ""
    lines: list[str] = field(default_factory=list)
    _process: Any = None
    _reader: Any = None

    def environment(self) -> dict[str, str]:
        usual = {"WORKBENCH_LIVE_WORKERS": "0"}  # what is live starts a process of its own
        return {**os.environ, **usual, "WORKBENCH_HOME": str(self.home), **self.env}

    def run(self, *arguments: str, input: str = "") -> str:  # noqa: A002
        """Run a command of the command line beside the server."""
        done = subprocess.run(
            [sys.executable, "-m", "workbench", *arguments],
            env=self.environment(), input=input, text=True, capture_output=True, timeout=120,
            check=True,
        )  # fmt: skip
        return done.stdout

    def fail(self, *arguments: str) -> str:
        """Run a command that refuses what it was asked for; return what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "workbench", *arguments],
            env=self.environment(), text=True, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def start(self, port: int = 0) -> Server:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "workbench", "serve", "--port", str(port), *self.arguments],
            env=self.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        told: queue.Queue[str] = queue.Queue()

        def read() -> None:
            for line in self._process.stdout:
                self.lines.append(line.rstrip())
                told.put(line)
            told.put("")

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        while not self.url:
            line = told.get(timeout=STARTING)
            if not line:
                raise AssertionError("the server ended:\n" + "\n".join(self.lines))
            if "serves http" in line:
                self.url = line.split()[-1]
        return self

    def line(self, words: str) -> str:
        """Return the first line that the server says with these words in it; waits for it."""
        end = time.monotonic() + STARTING
        while time.monotonic() < end:
            for line in self.lines:
                if words in line:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"never said {words!r}:\n" + "\n".join(self.lines))

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self.stop()
        self.url = ""

    def stop(self) -> int:
        if self._process is not None and self.alive:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)
        self._reader.join(30)
        self._process.stdout.close()
        return int(self._process.returncode)

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


@dataclass
class Team:
    """A server with one person in each role, by name of the role."""

    server: Server
    tokens: dict[str, str]
    ids: dict[str, str]

    @property
    def url(self) -> str:
        return self.server.url

    def ask(self, role: str, method: str, path: str, **parts: Any) -> httpx.Response:
        """Send a request as somebody; "" for nobody."""
        headers = dict(parts.pop("headers", {}))
        if role:
            headers.setdefault("authorization", f"Bearer {self.tokens[role]}")
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=120, **parts)

    def cookie(self, name: str, password: str = PASSWORD) -> str:
        """Return the cookie of a new session."""
        answer = httpx.post(
            f"{self.url}/sign-in", data={"username": name, "password": password},
            headers={"origin": self.url}, timeout=60,
        )  # fmt: skip
        assert answer.status_code == 303, answer.text
        return str(answer.cookies["wb_session"])


def populated(server: Server) -> Team:
    """Make one account for each role of a server that runs, named like the role."""
    server.run(
        "users", "create", "admin", "--role", "admin", "--password-stdin", input=PASSWORD + "\n"
    )
    pair = _token(server, "admin")
    team = Team(server, {"admin": pair}, {})
    for role in ROLES[:-1]:
        body = {"name": role, "role": role, "password": PASSWORD}
        assert team.ask("admin", "POST", "/api/v1/users", json=body).status_code == 201
    for role in ROLES:
        token = _token(server, role)
        session = {"authorization": f"Bearer {token}"}
        me = httpx.get(f"{server.url}/api/v1/auth/me", headers=session, timeout=30).json()
        team.ids[role] = me["id"]
        # Keys last as long as the tests, which tokens of access do not.
        asked = {"name": "tests", "scopes": me["permissions"]}
        made = httpx.post(f"{server.url}/api/v1/tokens", json=asked, headers=session, timeout=30)
        team.tokens[role] = made.json()["key"]
    return team


def _token(server: Server, name: str) -> str:
    asked = {"username": name, "password": PASSWORD}
    answer = httpx.post(f"{server.url}/api/v1/auth/token", json=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])
