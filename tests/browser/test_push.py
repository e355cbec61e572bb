"""Web push in a browser: turned on by a click, shown by the worker, acted upon with no page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from _axe import violations
from _team import opened, pictured, team_server
from playwright.sync_api import Browser, Page, expect
from test_alerting import waited
from test_live import PHONE, records

from tests.alerts._push_service import Subscribed
from tests.alerts._receivers import Receiver

pytestmark = pytest.mark.browser
SOON = 20_000
#: In place of the browser's own push service, which is far away: everything else is as it is.
PUSH_SERVICE = """
(() => {
  let kept = null;
  const told = TOLD;
  const plain = (text) => atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = (text) => Uint8Array.from(plain(text), (c) => c.charCodeAt(0));
  const make = (key) => ({
    endpoint: told.endpoint, options: { applicationServerKey: bytes(key).buffer },
    toJSON: () => ({ endpoint: told.endpoint, keys: { p256dh: told.p256dh, auth: told.auth } }),
    unsubscribe: async () => { kept = null; return true; },
  });
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly) throw new Error('silent push');
    window.asked = (window.asked ?? 0) + 1;
    return kept = make(applicationServerKey);
  };
  PushManager.prototype.getSubscription = async () => kept;
})();
"""
#: What the worker makes of a click on a notification, which nobody can click from outside.
CLICK = """
async (action) => {
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent('notificationclick', { notification, action });
  let done = null;
  event.waitUntil = (work) => { done = work; };
  self.dispatchEvent(event);
  await done;
  return (await self.registration.getNotifications()).length;
}
"""

#: A browser that changes, by itself, where it is reached.
MOVE = """
async (told) => {
  const event = new Event('pushsubscriptionchange');
  const { endpoint, p256dh, auth } = told;
  event.newSubscription = { toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  let done = null;
  event.waitUntil = (work) => { done = work; };
  self.dispatchEvent(event);
  await done;
}
"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        made.status = 201
        yield made


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server that watches a stream, and sends what it finds to browsers."""
    settings = {"WORKBENCH_LIVE_WORKERS": "1", "WORKBENCH_ALLOWED_NETWORKS": "127.0.0.0/8"}
    with team_server.Server(tmp_path_factory.mktemp("push"), settings) as server:
        made = team_server.populated(server)

        def ask(what: str, **asked: Any) -> Any:
            return made.ask("operator", "POST", f"/api/v1/{what}", json=asked).json()["id"]

        made.channel = ask("channels", name="phones", kind="web_push")
        made.stream = ask("streams", name="Plant", shape={"entity": "pump"})
        routes = {"routes": [{"channel": made.channel}]}
        ask("monitors", name="Pumps", stream=made.stream, routes=routes)
        yield made
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)
    assert not [line for line in server.lines if "-hush" in line], "an address is in the log"


def allowed(browser: Browser, team: Any, subscribed: Subscribed, **options: Any) -> Page:
    """Open Settings as an operator whose browser may show notifications."""
    page = opened(browser, team, "operator", "healthz", **options)
    page.context.grant_permissions(["notifications"], origin=team.url)
    page.add_init_script(PUSH_SERVICE.replace("TOLD", json.dumps(subscribed.keys)))
    page.goto(f"{team.url}/settings")
    return page


def turned_on(page: Page) -> None:
    page.get_by_role("button", name="Turn on here").click(timeout=SOON)
    expect(page.get_by_role("button", name="Turn off here")).to_be_visible(timeout=SOON)


def test_one_turns_it_on_by_a_click_tries_it_keeps_quiet_hours_and_turns_it_off(
    browser: Browser, team: Any, receiver: Receiver
) -> None:
    subscribed = Subscribed(receiver, "desk")
    page = allowed(browser, team, subscribed, viewport={"width": 1280, "height": 1600})
    expect(page.get_by_role("button", name="Turn on here")).to_be_visible(timeout=SOON)
    assert page.evaluate("window.asked") is None  # nothing was asked for by itself
    turned_on(page)
    name = re.compile("Pick Chrome on")
    page.get_by_role("checkbox", name=name).check(timeout=SOON)
    page.get_by_role("button", name="Send a test").click()
    told = page.get_by_role("status").filter(has_text="The test is on its way")
    expect(told).to_be_visible(timeout=SOON)
    assert [one["title"] for one in subscribed.shown()] == ["Notifications work here"]
    page.get_by_label("Until").fill("06:30")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Keep quiet hours").click()
    expect(page.get_by_text("From 22:00 until 06:30 (Europe/Berlin)")).to_be_visible(timeout=SOON)
    pictured(page, "push-light")
    assert violations(page) == []
    page.get_by_role("button", name="Turn off here").click()
    expect(page.get_by_role("button", name="Turn on here")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("checkbox", name=name)).to_have_count(0, timeout=SOON)
    for key in (subscribed.path, subscribed.keys["auth"]):
        assert key not in page.content()
    assert page.wrong == []  # type: ignore[attr-defined]
    page.context.close()


def test_signing_out_forgets_the_device(browser: Browser, team: Any, receiver: Receiver) -> None:
    page = allowed(browser, team, Subscribed(receiver, "shared"))
    turned_on(page)
    count = "fetch('/api/v1/push/devices').then((a) => a.json()).then((all) => all.length)"
    assert page.evaluate(count) == 1
    page.evaluate("fetch('/sign-out', { method: 'POST' }).then((a) => a.status)")
    other = opened(browser, team, "operator", "settings")
    assert other.evaluate(count) == 0
    for one in (page, other):
        one.context.close()


@pytest.mark.parametrize("look", ["dark", "phone"])
def test_what_hinders_it_is_said_in_words(browser: Browser, team: Any, look: str) -> None:
    size = {"width": 390, "height": 1900} if look == "phone" else {"width": 1280, "height": 1600}
    options = {**(PHONE if look == "phone" else {}), "viewport": size}
    page = opened(browser, team, "operator", "healthz", **options)
    page.add_init_script(
        "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
        if look == "dark"
        else "delete window.PushManager"
    )
    page.goto(f"{team.url}/settings?theme={'dark' if look == 'dark' else 'light'}")
    words = "are blocked in this browser" if look == "dark" else "This browser cannot show"
    expect(page.get_by_text(words)).to_be_visible(timeout=SOON)
    assert page.get_by_role("button", name="Turn on here").count() == 0
    pictured(page, f"push-{look}")
    assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]  # type: ignore[index]
    page.context.close()


def test_an_iphone_is_told_to_install_the_app_first(browser: Browser, team: Any) -> None:
    agent = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"
    )
    page = opened(browser, team, "operator", "healthz", **{**PHONE, "user_agent": agent})
    # As Safari has it: no push before the app is on the home screen.
    page.add_init_script("delete window.PushManager")
    page.goto(f"{team.url}/settings")
    words = page.get_by_text("On an iPhone or iPad notifications need the installed app")
    expect(words).to_be_visible(timeout=SOON)
    expect(words).to_contain_text("tap Share, then Add to Home Screen")
    assert page.get_by_role("button", name="Turn on here").count() == 0
    page.context.close()


def deliver(page: Page, team: Any, payload: str, times: int = 1) -> None:
    """Let the browser's push service bring a message to the worker."""
    registered: list[str] = []
    session = page.context.new_cdp_session(page)
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registered.extend(one["registrationId"] for one in told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(200)
    for _ in range(times):
        asked = {"origin": team.url, "registrationId": registered[-1], "data": payload}
        session.send("ServiceWorker.deliverPushMessage", asked)


def test_many_pushes_of_an_incident_are_one_notification_that_acknowledges_with_no_page_open(
    browser: Browser, team: Any, receiver: Receiver
) -> None:
    subscribed = Subscribed(receiver, "phone")
    page = allowed(browser, team, subscribed)
    turned_on(page)
    found = records(500, datetime.now(UTC) - timedelta(minutes=10), spike=480)
    team.ask("operator", "POST", f"/api/v1/streams/{team.stream}/records", json=found)
    waited(subscribed.got)
    payload = subscribed.read(subscribed.got()[-1].body).decode()
    incident = json.loads(payload)["incident"]
    context, worker = page.context, page.context.service_workers[0]
    moved = Subscribed(receiver, "moved")
    worker.evaluate(MOVE, moved.keys)
    test = "fetch(`/api/v1/push/devices/${id}/test`, { method: 'POST' }).then((a) => a.status)"
    ids = "fetch('/api/v1/push/devices').then((a) => a.json()).then((all) => all[0].id)"
    assert page.evaluate(f"{ids}.then((id) => {test})") == 200
    assert [one["title"] for one in moved.shown()] == ["Notifications work here"]
    deliver(page, team, payload, 20)
    many = (
        "self.registration.getNotifications().then((all) => all.map((one) => [one.tag, "
        "one.actions.length]))"
    )
    waited(lambda: worker.evaluate(many))
    assert worker.evaluate(many) == [[incident, 2]]
    page.close()
    assert worker.evaluate(CLICK, "acknowledge") == 0
    waited(
        lambda: (
            team.ask("operator", "GET", f"/api/v1/incidents/{incident}").json()["state"]
            == "acknowledged"
        )
    )
    context.close()


def test_a_notification_snoozes_its_incident_for_an_hour_with_no_page_open(
    browser: Browser, team: Any, receiver: Receiver
) -> None:
    subscribed = Subscribed(receiver, "night")
    page = allowed(browser, team, subscribed)
    turned_on(page)

    def ask(what: str, **asked: Any) -> Any:
        return team.ask("operator", "POST", f"/api/v1/{what}", json=asked).json()["id"]

    stream = ask("streams", name="Night", shape={"entity": "pump"})
    routes = {"routes": [{"channel": team.channel}]}
    ask("monitors", name="Night pumps", stream=stream, routes=routes)
    found = records(500, datetime.now(UTC) - timedelta(minutes=10), spike=480)
    team.ask("operator", "POST", f"/api/v1/streams/{stream}/records", json=found)
    waited(subscribed.got)
    payload = subscribed.read(subscribed.got()[-1].body).decode()
    incident = json.loads(payload)["incident"]
    deliver(page, team, payload)
    context, worker = page.context, page.context.service_workers[0]
    shown = "self.registration.getNotifications().then((all) => all.length)"
    waited(lambda: worker.evaluate(shown))
    page.close()
    assert worker.evaluate(CLICK, "snooze") == 0

    def state() -> dict[str, Any]:
        told: dict[str, Any] = team.ask("operator", "GET", f"/api/v1/incidents/{incident}").json()
        return told

    waited(lambda: state()["state"] == "snoozed")
    until = datetime.fromisoformat(state()["snoozed_until"])
    assert timedelta(minutes=55) < until - datetime.now(UTC) < timedelta(minutes=65)
    context.close()
