"""A page says what it has to say before its scripts have come, and then goes on as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from _axe import violations
from _team import opened, pictured, team_server
from playwright.sync_api import Page, Route, expect

import workbench as wb

pytestmark = pytest.mark.browser
SOON = 60_000
PHONE = {"viewport": {"width": 390, "height": 844}, "user_agent": "Mobi", "has_touch": True}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with team_server.Server(tmp_path_factory.mktemp("first") / "home") as server:
        made = team_server.populated(server)
        with wb.connect(made.url, made.tokens["analyst"]) as analyst:
            data = analyst.load("sample:breast-cancer", name="<b>scans</b>")
            analyst.detect(data, "ecod", contamination=0.05)
        yield made


class Held:
    """Keeps the largest script of a page back until it is let go."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[Route] = []
        self.free = False
        page.route("**/bokeh.min.js*", self.take)

    def take(self, route: Route) -> None:
        if self.free:
            route.continue_()
        else:
            self.waiting.append(route)

    def let_go(self) -> None:
        self.free = True
        for route in self.waiting:
            route.continue_()


def told(page: Page) -> list[tuple[str, str]]:
    """Return roles and names as a screen reader has them, in whatever shadow they lie."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    return [
        (node["role"]["value"], node["name"]["value"].strip())
        for node in tree["nodes"]
        if not node["ignored"] and node.get("name", {}).get("value", "").strip()
    ]


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_words_lists_and_links_are_there_before_the_scripts(
    browser: Any, team: Any, look: str
) -> None:
    page = opened(browser, team, "admin", "healthz", **(PHONE if look == "phone" else {}))
    held = Held(page)
    query = "?theme=dark" if look == "dark" else ""
    page.goto(f"{team.url}/home{query}", wait_until="commit")
    expect(page.locator("#wb-first")).to_be_visible(timeout=SOON)
    page.wait_for_load_state("domcontentloaded")
    pictured(page, f"first-{look}")
    early = told(page)
    assert ("heading", "Home") in early
    assert ("link", "ecod on <b>scans</b>") in early
    assert ("columnheader", "Anomalies") in early
    if look != "phone":
        assert ("link", "Incidents") in early
    held.let_go()
    expect(page.locator("#wb-first")).to_have_count(0, timeout=SOON)
    expect(page.get_by_role("link", name="ecod on")).to_be_visible()
    pictured(page, f"first-{look}-live")
    late = [one for one in told(page) if one[0] in ("heading", "link", "columnheader")]
    assert [one for one in early if one[0] == "link" and one not in late] == []
    assert violations(page) == []
    assert page.wrong == []  # type: ignore[attr-defined]
    page.context.close()


def test_nothing_jumps_when_the_live_page_takes_over(browser: Any, team: Any) -> None:
    page = opened(browser, team, "admin", "healthz")
    page.add_init_script(
        """window.seen = { "layout-shift": [], "largest-contentful-paint": [] };
        for (const type in seen) new PerformanceObserver((list) => {
          seen[type].push(...list.getEntries().map((one) => one.value ?? one.size));
        }).observe({ type, buffered: true });"""
    )
    page.goto(f"{team.url}/home")
    expect(page.locator("#wb-first")).to_have_count(0, timeout=SOON)
    page.wait_for_timeout(500)
    seen = page.evaluate("() => window.seen")
    assert sum(seen["layout-shift"]) < 0.02
    # What was painted first stays the largest: nothing that comes later makes one wait for it.
    assert len(seen["largest-contentful-paint"]) == 1
    page.context.close()


def test_scripts_that_do_not_come_are_told(browser: Any, team: Any) -> None:
    page = opened(browser, team, "admin", "healthz")
    page.route("**/bokeh.min.js*", lambda route: route.abort())
    page.goto(f"{team.url}/home")
    expect(page.get_by_role("alert")).to_contain_text("cannot be used yet", timeout=SOON)
    assert ("link", "ecod on <b>scans</b>") in told(page)
    page.context.close()
