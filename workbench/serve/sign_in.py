"""Signing in and out in a browser: plain forms without a script."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from workbench.core.errors import NotSignedIn, ParameterError, StorageFull, TooManyAttempts
from workbench.serve.api._operations import By, Nouns, Who, address_of
from workbench.serve.identity import COOKIE
from workbench.serve.plain_pages import plain_page
from workbench.serve.problems import status_of
from workbench.serve.rules import ANYBODY, SIGNED_IN
from workbench.team.first import is_first, open_first
from workbench.team.links import follow_link
from workbench.team.signing import LIFE, check_credentials, end_session, open_session

__all__ = ["HOME", "api"]

api = Nouns("sign-in", "Signing in.", prefix="")
#: Where one gets to who asked for nothing else.
HOME = "/home"
Word = Annotated[str, Form(max_length=1000)]
PAGE: dict[str, Any] = {"include_in_schema": False, "response_class": HTMLResponse}


def _sign_in_form(wanted: str, name: str = "") -> str:
    focus = ("", " autofocus") if name else (" autofocus", "")
    return (
        f'<form method="post" action="/sign-in?next={quote(wanted, safe="")}">'
        f'<label>Name<input name="username" autocomplete="username" required maxlength="80"'
        f' autocapitalize="none" spellcheck="false" value="{escape(name)}"{focus[0]}></label>'
        f'<label>Password<input name="password" type="password" autocomplete="current-password"'
        f' required maxlength="1000"{focus[1]}></label><button>Sign in</button></form>'
    )


def _inside(wanted: str) -> str:
    """Return an address within this server; nobody is sent anywhere else."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if plain and wanted.isprintable() and "\\" not in wanted else HOME


@api.operation("GET", "/", ANYBODY, **PAGE)
def start() -> Response:
    """Lead to the first page."""
    return RedirectResponse(HOME, 303)


@api.operation("GET", "/guard.js", ANYBODY, include_in_schema=False)
def read_guard() -> Response:
    """Give the first script of every page."""
    return FileResponse(Path(__file__).with_name("guard.js"), media_type="text/javascript")


@api.operation("GET", "/sign-in", ANYBODY, **PAGE)
def show_sign_in(request: Request, next: Annotated[str, Query(max_length=4000)] = HOME) -> Response:  # noqa: A002
    """Show the form, or lead on who is signed in."""
    wanted = _inside(next)
    if request.scope.get("wb_identity") is not None:
        return RedirectResponse(wanted, 303)
    return plain_page("Sign in", "Anomaly Workbench", _sign_in_form(wanted))


@api.operation("POST", "/sign-in", ANYBODY, **PAGE)
def sign_in_browser(
    request: Request,
    by: By,
    username: Word,
    password: Word,
    next: Annotated[str, Query(max_length=4000)] = HOME,  # noqa: A002
) -> Response:
    """Open a session and set its cookie."""
    wanted, address = _inside(next), address_of(request)
    try:
        user = check_credentials(username, password, address=address, request=by.request)
        agent = request.headers.get("user-agent", "")
        secret = open_session(user, address=address, agent=agent, request=by.request)
    except (NotSignedIn, TooManyAttempts, StorageFull) as error:
        status = status_of(error)
        form = _sign_in_form(wanted, username[:80])
        page = plain_page("Sign in", "Anomaly Workbench", form, str(error), status)
        if isinstance(error, TooManyAttempts):
            page.headers["retry-after"] = str(error.seconds)
        return page
    answer = RedirectResponse(wanted, 303)
    answer.set_cookie(
        COOKIE, secret, max_age=round(LIFE.total_seconds()), httponly=True, samesite="lax",
        secure=request.url.scheme == "https", path="/",
    )  # fmt: skip
    return answer


@api.operation("POST", "/sign-out", SIGNED_IN, **PAGE)
def sign_out_browser(who: Who, by: By) -> Response:
    """End the session, and with it every page that is open."""
    kind, _, key = who.via.partition(":")
    if kind == "session":
        end_session(key, by=by)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/")
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


def _welcome_form(link: str, name: str = "") -> str:
    first = (
        f'<label>Name<input name="username" autocomplete="username" required maxlength="80"'
        f' autocapitalize="none" spellcheck="false" value="{escape(name or "admin")}"></label>'
        if is_first(link)
        else ""
    )
    return (
        f'<form method="post" action="/welcome"><input type="hidden" name="link" '
        f'value="{escape(link)}">{first}<label>New password<input name="password" type="password" '
        f'autocomplete="new-password" required minlength="10" maxlength="1000" autofocus></label>'
        f'<label>The same again<input name="again" type="password" autocomplete="new-password" '
        f'required maxlength="1000"></label><button>Set password</button></form>'
    )


_WELCOME = ("Choose a password", "At least 10 characters; a few words in a row are good.")


@api.operation("GET", "/welcome", ANYBODY, **PAGE)
def show_welcome(link: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the form behind a link: an invitation, or the one that makes the first account."""
    return plain_page(*_WELCOME, _welcome_form(link))


@api.operation("POST", "/welcome", ANYBODY, **PAGE)
def welcome(
    request: Request, by: By, link: Word, password: Word, again: Word, username: Word = ""
) -> Response:
    """Set the password that a link allows."""
    try:
        if password != again:
            raise ParameterError("The two passwords are not the same.")
        if username and is_first(link):
            open_first(link, username, password, by=by)
        else:
            follow_link(link, password, request=by.request, address=address_of(request))
    except (NotSignedIn, ParameterError, StorageFull) as error:
        form = _welcome_form(link, username[:80])
        return plain_page(*_WELCOME, form, str(error), status_of(error))
    return RedirectResponse("/sign-in", 303)
