"""Alerting in a browser: channels tried, messages sent again, silences; incidents as a view."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from _axe import violations
from _team import opened, pictured, team_server
from playwright.sync_api import Browser, Page, expect
from test_live import PHONE, records, walk

from tests.alerts._receivers import Receiver

pytestmark = pytest.mark.browser
SOON = 20_000
HUSH = "hush-hush-hush-hush"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Any]:
    """A server whose monitor has found a spike, and whose receiver did not take the message."""
    settings = {"WORKBENCH_LIVE_WORKERS": "1", "WORKBENCH_ALLOWED_NETWORKS": "127.0.0.0/8"}
    receiver.status = 400
    with team_server.Server(tmp_path_factory.mktemp("alerting"), settings) as server:
        made = team_server.populated(server)

        def ask(what: str, **asked: Any) -> Any:
            return made.ask("operator", "POST", f"/api/v1/{what}", json=asked).json()["id"]

        words = {"url": f"{receiver.url}/{HUSH}", "key": HUSH}
        made.channel = ask("channels", name="pager", kind="webhook", settings=words)
        stream = ask("streams", name="Plant", shape={"entity": "pump"})
        routes = {"routes": [{"channel": made.channel}]}
        made.monitor = ask("monitors", name="Pumps", stream=stream, routes=routes)
        sent = records(500, datetime.now(UTC) - timedelta(minutes=10), spike=480)
        made.ask("operator", "POST", f"/api/v1/streams/{stream}/records", json=sent)
        waited(lambda: made.ask("operator", "GET", "/api/v1/outbox?state=dead").json()["total"])
        yield made
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)
    assert not [line for line in server.lines if HUSH in line], "a secret is in the log"


def waited(what: Callable[[], Any]) -> None:
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until, "it does not come"
        time.sleep(0.2)


def looked(page: Page, name: str) -> None:
    """Look at a page as a whole: nothing that axe finds, nothing wider than the window."""
    page.evaluate("document.fonts.ready.then(() => true)")
    pictured(page, name)
    assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], "the page is wider than the window"
    assert page.wrong == []


@pytest.mark.parametrize("look", ["light", pytest.param("dark", marks=pytest.mark.bars), "phone"])
def test_axe_finds_nothing_with_everything_open(browser: Browser, team: Any, look: str) -> None:
    theme = "dark" if look == "dark" else "light"
    options = PHONE if look == "phone" else {"viewport": {"width": 1280, "height": 2200}}
    page = opened(browser, team, "operator", f"alerting?theme={theme}", **options)
    page.get_by_role("button", name="pager", exact=True).click(timeout=SOON)
    expect(page.get_by_text("Kept and not shown")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("It answers 400").first).to_be_visible(timeout=SOON)
    looked(page, f"alerting-{look}")
    page.context.close()


def chosen(page: Page, label: str, words: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.locator(".MuiMenuItem-root", has_text=words).first.click()


def test_a_channel_is_added_tried_changed_and_removed_and_its_secrets_stay_hidden(
    browser: Browser, team: Any, receiver: Receiver
) -> None:
    receiver.status = 500
    page = opened(browser, team, "operator", "alerting")
    page.get_by_label("Name of the channel").fill("second <b>hook</b>", timeout=SOON)
    chosen(page, "Kind", "webhook:")
    page.get_by_label("url", exact=True).fill(f"{receiver.url}/{HUSH}")
    page.get_by_label("key", exact=True).fill(HUSH)
    page.get_by_role("button", name="Add the channel").click()
    expect(page.get_by_role("status").filter(has_text="is there")).to_be_visible(timeout=SOON)
    values = page.evaluate(
        "() => { const all = []; const look = (root) => root.querySelectorAll('*').forEach((e) =>"
        " { if (e.value) all.push(String(e.value)); if (e.shadowRoot) look(e.shadowRoot); });"
        " look(document); return all; }"
    )
    assert not [value for value in values if HUSH in value]
    walk(page, "Send a test")
    page.keyboard.press("Enter")
    told = page.get_by_role("alert").filter(has_text="The test did not arrive")
    expect(told).to_contain_text("It answers 500", timeout=SOON)
    expect(page.get_by_text("failing: It answers 500").first).to_be_visible(timeout=SOON)
    receiver.status = 200
    page.get_by_role("button", name="Send a test").click()
    told = page.get_by_role("status").filter(has_text="The test arrived after")
    expect(told).to_be_visible(timeout=SOON)
    assert receiver.got[-1].path == f"/{HUSH}"
    page.get_by_label("Name", exact=True).fill("night shift")
    page.get_by_role("button", name="Save changes").first.click()
    expect(page.get_by_role("button", name="night shift", exact=True)).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("button", name="Switch it on")).to_be_visible(timeout=SOON)
    page.get_by_role("checkbox", name="Pick night shift").check()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Yes, remove").click()
    expect(page.get_by_role("button", name="night shift", exact=True)).to_have_count(0)
    names = [one["name"] for one in team.ask("admin", "GET", "/api/v1/channels").json()["items"]]
    assert names == ["pager"]
    page.reload()
    expect(page.get_by_role("button", name="pager", exact=True)).to_be_visible(timeout=SOON)
    assert HUSH not in page.content()
    assert page.locator("b", has_text="hook").count() == 0
    assert page.wrong == []
    page.context.close()


def test_what_was_given_up_is_sent_again(browser: Browser, team: Any, receiver: Receiver) -> None:
    receiver.status = 200
    page = opened(browser, team, "operator", "alerting")
    page.get_by_role("checkbox", name="Pick was opened").first.check(timeout=SOON)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status").filter(has_text="on their way")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("No messages here.")).to_be_visible(timeout=SOON)
    waited(lambda: team.ask("operator", "GET", "/api/v1/outbox?state=sent").json()["total"])
    assert page.wrong == []
    page.context.close()


def test_one_mutes_with_a_reason_and_an_end_plans_a_maintenance_and_lifts_both(
    browser: Browser, team: Any
) -> None:
    page = opened(browser, team, "operator", "alerting")
    mute = page.get_by_role("button", name="Mute", exact=True)
    mute.click(timeout=SOON)
    expect(page.get_by_role("alert")).to_contain_text("Say why", timeout=SOON)
    page.get_by_label("Why (needed)").fill("the pump is being mended")
    chosen(page, "Which monitor", "Pumps")
    page.get_by_label("Which entities").fill("pump 2")
    mute.click()
    expect(page.get_by_role("status").filter(has_text="Muted: Pumps")).to_be_visible(timeout=SOON)
    page.get_by_label("Why (needed)").fill("every Sunday night")
    chosen(page, "When", "again and again")
    page.get_by_label("Begins (cron)").fill("0 2 * * SUN")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    mute.click()
    expect(page.get_by_text("at 0 2 * * SUN for 60 minutes").first).to_be_visible(timeout=SOON)
    kept = team.ask("viewer", "GET", "/api/v1/silences").json()["items"]
    assert [(one["reason"], one["zone"], one["seconds"]) for one in kept] == [
        ("every Sunday night", "Europe/Berlin", 3600), ("the pump is being mended", "UTC", 0),
    ]  # fmt: skip
    assert kept[1]["match"]["monitor"] == team.monitor
    page.get_by_role("button", name="Pumps, entity pump 2").last.click()
    until = page.get_by_label("Until (UTC)")
    expect(until).to_have_value(re.compile("20"), timeout=SOON)  # what is open has come
    until.fill("2099-01-01 08:00")
    page.get_by_role("button", name="Save changes").last.click()
    expect(page.get_by_text("until 2099-01-01 08:00").first).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Lift it now").click()
    expect(page.get_by_role("status").filter(has_text="Lifted")).to_be_visible(timeout=SOON)
    page.get_by_role("checkbox", name="Pick Pumps, entity pump 2").check()
    page.get_by_role("button", name="Lift", exact=True).click()
    page.get_by_role("button", name="Yes, lift").click()
    expect(page.get_by_text("No silences here.")).to_be_visible(timeout=SOON)
    assert page.wrong == []
    page.context.close()


def test_who_may_only_read_is_offered_nothing_to_change(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "viewer", "incidents")
    page.get_by_role("main").get_by_role("link", name="Alerting").click(timeout=SOON)
    page.get_by_role("button", name="pager", exact=True).click(timeout=SOON)
    expect(page.get_by_text("Kept and not shown")).to_be_visible(timeout=SOON)
    for name in ("Send a test", "Add the channel", "Mute", "Send again", "Save changes"):
        assert page.get_by_role("button", name=name, exact=True).count() == 0
    assert page.get_by_role("checkbox").count() == 0
    assert page.wrong == []
    page.context.close()


def test_a_phone_shows_how_bad_an_incident_is_without_scrolling(
    browser: Browser, team: Any
) -> None:
    page = opened(browser, team, "operator", "incidents", **PHONE)
    severity = page.locator(".wb-records tbody tr").first.locator("td").nth(2)
    expect(severity).to_contain_text("critical", timeout=SOON)
    expect(severity).to_be_in_viewport(ratio=1.0, timeout=SOON)
    page.wait_for_url("**sort=-opened**")  # the page is live
    looked(page, "incidents-phone-severity")
    page.get_by_role("link", name="Pumps").first.click()
    expect(page.get_by_text("Next:")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("or resolve it as a false alarm")).to_be_visible()
    expect(page.get_by_text("open it")).to_have_count(0)
    page.context.close()


def test_incidents_are_kept_as_a_view_and_seen_so_again(browser: Browser, team: Any) -> None:
    page = opened(browser, team, "operator", "incidents")
    page.get_by_label("State").select_option("all", timeout=SOON)
    page.get_by_label("Severity").select_option("75")
    page.get_by_role("button", name="Severity").click()
    page.wait_for_url("**sort=severity**")
    page.get_by_label("Name of this view").fill("Worst of all")
    page.get_by_role("button", name="Save view").click()
    page.get_by_role("status").filter(has_text="Kept as").get_by_role("link").click(timeout=SOON)
    page.get_by_role("link", name="Worst of all").click(timeout=SOON)
    expect(page.get_by_label("Severity")).to_have_value("75", timeout=SOON)
    expect(page.get_by_label("State")).to_have_value("all")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Severity")
    looked(page, "incidents-view")
    page.context.close()
