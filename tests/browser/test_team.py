"""The pages of a team's server in a browser: signing in, what roles see, what is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from _axe import violations
from _payloads import PAYLOADS
from _team import opened, pictured, team_server
from playwright.sync_api import Browser, Page, expect

import workbench as wb

pytestmark = pytest.mark.browser
PAGES = ("home", "explore", "compare", "investigate", "models", "team", "audit", "settings")
SOON = 15_000


def looks() -> list[Any]:
    """Return every page in every look; the quick run sees each page once, and each look."""
    few = {(name, "light") for name in PAGES} | {("models", "dark"), ("team", "phone")}
    return [
        pytest.param(name, look, marks=[] if (name, look) in few else [pytest.mark.bars])
        for name in PAGES
        for look in ("light", "dark", "phone")
    ]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with one person in each role, some data, a result and a model."""
    with team_server.Server(tmp_path_factory.mktemp("server")) as server:
        made = team_server.populated(server)
        with wb.connect(made.url, made.tokens["analyst"]) as analyst:
            data = analyst.load("sample:breast-cancer", name="scans")
            found = analyst.detect(data, "ecod", contamination=0.05)
            model = analyst.save(found, "scan watch")
            analyst.save(found, model=model)
            query = f"data=dataset:{data.id}"
            view = {"name": "Scans of March", "page": "explore", "query": query}
            analyst.connection.post("/views", view)
            made.data, made.found, made.model = data.id, found.id, model.id
        yield made
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def ready(page: Page, name: str) -> None:
    """Wait until a page shows what it is for."""
    signs = {
        "explore": "No data yet", "compare": "No data yet", "investigate": "No row in question",
    }  # fmt: skip
    sign = signs.get(name, name.capitalize())
    expect(page.get_by_text(sign, exact=True).last).to_be_visible(timeout=SOON)


@pytest.mark.parametrize(("name", "look"), looks())
def test_axe_finds_nothing_on_any_page(browser: Browser, team: Any, name: str, look: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "user_agent": "Mobi"}
    theme = "dark" if look == "dark" else "light"
    path = f"{name}?theme={theme}" + (f"&model={team.model}" if name == "models" else "")
    page = opened(browser, team, "admin", path, **(phone if look == "phone" else {}))
    ready(page, name)
    page.evaluate("document.fonts.ready.then(() => true)")
    pictured(page, f"{name}-{look}")
    assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], "the page is wider than the window"
    assert page.wrong == []
    page.context.close()


def pressed(page: Page, name: str, then: str = "Enter") -> None:
    """Go by the Tab key to what has a name, and press a key there."""
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { let e = document.activeElement;"
            " while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
            " return (e?.textContent ?? '').trim(); }"
        )
        if name in focused[: len(name) + 20]:
            page.keyboard.press(then)
            return
    raise AssertionError(f"The Tab key does not lead to {name!r}.")


def test_one_signs_in_works_and_signs_out_by_keyboard_alone(browser: Browser, team: Any) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{team.url}/explore?data=dataset:{team.data}&detector=ecod&scored=no")
    assert "/sign-in?next=" in page.url
    assert violations(page) == []
    page.keyboard.type("analyst")
    page.keyboard.press("Tab")
    page.keyboard.type(team_server.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not scored yet")).to_be_visible(timeout=SOON)
    pressed(page, "Find anomalies")
    expect(page.locator(".sentence")).to_be_visible(timeout=4 * SOON)
    pressed(page, "Investigate this row")
    page.wait_for_url("**/investigate?**", timeout=SOON)
    expect(page.get_by_role("group", name="What is this row?")).to_be_visible(timeout=4 * SOON)
    pressed(page, "Confirm", then="c")
    expect(page.locator(".wb-label_bar .foot")).to_contain_text("1 of", timeout=SOON)
    told = team.ask("analyst", "GET", f"/api/v1/detections/{team.found}/labels").json()
    assert [(one["author"], one["verdict"]) for one in told] == [("analyst", "anomaly")]
    pressed(page, "Sign out")
    page.wait_for_url("**/sign-in", timeout=SOON)
    page.goto(f"{team.url}/explore")
    assert "/sign-in?next=" in page.url
    page.context.close()


def test_a_wrong_password_says_so_and_keeps_the_name(browser: Browser, team: Any) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{team.url}/sign-in?next=//evil.example")
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    assert page.get_by_label("Name").input_value() == "analyst"
    page.get_by_label("Password").fill(team_server.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{team.url}/home**", timeout=SOON)
    page.context.close()


def test_each_role_sees_the_ways_that_are_open_to_it(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "viewer", "home")
    ready(page, "home")
    ways = page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    assert ways == [
        "Home", "Explore", "Compare", "Live", "Incidents", "Alerting", "Models", "Settings",
    ]  # fmt: skip
    page.goto(f"{team.url}/audit")
    expect(page.get_by_text("audit:read")).to_be_visible(timeout=SOON)
    page.context.close()


def test_an_admin_demotes_an_analyst_whose_page_says_so(browser: Browser, team: Any) -> None:
    body = {"name": "eve", "role": "analyst", "password": team_server.PASSWORD}
    assert team.ask("admin", "POST", "/api/v1/users", json=body).status_code == 201
    theirs = opened(browser, team, "eve", "explore")
    ready(theirs, "explore")
    page = opened(browser, team, "admin", "team")
    ready(page, "team")
    page.get_by_role("button", name="eve", exact=True).click()
    expect(page.get_by_text("What may eve do?")).to_be_visible(timeout=SOON)
    page.get_by_role("combobox", name="Role").nth(1).click()
    page.locator(".MuiMenuItem-root", has_text="viewer").click()
    page.get_by_role("button", name="Give this role").click()
    expect(page.get_by_role("status").filter(has_text="is viewer now")).to_be_visible(timeout=SOON)
    expect(theirs.get_by_role("alertdialog")).to_contain_text("This page is closed", timeout=5000)
    theirs.get_by_role("link", name="Sign in again").click()
    theirs.wait_for_url("**/sign-in?next=**", timeout=SOON)
    page.context.close()
    theirs.context.close()


def test_a_version_is_promoted_after_a_question_and_rolled_back(
    browser: Browser, team: Any
) -> None:
    page = opened(browser, team, "admin", f"models?model={team.model}")
    ready(page, "models")
    for number in (1, 2):
        page.get_by_role("checkbox", name=f"Pick version {number}").check()
        page.get_by_role("button", name="Promote").click()
        expect(page.get_by_role("alert")).to_contain_text("Promote 1 version?")
        page.get_by_role("button", name="Yes, promote").click()
        told = page.get_by_role("status").filter(has_text=f"Version {number} is the champion")
        expect(told).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Roll back").click()
    told = page.get_by_role("status").filter(has_text="Version 1 is the champion again")
    expect(told).to_be_visible(timeout=SOON)
    assert page.wrong == []
    page.context.close()


def test_a_view_is_kept_under_a_name_and_opened_from_home(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "analyst", f"explore?data=detection:{team.found}&detector=ecod")
    expect(page.locator(".sentence")).to_be_visible(timeout=4 * SOON)
    page.get_by_label("Name of this view").fill("Odd scans <b>today</b>")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("status").filter(has_text="Kept as")).to_be_visible(timeout=SOON)
    pictured(page, "kept-view")
    page.get_by_role("status").filter(has_text="Kept as").get_by_role("link").click()
    page.get_by_role("link", name="Odd scans <b>today</b>").click(timeout=SOON)
    expect(page.locator(".sentence")).to_be_visible(timeout=4 * SOON)
    assert f"detection%3A{team.found}" in page.url or f"detection:{team.found}" in page.url
    assert page.wrong == []
    page.context.close()


def test_an_invitation_leads_to_a_password_and_in(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "admin", "team")
    ready(page, "team")
    page.get_by_label("Name to sign in with").fill("zoe")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("pre").inner_text(timeout=SOON)
    page.context.close()
    page = browser.new_context().new_page()
    page.goto(link)
    page.get_by_label("New password").fill("nine purple lamps")
    page.get_by_label("The same again").fill("nine purple lamps")
    page.get_by_role("button", name="Set password").click()
    page.get_by_label("Name").fill("zoe")
    page.get_by_label("Password").fill("nine purple lamps")
    page.get_by_role("button", name="Sign in").click()
    ready(page, "home")
    page.context.close()


def test_a_script_that_slips_into_a_page_does_not_run(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "admin", "home")
    ready(page, "home")
    page.evaluate(
        "html => { const d = document.createElement('div'); d.innerHTML = html;"
        " document.body.append(d); const s = document.createElement('script');"
        " s.textContent = 'window.ran = 1'; document.body.append(s); }",
        "".join(PAYLOADS[:3]),
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in told for told in page.wrong)
    page.context.close()
