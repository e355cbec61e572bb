"""Logs as lines of JSON, each with the id of the request that it belongs to."""

from __future__ import annotations

import logging
import sys
from typing import Any

from workbench.core.extras import require
from workbench.core.tracing import trace_id

__all__ = ["configure"]

#: Libraries that tell more than anybody wants to read.
QUIET = ("bokeh", "tornado", "panel", "matplotlib", "numba", "asyncio", "httpx")


def configure(level: int = logging.INFO) -> None:
    """Let every log line of this process leave as JSON on standard error.

    Nothing that people sent is logged: neither bodies nor headers nor queries.
    """
    structlog = require("structlog", extra="server", why="to write logs")
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=("request", "method", "path", "status", "seconds")),
        _with_trace,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _with_trace(logger: Any, method: str, line: dict[str, Any]) -> dict[str, Any]:
    """Add the trace that a line belongs to, so that one is found from the other."""
    known = trace_id()
    return {**line, "trace": known} if known else line
