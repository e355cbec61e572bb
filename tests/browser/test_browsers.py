"""The core journeys in Chromium and in Firefox, from signing in to signing out.

What is different from one to the other is listed in docs/reference/browsers.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from _cable import Cable
from _firefox import launched
from _plant import kept, planted, records, send, waited
from _team import pictured, team_server
from playwright.sync_api import Browser, Page, Playwright, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SOON = 60_000
#: What a browser tells on the console, and why that is no fault: part of its words, reason.
TOLD = {
    "favicon.ico": "plain pages let no picture in; Firefox asks for one all the same, and says so",
}


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def either(request: pytest.FixtureRequest, play: Playwright, browser: Browser) -> Iterator[Browser]:
    """One browser after the other; the one that all tests share stays open."""
    if request.param == "chromium":
        yield browser
        return
    with launched(play) as firefox:
        yield firefox


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server at the end of a cable, with a result and a monitor."""
    place = tmp_path_factory.mktemp("journeys")
    with planted(place, minutes=20) as made, Cable(made.url) as cable:
        made.cable = cable
        yield made


def left_behind(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        """async () => ({
          caches: await caches.keys(),
          databases: (await indexedDB.databases()).map((one) => one.name),
          workers: (await navigator.serviceWorker.getRegistrations()).length,
          local: localStorage.length, session: sessionStorage.length,
        })"""
    )
    return found


def comments(team: Any) -> list[str]:
    way = f"/api/v1/incidents/{team.incident}/timeline"
    told = team.ask("operator", "GET", way, params={"limit": 200}).json()["items"]
    return [one["body"].get("text", "") for one in told if one["kind"] == "commented"]


def entered(page: Page, team: Any) -> None:
    page.goto(f"{team.cable.url}/explore")
    assert "/sign-in?next=" in page.url
    page.get_by_label("Name").fill("operator")
    page.get_by_label("Password").fill(team_server.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/explore**", timeout=SOON)


def test_each_browser_has_what_the_documentation_says_it_has(either: Browser, team: Any) -> None:
    page_of_docs = (Path(__file__).parents[2] / "docs" / "reference" / "browsers.md").read_text()
    rows = re.findall(r"^\| [^|`]+ \(`([^`]+)`\) \| (yes|no) \| (yes|no) \|", page_of_docs, re.M)
    assert len(rows) == 8
    place = ("chromium", "firefox").index(either.browser_type.name)
    team.cable.evaluating = place == 1
    page = either.new_context().new_page()
    page.goto(f"{team.cable.url}/sign-in")
    has = [(what, "yes" if page.evaluate(what) else "no") for what, *_ in rows]
    assert has == [(what, said[place]) for what, *said in rows]
    page.context.close()


def test_the_core_journeys_go_from_signing_in_to_signing_out(either: Browser, team: Any) -> None:
    for step in ("resolve", "reopen"):  # the browser before this one acknowledged it
        way = f"/api/v1/incidents/{team.incident}/{step}"
        assert team.ask("operator", "POST", way, json={}).is_success
    name = either.browser_type.name
    team.cable.evaluating = name == "firefox"
    context = either.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SOON)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    entered(page, team)
    explored(page, team, name)
    labelled(page, team, name)
    acknowledged(page, team)
    ticked(page, team)
    offline(page, team, f"written offline in {name}")
    page.goto(f"{team.cable.url}/home")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in", timeout=SOON)
    assert left_behind(page) == {
        "caches": [], "databases": [], "workers": 0, "local": 0, "session": 0,
    }  # fmt: skip
    assert [words for words in wrong if not any(part in words for part in TOLD)] == []
    assert len(TOLD) == 1
    context.close()


def explored(page: Page, team: Any, name: str) -> None:
    """Take a sample, run a detector, see what is odd and why."""
    page.goto(f"{team.cable.url}/explore?data=sample:pump&detector=seasonal_residual&scored=no")
    expect(page.get_by_text("Not scored yet")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Find anomalies").click()
    expect(page.locator(".sentence")).to_be_visible(timeout=SOON)
    expect(page.locator(".wb-lanes .stepper")).to_contain_text("of 13")
    inked = page.locator(".wb-lanes canvas").evaluate(
        "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    )
    assert inked > 8, "the lanes are empty"
    pictured(page, f"journey-{name}")


def labelled(page: Page, team: Any, name: str) -> None:
    """Open a row of a kept result, and say what it is: each browser another row."""
    way = f"/api/v1/detections/{team.result}"
    odd = team.ask("operator", "GET", f"{way}/anomalies").json()
    row = odd[("chromium", "firefox").index(name)]["row"]
    page.goto(f"{team.cable.url}/investigate?data=detection:{team.result}&detector=ecod&row={row}")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".wb-label_bar .foot")).to_contain_text("confirmed", timeout=SOON)
    told = team.ask("operator", "GET", f"{way}/labels").json()
    assert (row, "anomaly", "operator") in [
        (one["row"], one["verdict"], one["author"]) for one in told
    ]


def acknowledged(page: Page, team: Any) -> None:
    """Acknowledge an incident."""
    page.goto(f"{team.cable.url}/incident?id={team.incident}")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.get_by_text("operator acknowledged").first).to_be_visible(timeout=SOON)
    told = team.ask("operator", "GET", f"/api/v1/incidents/{team.incident}").json()
    assert told["state"] == "acknowledged"
    key = f"incident:{team.incident}"
    waited(lambda: key in kept(page, "snapshots", "getAllKeys"), "nothing is kept of what is seen")


def ticked(page: Page, team: Any) -> None:
    """See on the live page what comes in."""
    page.goto(f"{team.cable.url}/live?monitor={team.monitor}")
    counted = page.locator(".wb-flow .facts li", has_text="Records").locator("b")
    expect(counted).to_be_visible(timeout=SOON)
    before = counted.inner_text()
    team.since += timedelta(minutes=6)
    send(team, records(team.since, 20, -1))
    expect(counted).not_to_have_text(before, timeout=SOON)
    held = page.get_by_role("button", name="Pause")
    held.click()
    expect(held).to_have_attribute("aria-pressed", "true")


def offline(page: Page, team: Any, words: str) -> None:
    """Without the network see what was kept and write; it arrives once, when a page is opened."""
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    team.cable.cut()
    page.goto(f"{team.cable.url}/incident?id={team.incident}")
    expect(page.get_by_text("as of").first).to_be_visible(timeout=SOON)
    expect(page.locator(".wb-incident_cards h3")).to_be_visible()
    expect(page.locator(".wb-why_bars .steps")).to_be_visible()
    page.locator("textarea[name=text]").fill(words)
    page.get_by_role("button", name="Comment", exact=True).last.click()
    expect(page.locator(".said")).to_contain_text("Kept:")
    assert words not in comments(team)
    page.goto("about:blank")  # no page is open when the network comes back
    team.cable.mend()
    page.goto(f"{team.cable.url}/home")
    waited(lambda: words in comments(team), "what was written offline does not arrive")
    waited(lambda: not kept(page, "queue"), "the queue is not empty")
    assert comments(team).count(words) == 1
