"""Pages' websockets: only from our pages, only by whom they were made for, only while they may."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id, get_session_id
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from workbench.core.settings import settings
from workbench.serve.page_tokens import page_key
from workbench.serve.pages import PAGES

from ._operations import DOORS, opens
from ._server import PASSWORD, Team

#: Seconds until what was taken away is closed.
CLOSED = 5.0
ABC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Attempt:
    """What a client sends to open a page's websocket."""

    about: str
    page: str
    cookie: str
    origin: str | None
    offered: tuple[str, ...]
    more: tuple[tuple[str, str], ...] = ()

    def connect(self, team: Team) -> ClientConnection:
        """Open the websocket; InvalidStatus where it is refused."""
        headers = [("Cookie", f"wb_session={self.cookie}")] if self.cookie else []
        if self.origin is not None:
            headers.append(("Origin", self.origin))
        offered: Any = list(self.offered) or None
        return connect(
            team.url.replace("http://", "ws://") + f"/{self.page}/ws", subprotocols=offered,
            additional_headers=[*headers, *self.more], proxy=None, open_timeout=60, max_size=None,
        )  # fmt: skip

    def refused(self, team: Team) -> bool:
        """Return whether the server does not even begin to speak."""
        try:
            with self.connect(team):
                return False
        except InvalidStatus as error:
            return error.response.status_code in (400, 403)  # 400: of two origins


@dataclass
class Pages:
    """The pages of a server as an administrator and an analyst see them."""

    team: Team
    cookies: dict[str, str]
    tokens: dict[tuple[str, str], str]

    def good(self, page: str, name: str = "admin") -> Attempt:
        token = self.tokens[name, page]
        return Attempt("good", page, self.cookies[name], self.team.url, ("bokeh", token))


def token_of(team: Team, cookie: str, page: str) -> str:
    """Return the token in a page, as a browser gets it."""
    sent = {"cookie": f"wb_session={cookie}"}
    text = httpx.get(f"{team.url}/{page}", headers=sent, timeout=60).text
    found = re.search(r'"token":"([^"]+)"', text)
    assert found is not None, text[:500]
    return found[1]


@pytest.fixture(scope="module")
def pages(team: Team) -> Pages:
    cookies = {name: team.cookie(name) for name in ("admin", "analyst")}
    tokens = {
        (name, page): token_of(team, cookie, page)
        for name, cookie in cookies.items()
        for page in PAGES
        if opens(name, page)
    }
    return Pages(team, cookies, tokens)


@pytest.fixture
def signed(team: Team, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return what the server signs pages with: only who reads its data folder knows that."""
    monkeypatch.setenv("WORKBENCH_HOME", str(team.server.home))
    settings.cache_clear()
    return page_key()


def origins(url: str) -> list[str | None]:
    """Return origins that look like ours and are not, and none."""
    host = url.removeprefix("http://")
    name, port = host.split(":")
    return [
        None, "", "null", "https://evil.example", "http://evil.example", "file://", "about:blank",
        f"{url}.evil.example", f"http://evil.example:{port}", f"http://{host}@evil.example",
        f"http://evil.example@{host}", f"http://evil.example/{host}", f"http://evil.example#{host}",
        f"http://evil.example?{host}", f"http://{name}", f"http://{name}:80", f"http://{name}:1",
        f"http://localhost:{port}", f"http://{name}.:{port}", f"http://{name}.evil.example:{port}",
        f"http://[::1]:{port}", f"http://0.0.0.0:{port}", f"http://2130706433:{port}",
        f"http://127.1:{port}", f"{url}/", f"{url}/explore", f"HTTP://{host}X", f"ftp://{host}",
        f"chrome-extension://{host}", f"javascript://{host}", f"//{host}", host, f" {url} x",
        f"{url},https://evil.example", f"{url} https://evil.example", f"http://{name}:{port}0",
        f"http://xn--{name}:{port}", f"blob:{url}", f"http:/{host}", f"http:{host}", "*",
    ]  # fmt: skip


def forged(
    page: str, who: str, key: bytes | None, server: str, *, lasts: int = 300, session: str = ""
) -> str:
    """Return a token as the server makes them, signed with some key or with none."""
    signs = key is not None
    session = session or generate_session_id(key or b"", signed=signs)
    headers = {"X-Wb-Identity": who, "X-Wb-Page": f"/{page}", "X-Wb-Server": server}
    payload = {"headers": headers, "cookies": {}, "arguments": {}}
    return generate_jwt_token(session, key or b"", signs, payload, expiration=lasts)


def tampered(token: str, random_: random.Random) -> str:
    """Return a token that was changed somewhere."""
    kind = random_.randrange(4)
    if kind == 0:
        return token[: random_.randrange(1, len(token))]
    if kind == 1:
        return token + random_.choice(ABC)
    place = random_.randrange(len(token) - 1)  # bits of the last one are not used
    other = random_.choice([one for one in ABC if one != token[place]])
    return token[:place] + other + token[place + 1 :]


def attempts(pages: Pages, page: str, key: bytes, count: int) -> list[Attempt]:
    """Return attempts to open a page, each wrong in one way; seeded."""
    good, url, random_ = pages.good(page), pages.team.url, random.Random(f"{page} {count}")
    other = next(one for one in PAGES if one != page)
    who, analyst = pages.team.ids["admin"], pages.team.ids["analyst"]
    mine, this = good.offered[1], httpx.get(f"{url}/healthz", timeout=60).json()["server"]
    theirs = pages.tokens.get(("analyst", page)) or forged(page, analyst, key, this)
    offers: dict[str, tuple[str, ...]] = {
        "no token": (), "only bokeh": ("bokeh",), "not bokeh": ("other", mine),
        "three": ("bokeh", mine, mine), "turned": (mine, "bokeh"),
        "empty": ("bokeh", "."), "nonsense": ("bokeh", "nonsense"),
        "of another": ("bokeh", theirs),
        "of another page": ("bokeh", pages.tokens["admin", other]),
        "unsigned": ("bokeh", forged(page, who, None, this)),
        "another key": ("bokeh", forged(page, who, b"k" * 32, this)),
        "over": ("bokeh", forged(page, who, key, this, lasts=-1)),
        "long over": ("bokeh", forged(page, who, key, this, lasts=-86400)),
        "of another process": ("bokeh", forged(page, who, key, "0" * 16)),
        "for nobody": ("bokeh", forged(page, "", key, this)),
        "signature of another": ("bokeh", mine.split(".")[0] + "." + theirs.split(".")[1]),
        "the other turned": ("bokeh", theirs.split(".")[0] + "." + mine.split(".")[1]),
    }  # fmt: skip
    made = [replace(good, about=f"origin {one!r}", origin=one) for one in origins(url)]
    made += [replace(good, about=about, offered=offer) for about, offer in offers.items()]
    made += [
        replace(good, about="no cookie", cookie=""),
        replace(good, about="no such cookie", cookie="x" * 43),
        replace(good, about="cookie of another", cookie=pages.cookies["analyst"]),
        replace(good, about="key", cookie="", more=_bearer(pages.team.tokens["admin"])),
        replace(good, about="two origins", more=(("Origin", "https://evil.example"),)),
        replace(good, about="says who", cookie="", more=(("X-Wb-Identity", who),)),
    ]
    if not opens("analyst", page):
        small = replace(good, cookie=pages.cookies["analyst"], offered=("bokeh", theirs))
        made.append(replace(small, about="role too small"))
    random_.shuffle(made)
    made = made[:count]
    while len(made) < count:
        wrong = tampered(mine, random_)
        made.append(replace(good, about=f"tampered {wrong}", offered=("bokeh", wrong)))
    return made


def _bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {token}"),)


def accepted(pages: Pages, page: str, key: bytes, count: int) -> list[str]:
    made = attempts(pages, page, key, count)
    found = [one.about for one in made if not one.refused(pages.team)]
    print(f"/{page}/ws: {len(made)} attempts, {len(found)} accepted")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_ours_is_let_in(pages: Pages, page: str) -> None:
    with pages.good(page).connect(pages.team) as websocket:
        assert websocket.subprotocol == "bokeh"
        assert json.loads(websocket.recv(timeout=60))["msgtype"] == "ACK"


def test_a_token_with_all_that_the_server_writes_is_let_in(pages: Pages, signed: bytes) -> None:
    # Else those below would be refused for another reason than the one that they name.
    this = httpx.get(f"{pages.team.url}/healthz", timeout=60).json()["server"]
    good = pages.good("explore")
    session = get_session_id(good.offered[1])  # one that is open: no other is made for it
    token = forged("explore", pages.team.ids["admin"], signed, this, session=session)
    assert not replace(good, offered=("bokeh", token)).refused(pages.team)


@pytest.mark.parametrize("page", PAGES)
def test_no_other_is(pages: Pages, page: str, signed: bytes) -> None:
    assert accepted(pages, page, signed, 30) == []


@pytest.mark.bars
@pytest.mark.parametrize("page", PAGES)
def test_no_other_of_200_is(pages: Pages, page: str, signed: bytes) -> None:
    assert accepted(pages, page, signed, 200) == []


@pytest.mark.parametrize("name", ["bokeh_session_id", "bokeh-session-id", "bokeh%5Fsession_id"])
def test_the_session_of_a_page_is_not_chosen_from_outside(pages: Pages, name: str) -> None:
    # Else whoever has somebody's token gets one of their own for the page that is open.
    theirs = get_session_id(pages.tokens["admin", "explore"])
    sent = {"cookie": f"wb_session={pages.cookies['analyst']}"}
    answer = httpx.get(f"{pages.team.url}/explore?{name}={theirs}", headers=sent, timeout=60)
    assert answer.status_code == 403


@dataclass
class Somebody:
    """A person with a session, a token, and every page open."""

    name: str
    id: str
    cookie: str
    access: str
    refresh: str


def somebody(team: Team, name: str, role: str) -> Somebody:
    body = {"name": name, "role": role, "password": PASSWORD}
    made = team.ask("admin", "POST", "/api/v1/users", json=body)
    assert made.status_code == 201, made.text
    asked = {"username": name, "password": PASSWORD}
    pair = httpx.post(f"{team.url}/api/v1/auth/token", json=asked, timeout=60).json()
    id_ = made.json()["user"]["id"]
    return Somebody(name, id_, team.cookie(name), pair["access_token"], pair["refresh_token"])


def _admin(method: str, path: str, **body: Any) -> Callable[[Team, Somebody], httpx.Response]:
    def act(team: Team, who: Somebody) -> httpx.Response:
        sent = {"json": body} if body else {}
        return team.ask("admin", method, f"/api/v1{path.format(id=who.id)}", **sent)

    return act


def _themselves(method: str, path: str, **body: Any) -> Callable[[Team, Somebody], httpx.Response]:
    def act(team: Team, who: Somebody) -> httpx.Response:
        headers = {"cookie": f"wb_session={who.cookie}", "origin": team.url}
        return httpx.request(method, team.url + path, headers=headers, json=body, timeout=60)

    return act


def _own_session(team: Team, who: Somebody) -> httpx.Response:
    headers = {"cookie": f"wb_session={who.cookie}", "origin": team.url}
    with httpx.Client(base_url=team.url, headers=headers, timeout=60) as client:
        session = client.get("/api/v1/sessions").json()[0]["id"]
        return client.delete(f"/api/v1/sessions/{session}")


def _by_command(*words: str) -> Callable[[Team, Somebody], None]:
    def act(team: Team, who: Somebody) -> None:
        team.server.run(*[word.format(name=who.name) for word in words])

    return act


#: What ends somebody's pages, and whether it ends their tokens as well.
ENDINGS: dict[str, tuple[Callable[[Team, Somebody], Any], bool]] = {
    "demoted": (_admin("PATCH", "/users/{id}", role="viewer"), True),
    "promoted": (_admin("PATCH", "/users/{id}", role="operator"), True),
    "disabled": (_admin("PATCH", "/users/{id}", active=False), True),
    "closed": (_admin("DELETE", "/users/{id}"), True),
    "sessions-ended": (_admin("DELETE", "/users/{id}/sessions"), True),
    "password-changed": (
        _themselves("PUT", "/api/v1/password", old=PASSWORD, new=f"{PASSWORD} dive"), True,
    ),
    "signed-out": (_themselves("POST", "/sign-out"), False),
    "session-ended": (_own_session, False),
}  # fmt: skip


def closes(websocket: ClientConnection, until: float) -> bool:
    """Return whether a websocket closes before some moment."""
    try:
        while True:
            websocket.recv(timeout=max(0.01, until - time.monotonic()))
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False


def refused(team: Team, headers: dict[str, str], until: float) -> bool:
    """Return whether requests are refused before some moment."""
    while True:
        answer = httpx.get(f"{team.url}/api/v1/detections", headers=headers, timeout=60)
        if answer.status_code in (401, 403):
            return True
        if time.monotonic() > until:
            return False


def left_open(
    team: Team,
    who: Somebody,
    act: Callable[[Team, Somebody], Any],
    *,
    tokens: bool,
    looked_at: Sequence[str] = tuple(page for page in PAGES if opens("analyst", page)),
) -> list[str]:
    """Return what still works some seconds after something was taken away."""
    with ExitStack() as stack:
        opened = {}
        for page in looked_at:
            token = token_of(team, who.cookie, page)
            attempt = Attempt("good", page, who.cookie, team.url, ("bokeh", token))
            opened[page] = stack.enter_context(attempt.connect(team))
            assert json.loads(opened[page].recv(timeout=60))["msgtype"] == "ACK"
        answer = act(team, who)
        assert answer is None or answer.status_code < 400, answer.text
        until = time.monotonic() + CLOSED
        shown = {"cookie": {"cookie": f"wb_session={who.cookie}"}}
        if tokens:
            shown["access token"] = dict(_bearer(who.access))
        wrong = [name for name, headers in shown.items() if not refused(team, headers, until)]
        return wrong + [page for page, one in opened.items() if not closes(one, until)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_open_pages_close_when_their_reason_ends(team: Team, ending: str) -> None:
    act, tokens = ENDINGS[ending]
    who = somebody(team, f"one-{ending}", "analyst")
    assert left_open(team, who, act, tokens=tokens) == []
    if tokens:
        asked = {"refresh_token": who.refresh}
        renewed = httpx.post(f"{team.url}/api/v1/auth/refresh", json=asked, timeout=60)
        assert renewed.status_code == 401


def test_open_pages_close_when_a_role_loses_its_permission(team: Team) -> None:
    wide, narrow = ["datasets:read", "detections:read"], ["datasets:read"]

    def change(team: Team, permissions: list[str]) -> httpx.Response:
        role = {"name": "watcher", "permissions": permissions}
        return team.ask("admin", "POST", "/api/v1/roles", json=role)

    assert change(team, wide).status_code == 201
    who = somebody(team, "watcher", "watcher")
    pages = [page for page, need in DOORS.items() if need == "detections:read"]
    act: Callable[[Team, Somebody], Any] = lambda team, _: change(team, narrow)  # noqa: E731
    assert left_open(team, who, act, tokens=True, looked_at=pages) == []


def test_open_pages_close_when_another_process_disables(team: Team) -> None:
    who = somebody(team, "elsewhere", "analyst")
    act = _by_command("users", "change", "{name}", "--disable")
    assert left_open(team, who, act, tokens=True) == []
