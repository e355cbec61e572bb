"""Live in a browser: what flows, who acknowledges, and that others see it at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from _axe import violations
from _team import opened, pictured, team_server
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
SOON = 20_000
PHONE = {"viewport": {"width": 390, "height": 844}, "user_agent": "Mobi"}


def records(rows: int, start: datetime, spike: int = -1) -> list[dict[str, Any]]:
    rng = np.random.default_rng(rows)
    lines = []
    for row in range(rows):
        for pump in ("pump 1", "pump 2"):
            flow = 12.0 + rng.normal(0.0, 0.3)
            if row == spike and pump == "pump 2":
                flow = 3.0
            at = (start + timedelta(seconds=row)).isoformat()
            lines.append({"time": at, "pump": pump, "flow": flow, "heat": 61 + rng.normal(0, 0.8)})
    return lines


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with a monitor that has found a spike; the operator's, the admin sees it."""
    settings = {"WORKBENCH_LIVE_WORKERS": "1"}
    with team_server.Server(tmp_path_factory.mktemp("live"), settings) as server:
        made = team_server.populated(server)
        asked = {"name": "Plant", "shape": {"entity": "pump"}}
        made.stream = made.ask("operator", "POST", "/api/v1/streams", json=asked).json()["id"]
        asked = {"name": "Pumps", "stream": made.stream}
        made.monitor = made.ask("operator", "POST", "/api/v1/monitors", json=asked).json()["id"]
        made.now = datetime.now(UTC) - timedelta(minutes=10)
        send(made, records(500, made.now, spike=480))
        made.incident = waited(made)
        yield made
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def send(team: Any, rows: list[dict[str, Any]]) -> None:
    way = f"/api/v1/streams/{team.stream}/records"
    assert team.ask("operator", "POST", way, json=rows).status_code == 202


def waited(team: Any) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = team.ask("operator", "GET", "/api/v1/incidents").json()["items"]
        if found:
            return str(found[0]["id"])
        time.sleep(0.2)
    raise AssertionError("no incident is opened")


def paths(team: Any) -> dict[str, tuple[str, str]]:
    return {
        "live": (f"live?monitor={team.monitor}", "Pumps, ewma"),
        "monitors": ("live", "Watch a stream"),
        "incidents": ("incidents", "1 incident"),
        "incident": (f"incident?id={team.incident}", "Why"),
    }


def looks() -> list[Any]:
    few = {("live", "light"), ("live", "phone"), ("incident", "dark"), ("monitors", "light"),
           ("incidents", "phone")}  # fmt: skip
    return [
        pytest.param(name, look, marks=[] if (name, look) in few else [pytest.mark.bars])
        for name in ("live", "monitors", "incidents", "incident")
        for look in ("light", "dark", "phone")
    ]


@pytest.mark.parametrize(("name", "look"), looks())
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser: Browser, team: Any, name: str, look: str
) -> None:
    path, sign = paths(team)[name]
    theme = "dark" if look == "dark" else "light"
    path += f"{'&' if '?' in path else '?'}theme={theme}"
    page = opened(browser, team, "admin", path, **(PHONE if look == "phone" else {}))
    expect(page.get_by_text(sign).first).to_be_visible(timeout=SOON)
    page.evaluate("document.fonts.ready.then(() => true)")
    pictured(page, f"{name}-{look}")
    assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], "the page is wider than the window"
    assert page.wrong == []
    page.context.close()


def test_what_comes_flows_in_and_standing_still_loses_nothing(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "operator", f"live?monitor={team.monitor}")
    facts = page.locator(".wb-flow .facts")
    expect(facts).to_contain_text("1,000", timeout=SOON)
    expect(page.locator(".wb-flow canvas")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    send(team, records(20, team.now + timedelta(seconds=500)))
    expect(facts).to_contain_text("1,040", timeout=SOON)
    page.get_by_role("button", name="Back to the newest data").click()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "false")
    assert page.wrong == []
    page.context.close()


def seen_after(page: Page, words: str) -> float:
    start = time.monotonic()
    expect(page.get_by_text(words).first).to_be_visible(timeout=SOON)
    return time.monotonic() - start


def test_one_acknowledges_and_the_other_sees_it_without_loading_the_page_anew(
    browser: Browser, team: Any
) -> None:
    one = opened(browser, team, "operator", f"live?monitor={team.monitor}")
    other = opened(browser, team, "admin", f"incident?id={team.incident}")
    expect(other.get_by_text("What happened")).to_be_visible(timeout=SOON)
    button = one.get_by_role("button", name="Acknowledge")
    expect(button).to_be_visible(timeout=SOON)
    button.click()
    seconds = seen_after(other, "operator acknowledged")
    print(f"acknowledged by one, seen by the other after {seconds:.2f} s")
    comment = other.get_by_label("Comment").first
    comment.fill("**Valve** open, @operator <b id=evil>look</b>")
    other.get_by_role("button", name="Comment").click()
    expect(other.get_by_text("admin commented")).to_be_visible(timeout=SOON)
    expect(other.locator("strong", has_text="Valve")).to_be_visible(timeout=SOON)
    assert other.locator("#evil").count() == 0
    third = opened(browser, team, "operator", f"incident?id={team.incident}")
    expect(third.get_by_text("admin is looking at this")).to_be_visible(timeout=SOON)
    third.get_by_role("button", name="Resolve").click()
    seconds = seen_after(other, "operator resolved")
    print(f"resolved by one, seen by the other after {seconds:.2f} s")
    told = team.ask("admin", "GET", f"/api/v1/incidents/{team.incident}").json()
    assert told["state"] == "resolved"
    for page in (one, other, third):
        assert page.wrong == []
        page.context.close()


def focused(page: Page) -> str:
    """What the keyboard is at, however deep it lies."""
    return str(
        page.evaluate(
            """() => {
              let at = document.activeElement;
              while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
              return `${at?.tagName} ${at?.getAttribute("aria-label") || at?.textContent || ""}`;
            }"""
        )
    )


def walk(page: Page, to: str, most: int = 60) -> None:
    """Press Tab until the keyboard is there: nothing on the way keeps it."""
    trail = []
    for _ in range(most):
        page.keyboard.press("Tab")
        trail.append(focused(page)[:60])
        if to in trail[-1]:
            return
    raise AssertionError(f"{to!r} is not reached: {trail}")


def test_the_keyboard_alone_goes_from_sign_in_to_an_acknowledged_and_commented_incident(
    browser: Browser, team: Any
) -> None:
    way = f"/api/v1/incidents/{team.incident}/reopen"
    team.ask("operator", "POST", way, json={})  # whatever the tests before this one did
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{team.url}/live?monitor={team.monitor}&theme=dark")
    expect(page.get_by_label("Name")).to_be_focused(timeout=SOON)
    for words in ("operator", team_server.PASSWORD):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible(timeout=SOON)
    walk(page, "Acknowledge")
    page.keyboard.press("Enter")
    expect(page.get_by_text("acknowledged", exact=True)).to_be_visible(timeout=SOON)
    assert "Resolve" in focused(page), "the keyboard stays at what can be done next"
    page.keyboard.press("Shift+Tab")  # a link to the incident stands before its buttons
    page.keyboard.press("Enter")
    expect(page.get_by_text("What happened")).to_be_visible(timeout=SOON)
    assert "theme=dark" in page.url, "who reads in the dark goes on reading in the dark"
    walk(page, "TEXTAREA")
    page.keyboard.type("seen by @operator")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("operator commented")).to_be_visible(timeout=SOON)
    context.close()


def test_the_page_says_what_the_machine_takes_and_lets_a_monitor_rest(
    browser: Browser, team: Any
) -> None:
    page = opened(browser, team, "operator", f"live?monitor={team.monitor}")
    expect(page.locator(".wb-flow .system")).to_contain_text("server", timeout=SOON)
    expect(page.locator(".wb-flow .system")).to_contain_text("0 messages waiting")
    page.get_by_role("button", name="Stop watching").click()
    expect(page.locator(".wb-flow .facts")).to_contain_text("paused", timeout=SOON)
    page.get_by_role("button", name="Watch again").click()
    expect(page.locator(".wb-flow .facts")).to_contain_text("live", timeout=SOON)
    assert page.wrong == []
    page.context.close()
