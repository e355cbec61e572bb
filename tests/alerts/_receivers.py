"""Real receivers on loopback: an HTTP server that answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Keeps every request, and answers each with ``status`` once ``gate`` is open."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.status: int | Callable[[Got], int] = 200
        self.answer: dict[str, str] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.came = threading.Semaphore(0)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                told = {name.lower(): value for name, value in self.headers.items()}
                got = Got(self.path, told, body)
                outer.got.append(got)
                outer.came.release()
                outer.gate.wait(60)
                status = outer.status(got) if callable(outer.status) else outer.status
                try:
                    self.send_response(status)
                    for name, value in {"content-length": "0", **outer.answer}.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    pass  # whoever asked is gone

            def log_message(self, *words: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Receiver:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
