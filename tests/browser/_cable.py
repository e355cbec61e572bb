"""A cable between a browser and a server, that can be cut and does what real ones do."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from types import TracebackType
from urllib.parse import urlsplit

__all__ = ["Cable"]

_END = b"\r\n\r\n"
_FAILURE = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_SCRIPTS = re.compile(rb"script-src [^;\r]*")
_VERSION = re.compile(rb'"version": "(.)')


class Cable:
    """Listens on the loopback address, and passes each request on to a server.

    Attributes
    ----------
    failing : int
        Queued writes that are answered 500 in place of the server.
    losing : int
        Queued writes that the server does, and whose answers get lost.
    renewed : bool
        Whether the service worker is another version.
    evaluating : bool
        Whether pages may evaluate text: Playwright must, to look into pages of Firefox, where the
        policy of a page holds for it, too. Nothing else of the policy changes.
    writes : list of str
        Lines of the queued writes that came through, in order.
    """

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._server = (str(parts.hostname), int(parts.port or 80))
        self.failing = self.losing = 0
        self.renewed = self.evaluating = False
        self.writes: list[str] = []
        #: Whether an answer that gets lost is on its way.
        self.held = threading.Event()
        self._free = threading.Event()
        self._free.set()
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._ear = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._ear.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Cable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ear.close()
        self.cut()

    def cut(self) -> None:
        """Let nothing through, and end what is open."""
        self._cut.set()
        with self._lock:
            for one in self._open:
                _end(one)

    def mend(self) -> None:
        """Let everything through again."""
        self._cut.clear()

    def hold(self) -> None:
        """Keep whoever waits for the next answer that gets lost waiting, until :meth:`free`."""
        self.held.clear()
        self._free.clear()

    def free(self) -> None:
        """Let who waits for a lost answer know that it is lost."""
        self._free.set()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._ear.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            self._keep(client)
            try:
                self._pass(client)
            except OSError:
                pass  # cut, or the browser went away
            finally:
                self._forget(client)

    def _pass(self, client: socket.socket) -> None:
        head, body = _head(client)
        if not head or self._cut.is_set():
            return
        queued = b"\r\nidempotency-key:" in head.lower() and head.startswith(b"POST")
        with self._lock:
            fails = queued and self.failing > 0
            loses = queued and not fails and self.losing > 0
            self.failing -= int(fails)
            self.losing -= int(loses)
            if queued and not fails:
                self.writes.append(head.split(b"\r\n")[0].decode())
        if fails:
            client.sendall(_FAILURE)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65_536):
                pass
            return
        if b"\r\nupgrade: websocket" not in head.lower():  # one request a connection
            head = re.sub(rb"\r\nconnection:[^\r]*", b"", head, flags=re.IGNORECASE)
            head = head.replace(_END, b"\r\nConnection: close" + _END)
        if head.startswith(b"GET /worker.js"):  # as plain text, and whole: see below
            asked = rb"\r\n(accept-encoding|if-none-match):[^\r]*"
            head = re.sub(asked, b"", head, flags=re.IGNORECASE)
        with socket.create_connection(self._server, timeout=60) as server:
            server.settimeout(None)
            self._keep(server)
            server.sendall(head + body)
            up = threading.Thread(target=_pump, args=(client, server), daemon=True)
            up.start()
            if loses:
                while server.recv(65_536):
                    pass
                self.held.set()
                self._free.wait(60)
                _end(client)
                return
            if self.renewed and head.startswith(b"GET /worker.js"):
                whole = b""
                while piece := server.recv(65_536):
                    whole += piece
                client.sendall(_VERSION.sub(b'"version": "x', whole, count=1))
                _end(client)
                return
            if self.evaluating:
                answer, rest = _head(server)
                client.sendall(_evaluating(answer) + rest)
            _pump(server, client)
            self._forget(server)

    def _keep(self, one: socket.socket) -> None:
        with self._lock:
            self._open.add(one)

    def _forget(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)


def _evaluating(head: bytes) -> bytes:
    """Return the head of an answer with a policy that lets text be evaluated."""
    if _SCRIPTS.search(head):
        return _SCRIPTS.sub(rb"\g<0> 'unsafe-eval'", head)
    return head.replace(b"default-src 'none'", b"default-src 'none'; script-src 'unsafe-eval'")


def _head(client: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a request with its empty line, and what came of the body."""
    read = b""
    while _END not in read:
        piece = client.recv(65_536)
        if not piece:
            return b"", b""
        read += piece
    head, _, body = read.partition(_END)
    return head + _END, body


def _pump(origin: socket.socket, goal: socket.socket) -> None:
    try:
        while piece := origin.recv(65_536):
            goal.sendall(piece)
    except OSError:
        pass
    _end(goal)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        one.shutdown(socket.SHUT_RDWR)
