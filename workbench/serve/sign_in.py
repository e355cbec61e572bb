"""Signing in and out in a browser: plain forms without a script."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from workbench.core.errors import (
    NotAllowed,
    NotSignedIn,
    ParameterError,
    StorageFull,
    TooManyAttempts,
    WorkbenchError,
)
from workbench.core.settings import settings
from workbench.serve.api._operations import By, Nouns, Who, address_of
from workbench.serve.entering import HOME, WAY, base_of, inside, let_in, let_out
from workbench.serve.plain_pages import plain_page
from workbench.serve.problems import status_of
from workbench.serve.provider_sign_in import onward, sign_in_button
from workbench.serve.rules import ANYBODY, SIGNED_IN
from workbench.team.first import is_first, open_first
from workbench.team.links import follow_link
from workbench.team.provider import has_provider, provider
from workbench.team.signing import check_credentials

__all__ = ["HOME", "api"]

api = Nouns("sign-in", "Signing in.", prefix="")
Word = Annotated[str, Form(max_length=1000)]
PAGE: dict[str, Any] = {"include_in_schema": False, "response_class": HTMLResponse}


def _sign_in_form(wanted: str, name: str = "") -> str:
    if not settings().passwords:
        return sign_in_button(wanted)
    focus = ("", " autofocus") if name else (" autofocus", "")
    return (
        f'<form method="post" action="/sign-in?next={quote(wanted, safe="")}">'
        f'<label>Name<input name="username" autocomplete="username" required maxlength="80"'
        f' autocapitalize="none" spellcheck="false" value="{escape(name)}"{focus[0]}></label>'
        f'<label>Password<input name="password" type="password" autocomplete="current-password"'
        f' required maxlength="1000"{focus[1]}></label><button>Sign in</button></form>'
        f"{sign_in_button(wanted)}"
    )


@api.operation("GET", "/", ANYBODY, **PAGE)
def start() -> Response:
    """Lead to the first page."""
    return RedirectResponse(HOME, 303)


@api.operation("GET", "/guard.js", ANYBODY, include_in_schema=False)
def read_guard() -> Response:
    """Give the first script of every page."""
    place, headers = Path(__file__).with_name("guard.js"), {"cache-control": "no-cache"}
    return FileResponse(place, media_type="text/javascript", headers=headers)


@api.operation("GET", "/sign-in", ANYBODY, **PAGE)
def show_sign_in(request: Request, next: Annotated[str, Query(max_length=4000)] = HOME) -> Response:  # noqa: A002
    """Show the form, or lead on who is signed in."""
    wanted = inside(next)
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
    wanted, address = inside(next), address_of(request)
    try:
        user = check_credentials(username, password, address=address, request=by.request)
        return let_in(request, user, wanted, by)
    except (NotSignedIn, NotAllowed, TooManyAttempts, StorageFull) as error:
        status = status_of(error)
        form = _sign_in_form(wanted, username[:80])
        page = plain_page("Sign in", "Anomaly Workbench", form, str(error), status)
        if isinstance(error, TooManyAttempts):
            page.headers["retry-after"] = str(error.seconds)
        return page


@api.operation("POST", "/sign-out", SIGNED_IN, **PAGE)
def sign_out_browser(request: Request, who: Who, by: By) -> Response:
    """End the session, and with it every page that is open; there, too, who came from elsewhere."""
    return let_out(_left(request), who, by)


def _left(request: Request) -> Response:
    if request.cookies.get(WAY) != "provider" or not has_provider():
        return RedirectResponse("/sign-in", 303)
    try:
        where = provider().ended_at(f"{base_of(request)}/sign-in")
    except WorkbenchError:  # it is away: they are signed out here all the same
        where = ""
    if not where:
        return RedirectResponse("/sign-in", 303)
    told = f"You are signed out here. {settings().oidc_name} asks whether it is to end there, too."
    return onward(where, "Signed out", told)


def _welcome_form(link: str, name: str = "") -> str:
    way = sign_in_button(link=link)
    if not settings().passwords:
        return way
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
        f'required maxlength="1000"></label><button>Set password</button></form>{way}'
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
    except (NotSignedIn, NotAllowed, ParameterError, StorageFull) as error:
        status = 422 if isinstance(error, NotAllowed) else status_of(error)
        return plain_page(*_WELCOME, _welcome_form(link, username[:80]), str(error), status)
    return RedirectResponse("/sign-in", 303)
