"""Signing in and out in a browser: plain forms without a script."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from workbench.core.errors import NotSignedIn, ParameterError, TooManyAttempts
from workbench.serve.api._operations import By, Nouns, Who, address_of
from workbench.serve.gate import COOKIE
from workbench.serve.rules import ANYBODY, SIGNED_IN
from workbench.team.links import follow_link
from workbench.team.signing import LIFE, check_credentials, end_session, open_session

__all__ = ["HOME", "api"]

api = Nouns("sign-in", "Signing in.", prefix="")
#: Where one gets to who asked for nothing else.
HOME = "/explore"
Word = Annotated[str, Form(max_length=1000)]
PAGE: dict[str, Any] = {"include_in_schema": False, "response_class": HTMLResponse}

_STYLE = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1b1f24; --soft: #59636e;
  --line: #d1d7de; --accent: #1f5fbf; --bad: #a4133c; }
@media (prefers-color-scheme: dark) { :root { --paper: #12151a; --card: #1c2128; --ink: #e6eaf0;
  --soft: #9aa6b2; --line: #3a424d; --accent: #7db0ff; --bad: #ff8fa3; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 400px; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; padding: 32px; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; }
p { margin: 0 0 20px; color: var(--soft); }
p.bad { color: var(--bad); font-weight: 500; }
label { display: block; font-weight: 500; margin: 0 0 16px; }
input { display: block; width: 100%; margin-top: 4px; padding: 10px 12px; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--soft); border-radius: 8px; }
input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
button { width: 100%; padding: 11px; font: inherit; font-weight: 600; border: 0; cursor: pointer;
  border-radius: 8px; background: var(--accent); color: var(--card); }
svg { width: 40px; height: 40px; margin-bottom: 12px; display: block; }
"""
_LOGO = """<svg viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="9"
 fill="var(--accent)"/><path d="M5 26h8l3-4 4 5 4-19 4 18h7" fill="none" stroke="var(--card)"
 stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>"""


def _page(title: str, about: str, form: str, wrong: str = "", status: int = 200) -> HTMLResponse:
    bad = f'<p class="bad" role="alert">{escape(wrong)}</p>' if wrong else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Anomaly Workbench</title><style>{_STYLE}</style></head><body>"
        f"<main>{_LOGO}<h1>{escape(title)}</h1><p>{escape(about)}</p>{bad}{form}</main></body>"
        "</html>",
        status,
    )


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


@api.operation("GET", "/sign-in", ANYBODY, **PAGE)
def show_sign_in(request: Request, next: Annotated[str, Query(max_length=4000)] = HOME) -> Response:  # noqa: A002
    """Show the form, or lead on who is signed in."""
    wanted = _inside(next)
    if request.scope.get("wb_identity") is not None:
        return RedirectResponse(wanted, 303)
    return _page("Sign in", "Anomaly Workbench", _sign_in_form(wanted))


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
    except (NotSignedIn, TooManyAttempts) as error:
        status = 429 if isinstance(error, TooManyAttempts) else 401
        form = _sign_in_form(wanted, username[:80])
        page = _page("Sign in", "Anomaly Workbench", form, str(error), status)
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


def _welcome_form(link: str) -> str:
    return (
        f'<form method="post" action="/welcome"><input type="hidden" name="link" '
        f'value="{escape(link)}"><label>New password<input name="password" type="password" '
        f'autocomplete="new-password" required minlength="10" maxlength="1000" autofocus></label>'
        f'<label>The same again<input name="again" type="password" autocomplete="new-password" '
        f'required maxlength="1000"></label><button>Set password</button></form>'
    )


_WELCOME = ("Choose a password", "At least 10 characters; a few words in a row are good.")


@api.operation("GET", "/welcome", ANYBODY, **PAGE)
def show_welcome(link: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the form behind a link of invitation."""
    return _page(*_WELCOME, _welcome_form(link))


@api.operation("POST", "/welcome", ANYBODY, **PAGE)
def welcome(request: Request, by: By, link: Word, password: Word, again: Word) -> Response:
    """Set the password that a link allows."""
    try:
        if password != again:
            raise ParameterError("The two passwords are not the same.")
        follow_link(link, password, request=by.request, address=address_of(request))
    except (NotSignedIn, ParameterError) as error:
        status = 401 if isinstance(error, NotSignedIn) else 422
        return _page(*_WELCOME, _welcome_form(link), str(error), status)
    return RedirectResponse("/sign-in", 303)
