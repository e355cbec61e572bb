"""Spans: how long what took, told to a collector of OpenTelemetry; to nobody where none is set."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from workbench.core.extras import require
from workbench.core.settings import settings

__all__ = ["span", "start_tracing", "trace_id", "within_span"]

log = logging.getLogger(__name__)
#: Seconds that the collector has to take in a batch: it must not hold up the end of the server.
SECONDS = 5.0
#: What makes spans, while somebody wants them.
_tracer: Any = None


class _Nothing:
    """A span that nobody is told of."""

    def set_attribute(self, name: str, value: Any) -> None:
        """Forget it."""

    def update_name(self, name: str) -> None:
        """Forget it."""

    def failed(self) -> None:
        """Forget it."""


class _Told:
    """A span that the collector is told of."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def set_attribute(self, name: str, value: Any) -> None:
        """Note a value."""
        self._inner.set_attribute(name, value)

    def update_name(self, name: str) -> None:
        """Give it another name."""
        self._inner.update_name(name)

    def failed(self) -> None:
        """Note that what it measures went wrong; what was wrong is for the log."""
        from opentelemetry.trace import StatusCode

        self._inner.set_status(StatusCode.ERROR)


_NOTHING = _Nothing()


def start_tracing() -> Callable[[], None]:
    """Begin to tell the collector of the settings, if there is one; return what ends it.

    Raises
    ------
    MissingExtra
        There is one, but the extra 'telemetry' is not installed.
    """
    global _tracer
    where = settings().telemetry_endpoint
    if where is None:
        return lambda: None
    why = "to tell a collector how long what took (WORKBENCH_TELEMETRY_ENDPOINT is set)"
    exporters = require(
        "opentelemetry.exporter.otlp.proto.http.trace_exporter", extra="telemetry", why=why
    )
    sdk = require("opentelemetry.sdk.trace", extra="telemetry", why=why)
    export = require("opentelemetry.sdk.trace.export", extra="telemetry", why=why)
    path = where.rstrip("/").removesuffix("/v1/traces") + "/v1/traces"
    exporter = exporters.OTLPSpanExporter(endpoint=path, headers=_headers(), timeout=SECONDS)
    provider = sdk.TracerProvider(resource=_resource(), sampler=_sampler(), shutdown_on_exit=False)
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("workbench")

    def stop() -> None:
        global _tracer
        _tracer = None
        provider.shutdown()

    return stop


def _headers() -> dict[str, str]:
    given = settings().telemetry_headers
    pairs = (given.get_secret_value() if given else "").split(",")
    return {
        name.strip().lower(): value.strip()
        for name, _, value in (pair.partition("=") for pair in pairs if pair.strip())
    }


def _resource() -> Any:
    from importlib import metadata

    from opentelemetry.sdk.resources import Resource

    version = metadata.version("anomaly-workbench")
    return Resource.create({"service.name": "anomaly-workbench", "service.version": version})


def _sampler() -> Any:
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased

    # Who sends a request does not choose whether it is told about: only what began here does.
    share = settings().telemetry_share
    root = ALWAYS_ON if share >= 1 else TraceIdRatioBased(share)
    return ParentBased(root, remote_parent_sampled=root, remote_parent_not_sampled=root)


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, Any],
    *,
    kind: str = "internal",
    headers: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """Measure what happens in a block; cheap where nobody wants to know.

    Parameters
    ----------
    name : str
        What is done, without whose: "GET /api/v1/datasets/{dataset}".
    attributes : mapping
        Values by name.
    kind : {"internal", "server", "client", "consumer"}
    headers : mapping, optional
        Of a request: where they name a trace (``traceparent``), this is a part of it.
    """
    if _tracer is None:
        yield _NOTHING
        return
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract(dict(headers)) if headers is not None else None
    with _tracer.start_as_current_span(
        name, context=parent, kind=trace.SpanKind[kind.upper()], attributes=attributes,
        record_exception=False, set_status_on_exception=False,
    ) as inner:  # fmt: skip
        made = _Told(inner)
        try:
            yield made
        except BaseException:
            made.failed()  # without its words: they may hold what people sent
            raise


def within_span() -> bool:
    """Return whether somebody is being told of what happens here."""
    if _tracer is None:
        return False
    from opentelemetry import trace

    return bool(trace.get_current_span().is_recording())


def trace_id() -> str:
    """Return the id of the trace that this belongs to, as collectors show it; "" for none."""
    if _tracer is None:
        return ""
    from opentelemetry import trace

    known = trace.get_current_span().get_span_context()
    return trace.format_trace_id(known.trace_id) if known.is_valid else ""
