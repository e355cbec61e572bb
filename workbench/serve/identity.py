"""Who a request comes from: what it shows, and whom that stands for."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from anyio import to_thread

from workbench.team.access import Identity
from workbench.team.signing import digest, session_identity
from workbench.team.tokens import token_identity

__all__ = ["COOKIE", "Known", "header", "shown_identity"]

Scope = MutableMapping[str, Any]
COOKIE = "wb_session"
#: Seconds that it is believed who somebody is, and how many are remembered at once.
FRESH, MOST_KNOWN = 1.0, 1000


class Known:
    """Who showed what within the last second: a client that asks often is looked up once.

    What changes by a request to this process is forgotten at once; another process's changes
    are seen within :data:`FRESH` seconds.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Identity]] = {}

    async def identity(self, scope: Scope) -> Identity | None:
        """Return who a request comes from; None where nothing was shown.

        Raises
        ------
        NotSignedIn
            What was shown opens nothing.
        """
        scope["wb_shown"] = shown = _shown(scope)
        if not shown:
            return None
        key = digest(next(iter(shown.values())))
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < FRESH:
            return kept[1]
        who = await to_thread.run_sync(shown_identity, shown)
        if who is not None:
            if len(self._kept) >= MOST_KNOWN:
                self._kept.clear()
            self._kept[key] = (now, who)
        return who

    def forget(self) -> None:
        """Look everybody up anew."""
        self._kept.clear()


def _shown(scope: Scope) -> dict[str, str]:
    """Return the token or the cookie of a request."""
    kind, _, token = header(scope, b"authorization").partition(" ")
    if kind.casefold() == "bearer" and token:
        return {"token": token.strip()}
    try:
        cookies = SimpleCookie(header(scope, b"cookie"))
    except CookieError:
        return {}
    return {"cookie": cookies[COOKIE].value} if COOKIE in cookies else {}


def shown_identity(shown: dict[str, str]) -> Identity | None:
    """Return whom a token or a cookie stands for."""
    if "token" in shown:
        return token_identity(shown["token"])
    return session_identity(shown["cookie"]) if "cookie" in shown else None


def header(scope: Scope, name: bytes) -> str:
    """Return a header that was sent once; "" for none, or for several."""
    found = [value for key, value in scope["headers"] if key.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""
