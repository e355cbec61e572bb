"""Letting a browser in and out: the cookie of its session, and where it goes then."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from workbench.core.account import User
from workbench.core.settings import settings
from workbench.serve.api._operations import address_of
from workbench.serve.identity import COOKIE
from workbench.team.doer import Doer
from workbench.team.signing import LIFE, end_session, open_session

__all__ = ["HOME", "WAY", "base_of", "inside", "let_in", "let_out"]

#: Where one gets to who asked for nothing else.
HOME = "/home"
#: Cookie that says how somebody came, so that they can leave the same way.
WAY = "wb_way"
#: Cookie that says who was here last, so that the next person finds nothing of theirs.
LAST = "wb_last"
#: What a browser forgets: files, what scripts kept, service workers with their subscriptions.
FORGET = '"cache", "storage"'
LAST_LIFE = 400 * 24 * 3600


def inside(wanted: str) -> str:
    """Return an address within this server; nobody is sent anywhere else."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if plain and wanted.isprintable() and "\\" not in wanted else HOME


def base_of(request: Request) -> str:
    """Return the address that people open this server by: one of the settings', where it has any.

    A host that somebody made up in a header is none of them.
    """
    known = settings().addresses
    host = request.headers.get("host", "")
    same = [one for one in known if urlsplit(one).netloc == host]
    return (*same, *known, f"{request.url.scheme}://{request.url.netloc}")[0]


def let_in(request: Request, user: User, wanted: str, by: Doer, way: str = "password") -> Response:
    """Open a session, set its cookie, and lead on; a session that the browser had ends."""
    agent = request.headers.get("user-agent", "")
    secret = open_session(
        user, address=address_of(request), agent=agent, request=by.request, way=way
    )
    _end(request.scope.get("wb_identity"), by)
    answer = RedirectResponse(wanted, 303)
    for name, value in ((COOKIE, secret), (WAY, way)):
        answer.set_cookie(
            name, value, max_age=round(LIFE.total_seconds()), httponly=True, samesite="lax",
            secure=request.url.scheme == "https", path="/",
        )  # fmt: skip
    _hand_over(request, answer, user)
    return answer


def _hand_over(request: Request, answer: Response, user: User) -> None:
    """Let the browser forget what it kept for somebody else, even if no script ever ran."""
    mark = hashlib.sha256(f"here last: {user.id}".encode()).hexdigest()[:32]
    if request.cookies.get(LAST, mark) != mark:
        answer.headers["clear-site-data"] = FORGET
    answer.set_cookie(
        LAST, mark, max_age=LAST_LIFE, httponly=True, samesite="lax",
        secure=request.url.scheme == "https", path="/",
    )  # fmt: skip


def let_out(answer: Response, who: Any, by: Doer) -> Response:
    """End a session, and let the browser forget all of it."""
    _end(who, by)
    for name in (COOKIE, WAY):
        answer.delete_cookie(name, path="/")
    answer.headers["clear-site-data"] = FORGET
    return answer


def _end(who: Any, by: Doer) -> None:
    kind, _, key = who.via.partition(":") if who is not None else ("", "", "")
    if kind == "session":
        end_session(key, by=by)
