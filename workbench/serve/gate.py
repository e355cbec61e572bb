"""The gate: nothing gets past it that it does not know, HTTP and websockets alike.

Panel checks neither the origin of websockets under FastAPI nor who uses a Bokeh token, so the gate
does: it finds out who asks (cookie or bearer's token), from which origin, and whether the rules
let them pass. It closes websockets of people whose session ends. Pure ASGI: what lies behind
sees requests only after that.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread

from workbench.core.errors import NotSignedIn, StoreError
from workbench.serve.rules import ANYBODY, SIGNED_IN, Rule, Rules
from workbench.team.access import Identity, may
from workbench.team.signing import digest, session_identity
from workbench.team.tokens import token_identity

__all__ = ["COOKIE", "Gate", "Policy"]

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

COOKIE = "wb_session"
#: Ours alone: whoever sends one of these from outside does not get it past the gate.
PREFIX = b"x-wb-"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Seconds between two looks at whether an open websocket may stay open.
LOOK = 2.0
#: Seconds that it is believed who somebody is, and how many are remembered at once.
FRESH, MOST_KNOWN = 1.0, 1000
#: Close codes of websockets, in the range for applications.
ENDED, REFUSED = 4401, 4403
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' blob:; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' "
    "blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PLAIN_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


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


class _TooLarge(Exception):
    pass


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
        self._known = _Known()

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
        request = secrets.token_hex(8)
        rule = self.rules.find("http", scope["path"], scope["method"])
        answer = _Answer(scope, send, request, page=rule is not None and rule.page)
        if rule is None:
            other = any(
                self.rules.find("http", scope["path"], m) for m in ("GET", "POST", "DELETE")
            )
            await answer.problem(405 if other else 404)
            return
        if int(_header(scope, b"content-length") or 0) > self.policy.body_limit:
            await answer.problem(413)
            return
        who, status = await self._ask(scope, rule)
        if status:
            await self._refuse(scope, answer, rule, status)
            return
        if not self._same_site(scope, who):
            await answer.problem(403, "This request comes from another site.")
            return
        _pass_on(scope, rule, who, request)
        try:
            await self.app(scope, self._limited(receive), self._dressed(send, rule, answer))
        except _TooLarge:
            await answer.problem(413)
        finally:
            if scope["method"] not in SAFE and not scope["path"].endswith("/score"):
                self._known.forget()  # it may have changed who may do what

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
        return who, 0 if rule.need == SIGNED_IN or may(who, rule.need) else 403

    async def _refuse(self, scope: Scope, answer: _Answer, rule: Rule, status: int) -> None:
        if status == 401 and rule.page and scope["method"] in SAFE:
            query = scope["query_string"].decode("latin-1")
            wanted = scope["path"] + (f"?{query}" if query else "")
            await answer.move(f"/sign-in?next={quote(wanted, safe='')}")
            return
        await answer.problem(status)

    def _same_site(self, scope: Scope, who: Identity | None) -> bool:
        """Return whether a cookie was sent by a page of ours, where it matters."""
        by_cookie = who is not None and who.via.startswith("session:")
        if scope["method"] in SAFE or not (by_cookie or who is None):
            return True
        origin = _header(scope, b"origin")
        if who is None and not origin:
            return True  # a program without cookies: there is nothing to steal
        return self._own(scope, origin)

    def _own(self, scope: Scope, origin: str) -> bool:
        """Return whether an origin is this server's own, or one of those that are let in."""
        parts = urlsplit(origin) if origin and origin != "null" else None
        if parts is None or not parts.netloc:
            return False
        return parts.netloc == _header(scope, b"host") or origin in self.policy.origins

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

    def _dressed(self, send: Send, rule: Rule, answer: _Answer) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.begun = True
                kept = [
                    (name, value)
                    for name, value in message.get("headers", [])
                    if name.lower() not in (b"server", b"x-powered-by")
                ]
                names = {name.lower() for name, _ in kept}
                added = self._headers(rule, answer.request)
                message = {
                    **message,
                    "headers": [*kept, *(pair for pair in added if pair[0] not in names)],
                }
            await send(message)

        return dressed

    def _headers(self, rule: Rule, request: str) -> list[tuple[bytes, bytes]]:
        headers = _usual(PAGE_POLICY if rule.page else PLAIN_POLICY, request)
        if rule.page or rule.need != ANYBODY:
            headers.append((b"cache-control", b"no-store"))
        if self.policy.secure:
            headers.append((b"strict-transport-security", b"max-age=31536000"))
        return headers

    # ---- websockets -----------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # "websocket.connect"
        rule = self.rules.find("websocket", scope["path"])
        who: Identity | None = None
        if rule is not None and self._own(scope, _header(scope, b"origin")):
            who, status = await self._ask(scope, rule)
            who = None if status else who
        if rule is None or who is None or not _token_is_theirs(scope, who):
            await send({"type": "websocket.close", "code": REFUSED})
            return
        _pass_on(scope, rule, who, secrets.token_hex(8))
        await _Watched(self, scope, rule, receive, send).run()


class _Known:
    """Who showed what within the last second: a client that asks often is looked up once.

    What changes by a request to this process is forgotten at once; another process's changes
    are seen within :data:`FRESH` seconds.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Identity]] = {}

    async def identity(self, scope: Scope) -> Identity | None:
        scope["wb_shown"] = shown = _shown(scope)
        if not shown:
            return None
        key = digest(next(iter(shown.values())))
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < FRESH:
            return kept[1]
        who = await to_thread.run_sync(_shown_identity, shown)
        if who is not None:
            if len(self._kept) >= MOST_KNOWN:
                self._kept.clear()
            self._kept[key] = (now, who)
        return who

    def forget(self) -> None:
        self._kept.clear()


class _Watched:
    """An open websocket, closed when who opened it may not have it any more."""

    def __init__(self, gate: Gate, scope: Scope, rule: Rule, receive: Receive, send: Send) -> None:
        self._gate, self._scope, self._rule = gate, scope, rule
        self._receive, self._send = receive, send
        self._over = asyncio.Event()
        self._shown = dict(scope["wb_shown"])

    async def run(self) -> None:
        watch = asyncio.create_task(self._watch())
        try:
            await self._gate.app(self._scope, _connected(self._next), self._pass)
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if not await self._still():
                self._over.set()
                await self._send({"type": "websocket.close", "code": ENDED})
                return

    async def _still(self) -> bool:
        try:
            who = await to_thread.run_sync(_shown_identity, self._shown)
        except NotSignedIn:
            return False
        except StoreError:
            return True  # the database is away for a moment: nobody is thrown out for that
        return who is not None and (self._rule.need == SIGNED_IN or may(who, self._rule.need))

    async def _next(self) -> Message:
        coming = asyncio.ensure_future(self._receive())
        over = asyncio.ensure_future(self._over.wait())
        done, _ = await asyncio.wait({coming, over}, return_when=asyncio.FIRST_COMPLETED)
        if coming in done:
            over.cancel()
            return coming.result()
        coming.cancel()
        return {"type": "websocket.disconnect", "code": ENDED}

    async def _pass(self, message: Message) -> None:
        if not self._over.is_set():
            await self._send(message)


class _Answer:
    """What the gate itself says."""

    def __init__(self, scope: Scope, send: Send, request: str, *, page: bool) -> None:
        self.request, self.begun = request, False
        self._send, self._page = send, page

    async def move(self, address: str) -> None:
        await self._whole(303, b"", [(b"location", address.encode("ascii"))])

    async def problem(self, status: int, detail: str = "") -> None:
        if self.begun:
            return
        title, told = _PROBLEMS[status]
        problem = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail or told,
            "request": self.request,
        }
        headers = [(b"content-type", b"application/problem+json")]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        await self._whole(status, json.dumps(problem).encode("utf-8"), headers)

    async def _whole(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        usual = [*_usual(PLAIN_POLICY, self.request), (b"cache-control", b"no-store")]
        length = (b"content-length", str(len(body)).encode("ascii"))
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*headers, length, *usual],
            }
        )
        await self._send({"type": "http.response.body", "body": body})


_PROBLEMS = {
    401: ("Not signed in", "Sign in, or show a token that is valid."),
    403: ("Not allowed", "Your role does not reach that far. Ask an administrator."),
    404: ("Not found", "There is nothing here."),
    405: ("Not done this way", "This address does not answer this method."),
    413: ("Too large", "The request is larger than the limit of uploads allows."),
    503: ("Not ready", "The database does not answer. Try again in a moment."),
}


def _shown(scope: Scope) -> dict[str, str]:
    """Return the token or the cookie of a request."""
    kind, _, token = _header(scope, b"authorization").partition(" ")
    if kind.casefold() == "bearer" and token:
        return {"token": token.strip()}
    try:
        cookies = SimpleCookie(_header(scope, b"cookie"))
    except CookieError:
        return {}
    return {"cookie": cookies[COOKIE].value} if COOKIE in cookies else {}


def _shown_identity(shown: dict[str, str]) -> Identity | None:
    if "token" in shown:
        return token_identity(shown["token"])
    return session_identity(shown["cookie"]) if "cookie" in shown else None


def _pass_on(scope: Scope, rule: Rule, who: Identity | None, request: str) -> None:
    """Take away what is nobody's business behind the gate, and say who it is."""
    private = (b"cookie", b"authorization") if rule.page else ()
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if not name.lower().startswith(PREFIX) and name.lower() not in private
    ]
    if who is not None:
        headers.append((b"x-wb-identity", who.user.id.encode("ascii")))
    scope["headers"] = headers
    scope["wb_identity"], scope["wb_request"] = who, request


def _token_is_theirs(scope: Scope, who: Identity) -> bool:
    """Return whether a Bokeh token was made for whoever shows it: on its own it is not bound."""
    from bokeh.util.token import get_token_payload

    if len(scope.get("subprotocols", [])) != 2 or scope["subprotocols"][0] != "bokeh":
        return False
    try:
        headers = get_token_payload(scope["subprotocols"][1]).get("headers", {})
    except Exception:
        # Whatever is wrong with what a stranger sent, it is no token of ours.
        return False
    return {name.lower(): value for name, value in headers.items()}.get(
        "x-wb-identity"
    ) == who.user.id


def _connected(receive: Receive) -> Receive:
    """Tell of the connection once more: the gate has taken the first word."""
    told = False

    async def again() -> Message:
        nonlocal told
        if not told:
            told = True
            return {"type": "websocket.connect"}
        return await receive()

    return again


def _header(scope: Scope, name: bytes) -> str:
    found = [value for key, value in scope["headers"] if key.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _usual(policy: str, request: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", policy.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"x-request-id", request.encode("ascii")),
    ]
