"""Tokens of pages: whose they are, of which page, and that nobody else made them.

Bokeh signs them, but binds them to nobody: whoever has one could open the page that somebody else
looks at. So the gate writes person, page and process into each, and reads all three before a
websocket opens. A process that was started anew does not make a page again behind the browser's
back, which would show the old one: guard.js asks for it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from workbench.team.access import Identity
from workbench.team.secret import signing_key

__all__ = [
    "BOUND",
    "IDENTITY",
    "PROCESS",
    "chooses_session",
    "marks",
    "page_key",
    "token_is_theirs",
]

#: Headers that the gate alone writes, and that tokens carry.
IDENTITY, PAGE, SERVER = "x-wb-identity", "x-wb-page", "x-wb-server"
BOUND = (IDENTITY, PAGE, SERVER, IDENTITY.title(), PAGE.title(), SERVER.title())
#: Which process this is: pages that it makes live and die with it.
PROCESS = secrets.token_hex(8)
_CHOSEN = ("bokeh_session_id", "bokeh-session-id")


def page_key() -> bytes:
    """Return what pages are signed with: derived, so that every process of the server signs alike.

    Never the key of the house itself.
    """
    return hashlib.sha256(b"bokeh sessions" + signing_key()).digest()


def marks(who: Identity, path: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that bind a token to a person and a page."""
    page = path.removesuffix("/ws")
    return [
        (IDENTITY.encode("ascii"), who.user.id.encode("ascii")),
        (PAGE.encode("ascii"), page.encode("utf-8")),
        (SERVER.encode("ascii"), PROCESS.encode("ascii")),
    ]


def chooses_session(query: bytes) -> bool:
    """Return whether a query names the session to look at: another's, if its id became known."""
    words = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return any(name.casefold() in _CHOSEN for name, _ in words)


def token_is_theirs(scope: MutableMapping[str, Any], who: Identity) -> bool:
    """Return whether a websocket shows a token of ours that was made for them and for this page."""
    from bokeh.util.token import check_token_signature, get_token_payload

    offered = scope.get("subprotocols", [])
    if len(offered) != 2 or offered[0] != "bokeh":
        return False
    try:
        if not check_token_signature(offered[1], page_key(), signed=True):
            return False
        payload = get_token_payload(offered[1])
        told = {name.lower(): value for name, value in payload["headers"].items()}
        lasts = float(payload["session_expiry"])
    except Exception:
        # Whatever is wrong with what a stranger sent, it is no token of ours.
        return False
    page = scope["path"].removesuffix("/ws")
    bound = (told.get(IDENTITY), told.get(PAGE), told.get(SERVER))
    return bound == (who.user.id, page, PROCESS) and lasts > time.time()
