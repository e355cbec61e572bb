"""A collector of OpenTelemetry on the loopback address: takes OTLP over HTTP and decodes it."""

from __future__ import annotations

import gzip
import http.server
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

#: Spans are sent every five seconds, on a machine that is busy.
SOON = 60.0


class Collector:
    """What it was told, span by span; ``with`` starts and ends it."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.resource: dict[str, Any] = {}
        collector = self

        class Takes(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take(self.path, dict(self.headers.items()), body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        assert path == "/v1/traces"
        told = ExportTraceServiceRequest.FromString(body)
        self.headers.append({name.lower(): value for name, value in headers.items()})
        for one in told.resource_spans:
            self.resource = _values(one.resource.attributes)
            for scope in one.scope_spans:
                self.spans += [_plain(span) for span in scope.spans]

    def wait(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first span that fits, once it is there."""
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            for one in list(self.spans):
                if fits(one):
                    return one
            time.sleep(0.1)
        raise AssertionError(f"never told; but {[one['name'] for one in self.spans]}")

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _values(attributes: Any) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value")
        for one in attributes
    }


def _plain(span: Any) -> dict[str, Any]:
    return {
        "name": span.name, "trace": span.trace_id.hex(), "id": span.span_id.hex(),
        "parent": span.parent_span_id.hex(), "kind": span.kind, "failed": span.status.code == 2,
        "words": span.status.message, "events": len(span.events),
        "took": span.end_time_unix_nano - span.start_time_unix_nano, **_values(span.attributes),
    }  # fmt: skip
