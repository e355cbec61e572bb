"""Pages that are open without a browser: clients that speak Bokeh's protocol over websockets."""

from __future__ import annotations

import json
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
from bokeh.protocol import Protocol
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from ._server import Team

__all__ = ["OpenPage", "held", "wait_for"]

#: Seconds until an answer must have come; generous.
SOON = 120.0
_TOKEN = re.compile(r'"token":"([^"]+)"')


@dataclass
class OpenPage:
    """A page as a browser has it open: its document pulled, changes sent and answered.

    Attributes
    ----------
    team : Team
    page : str
        With its query.
    cookie : str
    """

    team: Team
    page: str
    cookie: str
    token: str = ""
    root: str = ""
    text: str = ""
    _socket: Any = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _protocol: Any = field(default_factory=Protocol)

    def fetch(self) -> None:
        """Get the page's HTML, which makes its session."""
        sent = {"cookie": f"wb_session={self.cookie}"}
        answer = httpx.get(f"{self.team.url}/{self.page}", headers=sent, timeout=SOON)
        assert answer.status_code == 200, answer.text
        found = _TOKEN.search(answer.text)
        assert found is not None
        self.token = found[1]

    def connect(self) -> None:
        """Open the websocket and pull the document."""
        place = self.team.url.replace("http://", "ws://") + f"/{self.page.partition('?')[0]}/ws"
        headers = {"Cookie": f"wb_session={self.cookie}", "Origin": self.team.url}
        offered: Any = ["bokeh", self.token]
        opening = connect(
            place, subprotocols=offered, additional_headers=headers, proxy=None,
            open_timeout=SOON, max_size=None,
        )  # fmt: skip
        self._socket = self._stack.enter_context(opening)
        assert self._message()[0]["msgtype"] == "ACK"
        reply = self.ask(self._protocol.create("PULL-DOC-REQ"), "PULL-DOC-REPLY")
        self.text = json.dumps(reply)
        self.root = reply["doc"]["roots"][0]["id"]

    def open(self) -> OpenPage:
        self.fetch()
        self.connect()
        return self

    def ready(self) -> OpenPage:
        """Say what a browser says once it has drawn the page: callbacks begin with that."""
        said = {"type": "event", "name": "document_ready", "values": {"type": "map"}}
        event = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": said}
        header = {"msgid": f"ready-{id(self)}", "msgtype": "PATCH-DOC"}
        self._send(json.dumps(header), "{}", json.dumps({"events": [event]}))
        self._until("OK")
        return self

    def change(self, number: int) -> None:
        """Change something on the page, and wait until the server has done so too."""
        event = {"kind": "ModelChanged", "model": {"id": self.root}, "attr": "tags",
                 "new": [number]}  # fmt: skip
        header = {"msgid": f"{number}-{id(self)}", "msgtype": "PATCH-DOC"}
        self._send(json.dumps(header), "{}", json.dumps({"events": [event]}))
        self._until("OK")

    def ask(self, message: Any, reply: str) -> Any:
        self._send(message.header_json, message.metadata_json, message.content_json)
        return self._until(reply)

    def _send(self, *parts: str) -> None:
        for part in parts:
            self._socket.send(part)

    def _until(self, kind: str) -> Any:
        while True:
            header, content = self._message()
            assert header["msgtype"] != "ERROR", content
            if header["msgtype"] == kind:
                return content

    def _message(self) -> tuple[Any, Any]:
        header, _, content = (self._socket.recv(timeout=SOON) for _ in range(3))
        told = json.loads(header)
        for _ in range(2 * told.get("num_buffers", 0)):
            self._socket.recv(timeout=SOON)
        return told, json.loads(content)

    def lost(self) -> bool:
        """Return whether the connection is gone; waits for that."""
        try:
            while True:
                self._socket.recv(timeout=SOON)
        except TimeoutError:
            return False
        except WebSocketException:
            return True

    def come_back(self) -> float:
        """Do what guard.js does after a cut, and return how long it took since then."""
        start = time.monotonic()

        def answers() -> bool:
            try:
                return httpx.get(f"{self.team.url}/healthz", timeout=SOON).is_success
            except httpx.TransportError:
                return False

        wait_for(answers, "the server does not come back", pause=0.5)
        self.open()
        return time.monotonic() - start

    def close(self) -> None:
        self._stack.close()


def held(team: Team) -> int:
    """Return how many pages the server holds."""
    text = team.ask("admin", "GET", "/metrics").text
    return int(float(text.partition("\nworkbench_pages ")[2].partition("\n")[0]))


def wait_for(what: Any, words: str, pause: float = 0.25, most: float = SOON) -> None:
    """Wait until something is so."""
    until = time.monotonic() + most
    while time.monotonic() < until:
        if what():
            return
        time.sleep(pause)
    raise AssertionError(words)
