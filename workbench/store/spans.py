"""A span for each question to the database that is a part of something larger."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from sqlalchemy import Engine, event

from workbench.core.tracing import span, within_span

__all__ = ["watch"]

MOST_TEXT = 2000


def watch(engine: Engine) -> None:
    """Measure what is asked of a database, while somebody wants to know.

    Only what a request or a job asks: the runner looks into its queue all the time. The text has
    places for values, and not the values.
    """
    event.listen(engine, "before_cursor_execute", _before)
    event.listen(engine, "after_cursor_execute", _after)
    event.listen(engine, "handle_error", _failed)


def _before(connection: Any, cursor: Any, text: str, values: Any, context: Any, many: bool) -> None:
    verb = text.split(None, 1)[0].upper() if text.strip() else ""
    if context is None or verb in ("BEGIN", "PRAGMA") or not within_span():
        return
    stack = ExitStack()
    system = "postgresql" if connection.dialect.name == "postgresql" else "sqlite"
    told = {"db.system.name": system, "db.query.text": text[:MOST_TEXT]}
    stack.enter_context(span(verb, told, kind="client"))
    context.wb_span = stack


def _after(connection: Any, cursor: Any, text: str, values: Any, context: Any, many: bool) -> None:
    _end(context)


def _failed(told: Any) -> None:
    _end(told.execution_context)


def _end(context: Any) -> None:
    stack = getattr(context, "wb_span", None)
    if stack is not None:
        context.wb_span = None
        stack.close()
