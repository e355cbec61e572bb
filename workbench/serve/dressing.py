"""What every answer carries: headers that keep browsers careful, and an id."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

from workbench.serve.page_tokens import PROCESS

__all__ = ["Dressed"]

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

#: Scripts of a page: files of ours, what was in the page when it left, and modules that Panel puts
#: together in the browser (blob:). A script that slips in as text does not run.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' blob:; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PLAIN_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: The first script of a page: it says so when the page is closed from here, and brings it back
#: after the process that made it has gone.
GUARD = f'<script src="/guard.js" data-server="{PROCESS}"></script>'
_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Dressed:
    """Passes an answer on with the headers of the house.

    Parameters
    ----------
    send : callable
        ASGI.
    request : str
        Id of the request.
    page : bool
        Whether people look at it: its scripts get a nonce.
    private : bool
        Whether it is for one person, so that nobody keeps it.
    secure : bool
        Whether browsers come by HTTPS.
    """

    def __init__(
        self, send: Send, request: str, *, page: bool, private: bool, secure: bool
    ) -> None:
        self._send, self._request = send, request
        self._page, self._private, self._secure = page, private, secure
        self._start: Message | None = None
        self._body = b""
        self.begun = False
        #: Id of whoever looks, on pages that are not the same for everybody. Such pages live, and
        #: keep things for when they are offline.
        self.user = ""

    async def __call__(self, message: Message) -> None:
        """Pass on one message."""
        if message["type"] == "http.response.start":
            self.begun = True
            kept = [
                (name, value)
                for name, value in message.get("headers", [])
                if name.lower() not in (b"server", b"x-powered-by")
            ]
            if self._page and _is_html(kept):
                self._start = {**message, "headers": kept}
                return
            await self._send({**message, "headers": self._with_ours(kept)})
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._whole(self._start)
        else:
            await self._send(message)

    async def _whole(self, start: Message) -> None:
        nonce = secrets.token_urlsafe(18)
        early = _early() if b"panel.min.js" in self._body else ""
        head = f"<head>{GUARD if self.user else ''}{early}{_app(self.user)}".encode("ascii")
        guarded = self._body.replace(b"<head>", head, 1)
        body = _SCRIPT.sub(b'<script nonce="%s"' % nonce.encode("ascii"), guarded)
        kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode("ascii")))
        await self._send({**start, "headers": self._with_ours(kept, nonce)})
        await self._send({"type": "http.response.body", "body": body})

    def _with_ours(self, kept: Headers, nonce: str = "") -> Headers:
        policy = PAGE_POLICY.format(nonce=nonce) if nonce else PLAIN_POLICY
        added = _usual(policy, self._request)
        if self._private:
            added.append((b"cache-control", b"no-store"))
        if self._secure:
            added.append((b"strict-transport-security", b"max-age=31536000"))
        names = {name.lower() for name, _ in kept}
        return [*kept, *(pair for pair in added if pair[0] not in names)]


@cache
def _early() -> str:
    """Return what lets a browser fetch the largest script at once, and not last of all.

    Panel names it only in what comes over the websocket, when all other scripts have run.
    """
    import panel_material_ui as pmui

    page: Any = pmui.Page  # type: ignore[attr-defined]  # exported at run time
    way = str(page._render_esm(server=True)).removeprefix("./")
    if not way.startswith("static/"):
        return ""
    return f'<link rel="modulepreload" href="{way}">'


def _app(user: str) -> str:
    """Return what makes a page part of the installable app."""
    from workbench.serve.pwa.assets import script, version
    from workbench.serve.pwa.manifest import COLOURS

    parts = [
        '<link rel="manifest" href="/manifest.webmanifest">',
        '<link rel="apple-touch-icon" href="/icons/apple-180.png">',
        *(
            f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {theme})">'
            for theme, colour in COLOURS.items()
        ),
    ]
    if user:
        way = f"/app.js?v={script('app.js').version}"
        told = f'data-user="{user}" data-version="{version()}"'
        parts.append(f'<script src="{way}" {told} defer></script>')
    return "".join(parts)


def _is_html(headers: Headers) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in headers
    )


def _usual(policy: str, request: str) -> Headers:
    return [
        (b"content-security-policy", policy.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"x-request-id", request.encode("ascii")),
    ]
