"""The gate: nothing gets past it that it does not know, HTTP and websockets alike.

Panel checks neither the origin of websockets under FastAPI nor who uses a Bokeh token, so the gate
does: it finds out who asks (cookie or bearer's token), from which origin, and whether the rules
let them pass. It closes websockets of people whose session ends. Pure ASGI: what lies behind
sees requests only after that.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import HTTPException
from fastapi.responses import RedirectResponse, Response

from workbench.core.errors import NotSignedIn, StoreError
from workbench.serve.dressing import Dressed
from workbench.serve.identity import Known, header, shown_identity
from workbench.serve.page_tokens import chooses_session, marks, token_is_theirs
from workbench.serve.plain_pages import plain_page
from workbench.serve.problems import TITLES, problem_response
from workbench.serve.rules import ANYBODY, SIGNED_IN, Rule, Rules
from workbench.team.access import Identity, may
from workbench.team.permissions import PERMISSIONS

__all__ = ["Gate", "Policy"]

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: Ours alone: whoever sends one of these from outside does not get it past the gate.
PREFIX = b"x-wb-"
#: Who did what an app sends only now, as it was offline; see ``pwa/source/queue.js``.
APP_USER = b"x-app-user"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: What changes nothing about who may do what, and comes many times a second.
HARMLESS = ("/score", "/records", "/vitals")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Seconds between two looks at whether an open websocket may stay open.
LOOK = 2.0
#: Close codes of websockets, in the range for applications; ``guard.js`` knows the first and last.
ENDED, REFUSED, GONE = 4401, 4403, 4410
_TOLD = {
    401: "Sign in, or show a token that is valid.",
    403: "Your role does not reach that far. Ask an administrator.",
    404: "There is nothing here.",
    405: "This address does not answer this method.",
    413: "The request is larger than the limit of uploads allows.",
    500: "Something went wrong here. The log has it under this request's id.",
    503: "The database does not answer. Try again in a moment.",
}


@dataclass(frozen=True)
class Policy:
    """How strict a gate is.

    Attributes
    ----------
    origins : frozenset of str
        Origins beside the server's own, as "https://workbench.plant.example".
    body_limit : int
        Bytes that a request may have.
    secure : bool
        Whether browsers come by HTTPS: then they are told to stay with it.
    """

    origins: frozenset[str] = field(default=frozenset())
    body_limit: int = 210 * 1024 * 1024
    secure: bool = False


class _TooLarge(HTTPException):
    """More than a request may have; FastAPI passes this on where other errors become its own."""

    def __init__(self) -> None:
        super().__init__(413, _TOLD[413])


class Gate:
    """Lets requests pass that the rules allow.

    Parameters
    ----------
    app : ASGI application
        What lies behind.
    rules : Rules
    policy : Policy, optional
    """

    def __init__(self, app: Any, rules: Rules, policy: Policy | None = None) -> None:
        self.app, self.rules, self.policy = app, rules, policy or Policy()
        self._known = Known()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take in one websocket."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    # ---- HTTP -----------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, rule = (
            secrets.token_hex(8),
            self.rules.find("http", scope["path"], scope["method"]),
        )
        page = rule is not None and rule.page
        private = rule is None or page or rule.need != ANYBODY
        secure = self.policy.secure
        dressed = Dressed(send, request, page=page, private=private, secure=secure)
        refusal, who = await self._look(scope, rule)
        if refusal is not None or rule is None:
            answer = self._refusal(scope, rule, *(refusal or (404, "")), request)
            await answer(scope, receive, dressed)
            return
        # Pages for everybody are the same for all: browsers keep them for when there is no network.
        if page and who is not None and rule.need != ANYBODY:
            dressed.user = who.user.id
        _pass_on(scope, rule, who, request)
        try:
            await self.app(scope, self._limited(receive), dressed)
        except _TooLarge:
            if not dressed.begun:
                answer = self._refusal(scope, rule, 413, "", request)
                await answer(scope, receive, dressed)
        except Exception:
            # It was told and logged where it happened; only what began no answer gets one here.
            if not dressed.begun:
                log.exception("request failed", extra={"request": request})
                answer = self._refusal(scope, rule, 500, "", request)
                await answer(scope, receive, dressed)
        finally:
            changes = scope["method"] not in SAFE and not scope["path"].endswith(HARMLESS)
            if changes or scope["path"].startswith("/sign-in/"):  # or who came back from afar
                self._known.forget()  # it may have changed who may do what

    async def _look(
        self, scope: Scope, rule: Rule | None
    ) -> tuple[tuple[int, str] | None, Identity | None]:
        """Return status and words of a refusal, or None, and who asks."""
        if rule is None:
            other = any(self.rules.find("http", scope["path"], method) for method in METHODS)
            return (405 if other else 404, ""), None
        length = header(scope, b"content-length")
        if length and (not length.isascii() or not length.isdigit()):
            return (413, ""), None
        if length and int(length[:20]) > self.policy.body_limit:
            return (413, ""), None
        who, status = await self._ask(scope, rule)
        if status:
            return (status, ""), None
        if not self._same_site(scope, who):
            return (403, "This request comes from another site."), None
        meant = header(scope, APP_USER)
        if meant and who is not None and meant != who.user.id:
            return (
                401,
                "What waits here was done by somebody else. They sign in to send it.",
            ), None
        if rule.page and chooses_session(scope["query_string"]):
            return (403, "Which session a page has is not chosen from outside."), None
        return None, who

    async def _ask(self, scope: Scope, rule: Rule) -> tuple[Identity | None, int]:
        """Return who asks, and the status to refuse them with, or 0."""
        try:
            who = await self._known.identity(scope)
        except NotSignedIn:
            return None, 0 if rule.need == ANYBODY else 401
        except StoreError:
            log.exception("The database does not answer.")
            return None, 0 if rule.need == ANYBODY else 503
        if rule.need == ANYBODY:
            return who, 0
        if who is None:
            return None, 401
        if rule.page and who.via.startswith("token:"):
            return who, 403  # a page does whatever its owner may, which a key must not
        return who, 0 if rule.need == SIGNED_IN or may(who, rule.need) else 403

    def _refusal(
        self, scope: Scope, rule: Rule | None, status: int, detail: str, request: str
    ) -> Response:
        told = detail or _TOLD[status]
        if status == 403 and not detail and rule is not None and rule.need in PERMISSIONS:
            about = PERMISSIONS[rule.need]
            told = f"This needs the permission '{rule.need}' ({about}). Ask an administrator."
        if rule is not None and rule.page and scope["method"] in SAFE:
            if status == 401:
                query = scope["query_string"].decode("latin-1")
                wanted = scope["path"] + (f"?{query}" if query else "")
                return RedirectResponse(f"/sign-in?next={quote(wanted, safe='')}", 303)
            way = '<p><a href="/">To the first page</a></p>'
            return plain_page(TITLES[status], told, way, status=status)
        headers = {"www-authenticate": "Bearer"} if status == 401 else {}
        return problem_response(status, told, request, headers)

    def _same_site(self, scope: Scope, who: Identity | None) -> bool:
        """Return whether a cookie was sent by a page of ours, where it matters."""
        by_cookie = who is not None and who.via.startswith("session:")
        if scope["method"] in SAFE or not (by_cookie or who is None):
            return True
        origin = header(scope, b"origin")
        if who is None and not origin:
            return True  # a program without cookies: there is nothing to steal
        return self._own(scope, origin)

    def _own(self, scope: Scope, origin: str) -> bool:
        """Return whether an origin is this server's own, or one of those that are let in."""
        if self.policy.origins:
            return origin in self.policy.origins
        host = header(scope, b"host")
        return bool(host) and origin in (f"http://{host}", f"https://{host}")

    def _limited(self, receive: Receive) -> Receive:
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.policy.body_limit:
                raise _TooLarge
            return message

        return limited

    # ---- websockets -----------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # "websocket.connect"
        rule = self.rules.find("websocket", scope["path"])
        who: Identity | None = None
        if rule is not None and self._own(scope, header(scope, b"origin")):
            who, status = await self._ask(scope, rule)
            who = None if status else who
        if rule is None or who is None or not token_is_theirs(scope, who):
            await send({"type": "websocket.close", "code": REFUSED})
            return
        shown = dict(scope["wb_shown"])
        _pass_on(scope, rule, who, secrets.token_hex(8))
        await _Watched(self.app, scope, rule, shown, receive, send).run()


class _Watched:
    """An open websocket, closed when who opened it may not have it any more."""

    def __init__(
        self,
        app: Any,
        scope: Scope,
        rule: Rule,
        shown: dict[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        self._app, self._scope, self._rule, self._shown = app, scope, rule, shown
        self._receive, self._send = receive, send
        self._over = asyncio.Event()
        self._told = False

    async def run(self) -> None:
        watch = asyncio.create_task(self._watch())
        try:
            await self._app(self._scope, self._next, self._pass)
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while await self._still():
            await asyncio.sleep(LOOK)
        self._over.set()
        await self._send({"type": "websocket.close", "code": ENDED})

    async def _still(self) -> bool:
        try:
            who = await to_thread.run_sync(shown_identity, self._shown)
        except NotSignedIn:
            return False
        except StoreError:
            return True  # the database is away for a moment: nobody is thrown out for that
        return who is not None and (self._rule.need == SIGNED_IN or may(who, self._rule.need))

    async def _next(self) -> Message:
        if not self._told:  # the gate has taken the first word
            self._told = True
            return {"type": "websocket.connect"}
        coming = asyncio.ensure_future(self._receive())
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({coming, over}, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                return coming.result()
        finally:
            for one in (coming, over):
                if not one.done():
                    one.cancel()
        return {"type": "websocket.disconnect", "code": ENDED}

    async def _pass(self, message: Message) -> None:
        if not self._over.is_set():
            with suppress(OSError):  # they left in this moment, and what comes next says so
                await self._send(message)


def _pass_on(scope: Scope, rule: Rule, who: Identity | None, request: str) -> None:
    """Take away what is nobody's business behind the gate, and say who it is."""
    private = (b"cookie", b"authorization") if rule.page else ()
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if not name.lower().startswith(PREFIX) and name.lower() not in private
    ]
    if who is not None:
        headers += marks(who, scope["path"])
    scope["headers"] = headers
    scope["wb_identity"], scope["wb_request"] = who, request
