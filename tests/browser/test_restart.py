"""A page whose server goes away and comes back: it does so too, by itself, as it was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from _team import opened, team_server
from playwright.sync_api import Browser, expect

import workbench as wb
from tests.serve._clients import OpenPage

pytestmark = pytest.mark.browser
SOON = 15_000
#: Milliseconds until a page must be back: starting takes most of it.
BACK = 90_000


@pytest.fixture
def team(tmp_path: Any) -> Iterator[Any]:
    """A server with some data and a result, which a test may stop and start."""
    server = team_server.Server(tmp_path / "home").start()
    made = team_server.populated(server)
    with wb.connect(made.url, made.tokens["analyst"]) as analyst:
        data = analyst.load("sample:breast-cancer", name="scans")
        made.found = analyst.detect(data, "ecod", contamination=0.05).id
    yield made
    server.stop()


def chosen(address: str) -> tuple[str, dict[str, list[str]]]:
    """Return the page of an address and what is chosen on it, in any order."""
    parts = urlsplit(address)
    return parts.path, parse_qs(parts.query, keep_blank_values=True)


def test_a_page_comes_back_by_itself_after_a_restart(browser: Browser, team: Any) -> None:
    path = f"explore?data=detection:{team.found}&detector=ecod&row=7"
    page = opened(browser, team, "analyst", path)
    expect(page.get_by_text("anomalies").first).to_be_visible(timeout=SOON)
    page.wait_for_url("**scored=yes**", timeout=SOON)  # it has said in its address what it shows
    address, port = page.url, int(team.url.rpartition(":")[2])
    page.evaluate("window.same = true")
    team.server.kill()  # as hard as it gets: nobody says goodbye
    expect(page.get_by_role("status").filter(has_text="comes back")).to_be_visible(timeout=SOON)
    with page.expect_event("load", timeout=BACK):
        team.server.start(port)
    assert page.evaluate("window.same === undefined")
    expect(page.get_by_text("anomalies").first).to_be_visible(timeout=BACK)
    assert page.url == address
    page.context.close()


#: A device that is busy for eight seconds when it has got the page for the first time.
SLOW = """if (!sessionStorage.slow) {
  sessionStorage.slow = "once";
  for (const until = Date.now() + 8000; Date.now() < until;);
}"""


def test_a_page_whose_device_was_too_slow_to_speak_is_loaded_again_by_itself(
    browser: Browser, tmp_path: Any
) -> None:
    settings = {"WORKBENCH_PAGE_SECONDS": "2"}
    with team_server.Server(tmp_path / "home", settings) as server:
        made = team_server.populated(server)
        context = browser.new_context()
        cookie = {"name": "wb_session", "value": made.cookie("analyst"), "url": made.url}
        context.add_cookies([cookie])
        context.add_init_script(SLOW)
        page = context.new_page()
        loads: list[str] = []
        page.on("load", lambda loaded: loads.append(loaded.url))
        page.goto(f"{made.url}/settings")
        expect(page.get_by_role("navigation", name="Pages")).to_be_visible(timeout=BACK)
        assert len(loads) == 2
        context.close()
        assert not [line for line in server.lines if "Traceback" in line], server.lines


def test_a_page_of_somebody_who_was_signed_out_meanwhile_asks_to_sign_in(
    browser: Browser, team: Any
) -> None:
    page = opened(browser, team, "analyst", "home")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible(timeout=SOON)
    port = int(team.url.rpartition(":")[2])
    team.server.stop()
    team.server.run("users", "change", "analyst", "--disable")
    team.server.url = ""
    team.server.start(port)
    page.wait_for_url("**/sign-in?next=**", timeout=BACK)
    page.context.close()


def test_a_stop_is_quick_while_pages_are_open(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "analyst", "home")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible(timeout=SOON)
    assert team.server.stop() in (0, -15)  # by itself: whoever waits 60 s is told by an error
    page.context.close()


@pytest.mark.bars
@pytest.mark.timeout(1800)
def test_five_tabs_and_45_clients_come_back_after_a_restart(browser: Browser, team: Any) -> None:
    port = int(team.url.rpartition(":")[2])
    explore = f"explore?data=detection:{team.found}&detector=ecod&row=7"
    tabs = [opened(browser, team, "analyst", explore) for _ in range(5)]
    pages = islice(cycle(("home", explore.replace("&row=7", ""), "models", "settings")), 45)
    clients = [OpenPage(team, page, team.cookie("analyst")).open() for page in pages]
    for tab in tabs:
        expect(tab.get_by_text("anomalies").first).to_be_visible(timeout=BACK)
        tab.wait_for_url("**scored=yes**", timeout=BACK)
    addresses = [tab.url for tab in tabs]
    stopped = time.monotonic()
    team.server.stop()
    stopping = time.monotonic() - stopped
    team.server.url = ""
    with ThreadPoolExecutor(45) as pool, ExitStack() as loads:
        for tab in tabs:
            loads.enter_context(tab.expect_event("load", timeout=BACK))
        team.server.start(port)
        started = time.monotonic() - stopped
        list(pool.map(OpenPage.come_back, clients))
        back = time.monotonic() - stopped
    for tab in tabs:
        expect(tab.get_by_text("anomalies").first).to_be_visible(timeout=BACK)
    seen = time.monotonic() - stopped
    # A page writes down what it was told in another order than what was chosen on it.
    assert [chosen(tab.url) for tab in tabs] == [chosen(address) for address in addresses]
    for number, client in enumerate(clients):
        client.change(number)
        client.close()
    print(
        f"with 50 pages open: stopped in {stopping:.1f} s; after the stop began there again after "
        f"{started:.1f} s, 45 clients back after {back:.1f} s, 5 tabs after {seen:.1f} s at most"
    )
    for tab in tabs:
        tab.context.close()
