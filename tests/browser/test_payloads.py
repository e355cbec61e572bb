"""Bar 16: what people, data, files and errors are called does not run on any page of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from _payloads import PAYLOADS, hostile_csv, nothing_ran
from _team import opened, team_server
from playwright.sync_api import Browser, Page, expect

import workbench as wb

pytestmark = pytest.mark.browser
SOON = 90_000
SOME = PAYLOADS[::8]


@dataclass
class Screens:
    """A server full of hostile words, and the screens that show them."""

    team: Any
    full: tuple[str, ...]


def _filled(team: Any, words: tuple[str, ...]) -> tuple[str, ...]:
    """Put hostile words wherever people and data have names; return the screens that show them."""
    with wb.connect(team.url, username="admin", password=team_server.PASSWORD) as admin:
        file = {"file": ("<img src=x onerror=window.ran=1>.csv", hostile_csv())}
        post = admin.connection.post
        uploaded = admin.connection.send("POST", "/datasets", files=file, data={"note": words[0]})
        data = admin.dataset(uploaded.json()["dataset"]["id"])
        found = admin.detect(data, "iforest", name=words[0][:120])
        model = admin.save(found, words[0][:120])
        for number, word in enumerate(words):
            name = word[:120]
            if number:
                admin.save(found, name)
            found.label(number, "anomaly", comment=word, tag=word[:40])
            post("/groups", {"name": word[:60]})
            post("/tokens", {"name": word[:60], "scopes": ["models:read"]})
            post("/views", {"name": name, "page": "explore", "query": f"data={quote(word)}"})
            post("/channels", {"name": name, "kind": "in_page"})
            silence = {"reason": word, "until": "2099-01-01T08:00:00Z", "match": {"entity": word}}
            post("/silences", silence)
            admin.connection.send(
                "PATCH", f"/datasets/{data.id}", json={"name": name, "note": word}
            )
            wrong = {"dataset": data.id, "detector": "ecod", "name": name, "reference": word}
            _refused(admin, "/detections", wrong)
            _refused(admin, "/detections", {"dataset": data.id, "detector": word})
            _refused(admin, "/users", {"name": word, "role": "viewer"})
    about = f"data=detection:{found.id}&detector=iforest"
    return (
        "home", f"explore?{about}&row=7", f"investigate?{about}&row=7", f"models?model={model.id}",
        "team", "audit", "settings", "alerting", f"compare?data=dataset:{data.id}",
    )  # fmt: skip


def _refused(admin: Any, path: str, body: dict[str, Any]) -> None:
    try:
        told = admin.connection.post(path, body)
        admin.wait(told)
    except (wb.WorkbenchError, KeyError):
        pass


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory, request: Any) -> Iterator[Screens]:
    with team_server.Server(tmp_path_factory.mktemp("hostile")) as server:
        team = team_server.populated(server)
        # The full list takes long to put in place: only for those who ask for it.
        every = "bars" in (request.config.option.markexpr or "").replace("not bars", "")
        yield Screens(team, _filled(team, PAYLOADS if every else SOME))
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def shown(browser: Browser, screens: Screens, path: str) -> Page:
    """Open a screen and wait until it shows what it has."""
    page = opened(browser, screens.team, "admin", path)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("heading").last).to_be_visible(timeout=SOON)
    return page


def test_words_of_people_and_data_do_not_run_on_any_page(
    browser: Browser, screens: Screens
) -> None:
    for path in screens.full:
        page = shown(browser, screens, path)
        if path.startswith(("home", "models", "team", "settings", "alerting")):
            expect(page.get_by_text("window.ran").first).to_be_attached(timeout=SOON)
        if path.startswith("explore"):
            expect(page.locator(".sentence")).to_be_visible(timeout=SOON)
            page.keyboard.press("j")
        page.mouse.move(400, 400)
        nothing_ran(page)
        page.context.close()


def addresses(word: str) -> list[str]:
    """Return addresses of pages with a hostile word in each of their parts."""
    said = quote(word, safe="")
    parts = {
        "home": ("q", "sort"), "explore": ("data", "detector", "row", "rule"),
        "compare": ("data", "detectors"), "investigate": ("data", "row", "x"),
        "models": ("model", "q"), "team": ("person", "q"), "audit": ("actor", "q"),
        "incidents": ("state", "search", "sort", "monitor"), "alerting": ("theme",),
        "settings": ("theme",), "sign-in": ("next", "name"), "link": ("token",),
    }  # fmt: skip
    return [f"{page}?" + "&".join(f"{part}={said}" for part in names)
            for page, names in parts.items()]  # fmt: skip


def _addressed(browser: Browser, screens: Screens, words: tuple[str, ...]) -> None:
    page = opened(browser, screens.team, "admin", "home")
    for word in words:
        for path in addresses(word):
            page.goto(f"{screens.team.url}/{path}")
            expect(page.locator("body")).not_to_be_empty(timeout=SOON)
            if not path.startswith(("sign-in", "link")):
                expect(page.locator("header").first).to_be_visible(timeout=SOON)
            nothing_ran(page)
    print(f"{len(words)} payloads in {len(addresses(''))} addresses: 0 ran")
    page.context.close()


def test_words_in_addresses_do_not_run(browser: Browser, screens: Screens) -> None:
    _addressed(browser, screens, SOME[:2])


@pytest.mark.bars
@pytest.mark.timeout(3000)
def test_thirty_payloads_in_every_address_do_not_run(browser: Browser, screens: Screens) -> None:
    assert len(PAYLOADS) == 30
    _addressed(browser, screens, PAYLOADS)


@pytest.mark.bars
def test_thirty_payloads_on_every_screen_do_not_run(browser: Browser, screens: Screens) -> None:
    test_words_of_people_and_data_do_not_run_on_any_page(browser, screens)
    print(f"{len(PAYLOADS)} payloads on {len(screens.full)} screens: 0 ran, 0 became elements")
