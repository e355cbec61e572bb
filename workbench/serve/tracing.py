"""A span for each request: its route and status, and the id of who asked; never what was asked."""

from __future__ import annotations

from typing import Any

from workbench.core.tracing import span

__all__ = ["Traced"]


class Traced:
    """Tells the collector of each request; outermost, so that it sees what the gate refuses, too.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name.lower() in (b"traceparent", b"tracestate")
        }
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        told_at_once = {"http.request.method": method}
        with span(method, told_at_once, kind="server", headers=headers) as one:

            async def told(message: Any) -> None:
                if message["type"] == "http.response.start":
                    _note(one, scope, method, message["status"])
                await send(message)

            await self._app(scope, receive, told)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _note(one: Any, scope: Any, method: str, status: int) -> None:
    one.set_attribute("http.response.status_code", status)
    route = getattr(scope.get("route"), "path", "")
    if route:
        one.set_attribute("http.route", route)
        one.update_name(f"{method} {route}")
    who = scope.get("wb_identity")
    if who is not None:
        one.set_attribute("user.id", who.user.id)
    if scope.get("wb_request"):
        one.set_attribute("workbench.request", scope["wb_request"])
    if status >= 500:
        one.failed()
