"""Signing in with a provider (OpenID Connect): out to it, back from it, and linking an account."""

from __future__ import annotations

import logging
from html import escape
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from workbench.core.errors import NotSignedIn, TooManyAttempts, WorkbenchError
from workbench.core.settings import settings
from workbench.serve.api._operations import By, Nouns, Who, address_of
from workbench.serve.entering import HOME, base_of, inside, let_in
from workbench.serve.plain_pages import plain_page
from workbench.serve.problems import status_of
from workbench.serve.rules import ANYBODY, SIGNED_IN
from workbench.serve.trips import COOKIE, LASTS, OVER, Journey, opened, sealed
from workbench.team.doer import Doer
from workbench.team.federation import account_of, arrived, link_account
from workbench.team.provider import has_provider, provider
from workbench.team.signing import counted_attempt

__all__ = ["api"]

log = logging.getLogger(__name__)
api = Nouns("provider", "Signing in with a provider.", prefix="")
PAGE: dict[str, Any] = {"include_in_schema": False, "response_class": HTMLResponse}
WAY = "/sign-in/provider"
#: Longest address to lead on to: it travels in a cookie, of which browsers keep 4,096 bytes.
MOST_WANTED = 2000
Word = Annotated[str, Query(max_length=4000)]


@api.operation("GET", WAY, ANYBODY, **PAGE)
def go_to_provider(
    request: Request,
    next: Word = "",  # noqa: A002
    link: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Lead to the provider."""
    if not has_provider():
        return _refused("No provider of sign-in is set up here.", 404)
    wanted = inside(next) if len(next) <= MOST_WANTED else HOME
    return _sent(request, Journey(f"{base_of(request)}{WAY}/back", wanted, link))


def _sent(request: Request, journey: Journey, *, by_form: bool = False) -> Response:
    """Return what sends a browser on its way, with what it takes along."""
    try:
        where = provider().address(journey.trip())
    except WorkbenchError as error:
        return _refused(str(error), 401)
    # Where a form was sent, browsers let it lead nowhere else (form-action): a page leads on.
    answer = onward(where) if by_form else RedirectResponse(where, 303)
    answer.set_cookie(
        COOKIE, sealed(journey), max_age=LASTS, httponly=True, samesite="lax",
        secure=journey.back.startswith("https:"), path=WAY,
    )  # fmt: skip
    answer.headers["cache-control"] = "no-store"
    return answer


def onward(where: str, title: str = "One moment", told: str = "") -> Response:
    """Return a page that leads on by itself, or by its link."""
    name = settings().oidc_name
    way = f'<p><a class="button" href="{escape(where)}">Go on to {escape(name)}</a></p>'
    page = plain_page(title, told or f"You are led on to {name}.", way)
    if where.isascii() and where.isprintable():
        page.headers["refresh"] = f"0; url={where}"
    return page


@api.operation("GET", f"{WAY}/back", ANYBODY, **PAGE)
def come_back(
    request: Request,
    by: By,
    code: Word = "",
    state: Word = "",
    error: Annotated[str, Query(max_length=200)] = "",
    iss: Word = "",
) -> Response:
    """Take in who comes back from the provider, if they are who they should be."""
    try:
        journey = opened(request.cookies.get(COOKIE, ""), state)
        _check_words(code, error, iss)
        with counted_attempt(address_of(request)):
            answer = _arrived(request, journey, code, by)
    except WorkbenchError as trouble:
        answer = _refused(str(trouble), status_of(trouble))
        if isinstance(trouble, TooManyAttempts):
            answer.headers["retry-after"] = str(trouble.seconds)
    answer.delete_cookie(COOKIE, path=WAY)
    answer.headers["cache-control"] = "no-store"
    return answer


def _check_words(code: str, error: str, iss: str) -> None:
    """Refuse what the provider sends with a browser where it is no code, or another's."""
    if iss and iss != settings().oidc_issuer:
        raise NotSignedIn(OVER)  # a code of another provider (RFC 9207)
    if error == "access_denied":
        raise NotSignedIn(f"{settings().oidc_name} says that you, or it, did not agree.")
    if error or not code:
        log.warning("the provider of sign-in sends back the error %r", error[:80])
        raise NotSignedIn(
            f"{settings().oidc_name} could not sign you in. Try again; if it stays so, tell an "
            "administrator."
        )


def _arrived(request: Request, journey: Journey, code: str, by: Doer) -> Response:
    who = arrived(journey.trip(), code, by=by)
    if journey.user:
        now = request.scope.get("wb_identity")
        if now is None or now.user.id != journey.user:
            raise NotSignedIn(OVER)
        link_account(now.user, who, by=by)
        return RedirectResponse("/settings", 303)
    user = account_of(who, link=journey.link, request=by.request, address=by.address)
    return let_in(request, user, journey.wanted, by, way="provider")


def _refused(told: str, status: int) -> Response:
    way = '<p><a class="button" href="/sign-in">Back to signing in</a></p>'
    return plain_page("Not signed in", "Nobody was signed in.", way, told, status)


# ---- linking the account of who is signed in ----------------------------------------------------


@api.operation("GET", f"{WAY}/link", SIGNED_IN, page=True, **PAGE)
def show_link(who: Who) -> Response:
    """Ask whether an account shall be linked: an address alone, that somebody sends, does not."""
    if not has_provider():
        return _refused("No provider of sign-in is set up here.", 404)
    name = escape(settings().oidc_name)
    form = f'<form method="post" action="{WAY}/link"><button>Link it to {name}</button></form>'
    told = f"Who you are at {settings().oidc_name} will open the account '{who.user.name}' here."
    return plain_page("Link your account", told, form + '<p><a href="/settings">Not now</a></p>')


@api.operation("POST", f"{WAY}/link", SIGNED_IN, **PAGE)
def begin_link(request: Request, who: Who) -> Response:
    """Lead to the provider, to link the account of who is signed in."""
    if not has_provider() or not who.via.startswith("session:"):
        return _refused("This is done in a browser, where a provider of sign-in is set up.", 404)
    back = f"{base_of(request)}{WAY}/back"
    return _sent(request, Journey(back, "/settings", user=who.user.id), by_form=True)


def sign_in_button(wanted: str = "", link: str = "") -> str:
    """Return the way to the provider as a button, or nothing where there is none."""
    if not has_provider():
        return ""
    asked = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in (("next", wanted), ("link", link))
        if value
    )
    named = escape(settings().oidc_name)
    return f'<p><a class="button" href="{WAY}?{escape(asked)}">Sign in with {named}</a></p>'
