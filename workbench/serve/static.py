"""Static parts of pages: compressed on their way, and kept by browsers under their addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.middleware.gzip import GZipMiddleware

__all__ = ["Static"]

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

#: Where they lie. Nothing of anybody is among them, so that compression gives nothing away.
PLACES = ("/static/", "/components/", "/app.js", "/offline.js", "/guard.js", "/worker.js")
#: What is compressed already.
PACKED = (".woff2", ".png", ".ico", ".gif")
#: An address with a query names the version of its content; the others may change by tomorrow.
FOREVER, A_DAY = b"public, max-age=31536000, immutable", b"public, max-age=86400"


class Static:
    """Passes requests on, and dresses the answers for static parts.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: Any) -> None:
        self._plain, self._packing = app, GZipMiddleware(app, minimum_size=1000, compresslevel=6)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PLACES):
            await self._plain(scope, receive, send)
            return
        lasts = FOREVER if scope["query_string"] else A_DAY

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                headers = list(message.get("headers", []))
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", lasts))
                message = {**message, "headers": headers}
            await send(message)

        app = self._plain if path.endswith(PACKED) else self._packing
        await app(scope, receive, kept)
