"""The installed app: what opens with it, what it shows without the network, what it sends once."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _axe import violations
from _browser import find_or_install, flags
from _cable import Cable
from _plant import kept, planted, waited
from _team import pictured, team_server
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser
SOON = 20_000
PHONE = {"viewport": {"width": 390, "height": 844}, "user_agent": "Mobi"}
DEEDS = ("label.write", "incident.comment", "incident.acknowledge", "incident.assign")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server at the end of a cable, with a result, a monitor and an incident of one person."""
    with planted(tmp_path_factory.mktemp("app")) as made, Cable(made.url) as cable:
        made.cable = cable
        yield made


@pytest.fixture
def app(browser: Browser, team: Any) -> Iterator[BrowserContext]:
    """A browser of the operator's that has the app."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield installed(context, team)
    context.close()
    restored(None, team)


def installed(context: BrowserContext, team: Any, role: str = "operator") -> BrowserContext:
    team.cable.mend()
    context.set_default_timeout(60_000)
    signed_in(context, team, role)
    page = context.new_page()
    page.goto(f"{team.cable.url}/home")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    controlled(page)
    page.close()
    return context


def controlled(page: Page) -> None:
    waited(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "no worker")


def signed_in(context: BrowserContext, team: Any, role: str = "operator") -> None:
    cookie = {"name": "wb_session", "value": team.cookie(role), "url": team.cable.url}
    context.add_cookies([cookie])


def cut(context: BrowserContext, team: Any) -> None:
    team.cable.cut()
    context.set_offline(True)


def restored(context: BrowserContext | None, team: Any) -> None:
    team.cable.failing = team.cable.losing = 0
    team.cable.renewed = False
    team.cable.mend()
    if context is not None:
        context.set_offline(False)


def looked_at(context: BrowserContext, team: Any) -> None:
    """Look at the result, the incident and the monitor, side by side, until each is kept."""
    paths = (f"explore?data=detection:{team.result}", f"incident?id={team.incident}",
             f"live?monitor={team.monitor}")  # fmt: skip
    pages = [context.new_page() for _ in paths]
    for page, path in zip(pages, paths, strict=True):
        page.goto(f"{team.cable.url}/{path}", wait_until="commit")
    waited(lambda: len(kept(pages[0], "snapshots")) == len(paths), "not every page is kept")
    for page in pages:
        page.close()


def deeds(team: Any, since: int = 0) -> list[tuple[str, str]]:
    """Return what was done to results and incidents, as the audit has it, in order."""
    lines = team.ask("admin", "GET", f"/api/v1/audit/export?first={since + 1}").text.splitlines()
    told = [json.loads(line) for line in lines]
    return [(one["action"], one["object"]) for one in told if one["action"] in DEEDS]


def head(team: Any) -> int:
    return int(team.ask("admin", "GET", "/api/v1/audit/head").json()["number"])


def reopened(team: Any) -> None:
    """Let the incident be open again, as if nobody had acknowledged it."""
    way = f"/api/v1/incidents/{team.incident}"
    team.ask("operator", "POST", f"{way}/resolve", json={})
    assert team.ask("operator", "POST", f"{way}/reopen").json()["state"] == "open"


# ---- installing and opening ---------------------------------------------------------------------


def window(team: Any, tmp_path: Path, browser: Browser) -> Page:
    """Open home in a window of its own.

    In a private one, being private would be the reason not to install it.
    """
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=find_or_install(), args=flags()
    )
    installed(context, team)
    page = context.new_page()
    page.goto(f"{team.cable.url}/home")
    return page


def test_the_app_can_be_installed_and_opens_with_what_its_manifest_promises(
    team: Any, tmp_path: Path, browser: Browser
) -> None:
    page = window(team, tmp_path, browser)
    context = page.context
    protocol = context.new_cdp_session(page)
    manifest = protocol.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert protocol.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    told = json.loads(manifest["data"])
    for shortcut in told["shortcuts"]:
        page.goto(f"{team.cable.url}{shortcut['url']}")
        expect(page.get_by_text(shortcut["name"], exact=True).last).to_be_visible(timeout=SOON)
    (handler,) = told["protocol_handlers"]
    assert handler["protocol"] == "web+workbench"
    link = f"web%2Bworkbench%3Aincident%2F{team.incident}"
    page.goto(team.cable.url + handler["url"].replace("%s", link))
    page.wait_for_url(f"**/incident?id={team.incident}")
    context.close()


def test_the_installed_app_opens_with_shortcuts_links_and_files(
    team: Any, tmp_path: Path, browser: Browser
) -> None:
    # Chromium's domain PWA is there for who starts the browser by a pipe, as Playwright does.
    page = window(team, tmp_path, browser)
    context = page.context
    assert context.browser is not None
    protocol = context.browser.new_browser_cdp_session()
    app = {"manifestId": f"{team.cable.url}/"}
    protocol.send("PWA.install", {**app, "installUrlOrBundleUrl": f"{team.cable.url}/home"})
    state = protocol.send("PWA.getOsAppState", app)
    (handler,) = state["fileHandlers"]
    endings = {ending for one in handler["accepts"] for ending in one["fileExtensions"]}
    assert endings == {".csv", ".parquet", ".wb"}

    def opens(where: str) -> None:
        def there() -> bool:
            context.cookies()  # the browser's news come while it is asked something
            return any(where in one.url for one in context.pages)

        waited(there, f"no window shows {where}")

    told = context.new_cdp_session(page).send("Page.getAppManifest")
    for shortcut in json.loads(told["data"])["shortcuts"]:
        protocol.send("PWA.launch", {**app, "url": f"{team.cable.url}{shortcut['url']}"})
        opens(shortcut["url"])
    link = f"{team.cable.url}/open?what=web%2Bworkbench%3Aincident%2F{team.incident}"
    protocol.send("PWA.launch", {**app, "url": link})
    opens(f"/incident?id={team.incident}")
    file = tmp_path / "launched.csv"
    file.write_text(team_csv(), encoding="utf-8")
    protocol.send("PWA.launchFilesInApp", {**app, "files": [str(file)]})
    opens("/explore?data=dataset:")
    assert named(team, "launched") == 1
    context.new_cdp_session(page).send("PWA.openCurrentPageInApp", app)
    protocol.send("PWA.uninstall", app)
    context.close()


def shared(page: Page, team: Any, name: str, content: str) -> None:
    """Share a file with the app, as the manifest says that it is to be sent."""
    page.goto(f"{team.cable.url}/offline")
    page.evaluate(
        """([name, content]) => {
          const form = document.createElement("form"), file = document.createElement("input");
          Object.assign(form, { method: "post", action: "/share", enctype: "multipart/form-data" });
          Object.assign(file, { type: "file", name: "files", multiple: true });
          const given = new DataTransfer();
          given.items.add(new File([content], name));
          file.files = given.files;
          form.append(file);
          document.body.append(form);
          form.submit();
        }""",
        [name, content],
    )


def named(team: Any, name: str) -> int:
    found = team.ask("operator", "GET", "/api/v1/datasets", params={"q": name}).json()
    return int(found["total"])


def test_a_shared_file_is_uploaded_once_and_explored(app: BrowserContext, team: Any) -> None:
    page = app.new_page()
    shared(page, team, "shared-one.csv", team_csv())
    expect(page.get_by_text("Nothing is uploaded before you take it in")).to_be_visible(
        timeout=SOON
    )
    assert named(team, "shared-one") == 0  # a foreign page could have sent it
    page.get_by_role("button", name="Take in").click()
    page.wait_for_url("**/explore?data=dataset:*", timeout=SOON)
    assert named(team, "shared-one") == 1
    assert kept(page, "inbox") == []
    shared(page, team, "broken.pdf", "%PDF-")
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("its ending must be one of")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing was shared")).to_be_visible()


def team_csv() -> str:
    return "a,b\n" + "".join(f"{row % 7},{row * 3 % 11}\n" for row in range(60))


def test_what_is_shared_without_a_network_waits_for_it_and_for_who_is_signed_in(
    app: BrowserContext, team: Any
) -> None:
    page = app.new_page()
    page.goto(f"{team.cable.url}/offline")
    cut(app, team)
    shared(page, team, "shared-late.csv", team_csv())
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("No connection. What was shared waits")).to_be_visible(timeout=SOON)
    team.cable.losing = 1  # it arrives, and the answer does not
    app.clear_cookies(name="wb_session")
    restored_but_losing(app, team)
    page.get_by_role("link", name="Sign in").last.click()
    page.get_by_label("Name").fill("operator")
    page.get_by_label("Password").fill(team_server.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/explore?data=dataset:*", timeout=3 * SOON)
    assert team.cable.losing == 0
    assert named(team, "shared-late") == 1


def restored_but_losing(context: BrowserContext, team: Any) -> None:
    team.cable.mend()
    context.set_offline(False)


def test_an_opened_file_is_taken_in(app: BrowserContext, team: Any) -> None:
    page = app.new_page()
    # The browser hands over handles of files: these are real ones, of its own file system.
    page.add_init_script(
        f"""Object.defineProperty(window, "launchQueue", {{ configurable: true, value: {{
          async setConsumer(work) {{
            const folder = await navigator.storage.getDirectory();
            const handle = await folder.getFileHandle("opened.csv", {{ create: true }});
            const file = await handle.createWritable();
            await file.write({json.dumps(team_csv())});
            await file.close();
            work({{ files: [handle] }});
          }} }} }});"""
    )
    page.goto(f"{team.cable.url}/take-in")
    page.wait_for_url("**/explore?data=dataset:*", timeout=SOON)
    assert named(team, "opened") == 1


# ---- without the network ------------------------------------------------------------------------


def test_without_a_network_it_starts_and_shows_what_was_seen(
    app: BrowserContext, team: Any
) -> None:
    looked_at(app, team)
    cut(app, team)
    page = app.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{team.cable.url}/home")
    expect(page.get_by_role("heading", name="Kept here")).to_be_visible()
    expect(page.get_by_text("No connection.")).to_be_visible(timeout=SOON)
    for name, part in (("ecod on scans", ".wb-lanes canvas"), ("Pumps", ".wb-flow canvas")):
        page.goto(f"{team.cable.url}/offline")
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(part).first).to_be_visible()
        expect(page.get_by_text("as of").first).to_be_visible()
    # The page itself is asked for, and what was kept of it is shown in its place.
    page.goto(f"{team.cable.url}/incident?id={team.incident}")
    expect(page.locator(".wb-incident_cards h3")).to_be_visible()
    expect(page.locator(".wb-why_bars .steps")).to_be_visible()
    assert wrong == []


def test_a_row_is_chosen_in_the_lanes_and_its_reason_is_shown(
    app: BrowserContext, team: Any
) -> None:
    looked_at(app, team)
    cut(app, team)
    page = app.new_page()
    page.goto(f"{team.cable.url}/offline#detection:{team.result}")
    shows = page.get_by_role("button", name="in the lanes")
    rows = [one.get_attribute("aria-label").split()[2] for one in shows.all()[:2]]
    shows.nth(1).click()
    expect(page.get_by_role("heading", name=f"Why row {rows[1]}")).to_be_visible()
    expect(page.get_by_role("heading", name=f"Why row {rows[0]}")).to_be_hidden()
    expect(page.locator("select[name=row]")).to_have_value(rows[1])
    page.get_by_role("button", name="Previous anomaly").click()
    expect(page.get_by_role("heading", name=f"Why row {rows[0]}")).to_be_visible()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser: Browser, team: Any, look: str
) -> None:
    options = PHONE if look == "phone" else {"viewport": {"width": 1280, "height": 900}}
    theme = "dark" if look == "dark" else "light"
    reopened(team)
    context = installed(browser.new_context(**options, color_scheme=theme), team)
    looked_at(context, team)
    cut(context, team)
    page = context.new_page()
    places = {
        "list": "", "result": f"#detection:{team.result}",
        "incident": f"#incident:{team.incident}", "monitor": f"#monitor:{team.monitor}",
    }  # fmt: skip
    for name, place in places.items():
        page.goto("about:blank")
        page.goto(f"{team.cable.url}/offline{place}")
        expect(page.get_by_text("No connection.")).to_be_visible(timeout=SOON)
        if name == "incident":
            said(page, "Comment", "seen while offline")
            page.get_by_role("button", name="Acknowledge", exact=True).click()
            expect(page.get_by_role("status").filter(has_text="Kept: Ack")).to_be_visible()
        pictured(page, f"offline-{name}-{look}")
        assert violations(page) == [], name
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{name} is wider than the window"
    page.goto(f"{team.cable.url}/take-in")
    assert violations(page) == [], "take-in"
    context.close()
    restored(None, team)


# ---- what is done meanwhile ---------------------------------------------------------------------


def said(page: Page, name: str, words: str) -> None:
    page.locator("textarea[name=text]").fill(words)
    page.get_by_role("button", name=name, exact=True).last.click()
    expect(page.locator(".said")).to_contain_text(words)


def labelled(page: Page, row: int, verdict: str) -> None:
    page.locator("select[name=row]").select_option(index=row)
    page.get_by_label(verdict, exact=True).check()
    page.get_by_role("button", name="Label", exact=True).click()
    expect(page.locator(".said")).to_contain_text(verdict)


def emptied(page: Page) -> None:
    waited(lambda: not kept(page, "queue"), "the queue is not sent")


@pytest.mark.parametrize("trouble", ["none", "killed", "failing", "lost", "signed out"])
def test_what_is_done_offline_arrives_exactly_once(
    app: BrowserContext, team: Any, trouble: str
) -> None:
    reopened(team)
    looked_at(app, team)
    before = head(team)
    cut(app, team)
    page = app.new_page()
    page.goto(f"{team.cable.url}/offline#detection:{team.result}")
    for row, verdict in enumerate(("anomaly", "normal", "unsure")):
        labelled(page, row, verdict)
    page.goto(f"{team.cable.url}/offline#incident:{team.incident}")
    said(page, "Comment", f"seen, {trouble}")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    waited(lambda: len(kept(page, "queue")) == 5, "not all is kept")
    assert deeds(team, before) == []
    if trouble == "failing":
        team.cable.failing = 2
    if trouble == "lost":
        team.cable.losing = 2
    if trouble == "signed out":
        app.clear_cookies(name="wb_session")
    if trouble == "killed":
        killed(app, team, page)
    else:
        restored_but_losing(app, team)
    if trouble == "signed out":
        expect(page.get_by_text("not signed in any more")).to_be_visible(timeout=2 * SOON)
        assert deeds(team, before) == []
        page.get_by_role("link", name="Sign in", exact=True).click()
        page.get_by_label("Name").fill("operator")
        page.get_by_label("Password").fill(team_server.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
    emptied(page)
    result, incident = f"detection:{team.result}", f"incident:{team.incident}"
    assert deeds(team, before) == [
        *[("label.write", result)] * 3, ("incident.comment", incident),
        ("incident.acknowledge", incident),
    ]  # fmt: skip
    assert len(kept(page, "sent")) == 5


def killed(app: BrowserContext, team: Any, page: Page) -> None:
    """Let the worker alone send what waits, and kill it while it waits for the first answer."""
    page.goto("about:blank")
    team.cable.losing = 1
    team.cable.hold()
    restored_but_losing(app, team)
    page.goto(f"{team.cable.url}/healthz")  # no script of ours runs there
    protocol = app.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    protocol.on(
        "ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"])
    )
    protocol.send("ServiceWorker.enable")
    while not (mine := [one for one in known if one["scopeURL"].startswith(team.cable.url)]):
        page.wait_for_timeout(100)  # the protocol's events come meanwhile
    protocol.send(
        "ServiceWorker.dispatchSyncEvent",
        {"origin": team.cable.url, "registrationId": mine[-1]["registrationId"],
         "tag": "wb-queue", "lastChance": False},
    )  # fmt: skip
    waited(team.cable.held.is_set, "the worker sends nothing")
    protocol.send("ServiceWorker.stopAllWorkers")
    team.cable.free()
    page.goto(f"{team.cable.url}/home")


def test_what_the_server_refuses_is_told_in_its_words_and_may_be_sent_again(
    app: BrowserContext, team: Any
) -> None:
    reopened(team)
    looked_at(app, team)
    cut(app, team)
    page = app.new_page()
    page.goto(f"{team.cable.url}/offline#incident:{team.incident}")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator(".said")).to_contain_text("Kept:")
    way = f"/api/v1/incidents/{team.incident}"
    team.ask("operator", "POST", f"{way}/resolve", json={})  # somebody else was faster
    restored(app, team)
    expect(page.get_by_text("refused", exact=True)).to_be_visible(timeout=2 * SOON)
    expect(page.locator("li", has_text="refused")).to_contain_text("resolved")
    elsewhere = app.new_page()
    elsewhere.goto(f"{team.cable.url}/home")
    expect(elsewhere.get_by_text("Not taken: Acknowledged")).to_be_visible(timeout=SOON)
    elsewhere.close()
    before = head(team)
    team.ask("operator", "POST", f"{way}/reopen")
    page.get_by_role("button", name="Send again").click()
    emptied(page)
    assert ("incident.acknowledge", f"incident:{team.incident}") in deeds(team, before)


def test_a_full_device_is_told_and_what_was_written_stays(app: BrowserContext, team: Any) -> None:
    looked_at(app, team)
    cut(app, team)
    page = app.new_page()
    page.goto(f"{team.cable.url}/offline#incident:{team.incident}")
    said(page, "Comment", "kept before")
    # Chromium's protocol sets a quota, but small writes pass it: the database is told to be full.
    page.evaluate(
        """() => {
          window.plain = IDBObjectStore.prototype.add;
          IDBObjectStore.prototype.add = function () {
            throw new DOMException("The disk is full.", "QuotaExceededError");
          };
        }"""
    )
    page.locator("textarea[name=text]").fill("no room for this")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("device is full", timeout=SOON)
    expect(page.locator("textarea[name=text]")).to_have_value("no room for this")
    assert ["kept before" in one["told"] for one in kept(page, "queue")] == [True]
    assert kept(page, "snapshots") == [], "what was only seen made room"
    page.evaluate("() => { IDBObjectStore.prototype.add = window.plain; }")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".said")).to_contain_text("Kept:")
    assert len(kept(page, "queue")) == 2
    before = head(team)
    restored(app, team)
    emptied(page)
    assert [one for one, _ in deeds(team, before)] == ["incident.comment"] * 2


def cycles(app: BrowserContext, team: Any, count: int, seed: int) -> None:
    """Cut and mend the cable at random while somebody writes; all of it arrives, once, in order."""
    random_ = random.Random(seed)
    looked_at(app, team)
    page = app.new_page()
    page.goto(f"{team.cable.url}/offline#incident:{team.incident}")
    expect(page.locator("textarea[name=text]")).to_be_visible()
    wrote: list[str] = []
    for cycle in range(count):
        if random_.random() < 0.8:
            cut(app, team)
        for number in range(random_.randint(1, 3)):
            wrote.append(f"{seed}/{cycle}/{number}")
            said(page, "Comment", wrote[-1])
        team.cable.failing = random_.choice([0, 0, 0, 1])
        team.cable.losing = random_.choice([0, 0, 1])
        restored_but_losing(app, team)
        if random_.random() < 0.3:  # cut once more while it is being sent
            time.sleep(random_.random() * 0.3)
            cut(app, team)
            restored_but_losing(app, team)
    restored(app, team)
    emptied(page)
    lines, after = [], ""
    while True:
        part = team.ask(
            "operator", "GET", f"/api/v1/incidents/{team.incident}/timeline",
            params={"limit": 200, "after": after},
        ).json()  # fmt: skip
        lines += [
            one["body"].get("text", "") for one in part["items"] if one["kind"] == "commented"
        ]
        after = part["next"]
        if not after:
            break
    arrived = [line for line in lines if line.startswith(f"{seed}/")]
    print(f"{count} cycles: {len(wrote)} comments written, {len(arrived)} arrived")
    assert arrived == wrote


def test_the_server_has_what_was_done_after_a_few_cuts(app: BrowserContext, team: Any) -> None:
    cycles(app, team, 5, seed=5)


@pytest.mark.bars
@pytest.mark.timeout(1800)
def test_the_server_has_what_was_done_after_a_hundred_cuts(app: BrowserContext, team: Any) -> None:
    cycles(app, team, 100, seed=100)


# ---- leaving, and a new version -----------------------------------------------------------------


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


def entered(page: Page, team: Any, name: str) -> None:
    page.goto(f"{team.cable.url}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(team_server.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home")


def test_signing_out_sends_what_waits_and_leaves_nothing(app: BrowserContext, team: Any) -> None:
    looked_at(app, team)
    page = app.new_page()
    cut(app, team)
    page.goto(f"{team.cable.url}/offline#incident:{team.incident}")
    said(page, "Comment", "before I go")
    restored(app, team)
    page.goto(f"{team.cable.url}/home")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    assert left_behind(page) == {
        "caches": [], "databases": [], "workers": 0, "local": 0, "session": 0,
    }  # fmt: skip
    timeline = f"/api/v1/incidents/{team.incident}/timeline?sort=-number"
    texts = [one["body"].get("text") for one in
             team.ask("operator", "GET", timeline).json()["items"]]  # fmt: skip
    assert texts.count("before I go") == 1


def test_nothing_of_one_person_is_there_for_the_next(browser: Browser, team: Any) -> None:
    team.cable.mend()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    entered(page, team, "operator")
    controlled(page)
    looked_at(context, team)
    page.evaluate("fetch('/api/v1/incidents').then((answer) => answer.text())")
    assert any(name.startswith("reads-") for name in left_behind(page)["caches"])
    context.clear_cookies(name="wb_session")  # they did not sign out: their session was over
    entered(page, team, "analyst")
    controlled(page)
    assert [kept(page, name) for name in ("snapshots", "queue", "sent", "inbox")] == [
        [],
        [],
        [],
        [],
    ]
    assert team.ids["operator"] not in json.dumps(left_behind(page))
    page.goto(f"{team.cable.url}/offline#incident:{team.incident}")
    expect(page.get_by_text("not kept on this device")).to_be_visible()
    context.close()


def test_a_new_version_asks_and_comes_without_losing_what_is_being_written(
    app: BrowserContext, team: Any
) -> None:
    page = app.new_page()
    page.goto(f"{team.cable.url}/incident?id={team.incident}")
    comment = page.get_by_label("Comment").first
    comment.fill("half a sentence")
    team.cable.renewed = True
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    page.get_by_role("button", name="Use it now").click()
    expect(page.get_by_text("What you are writing stays")).to_be_visible(timeout=SOON)
    expect(comment).to_have_value("half a sentence")
    assert waited(
        lambda: {"shell-x"} == {one[:7] for one in page.evaluate("caches.keys()")
                                if one.startswith("shell-")},
        "what the version before kept is still there",
    )  # fmt: skip
    page.get_by_role("button", name="Load anew").click()
    page.wait_for_load_state()
    expect(page.get_by_label("Comment").first).to_have_value("", timeout=SOON)


def test_a_page_that_loses_its_server_leads_to_what_was_kept_of_it(
    app: BrowserContext, team: Any
) -> None:
    looked_at(app, team)
    page = app.new_page()
    page.goto(f"{team.cable.url}/incident?id={team.incident}")
    expect(page.get_by_text("What happened")).to_be_visible(timeout=SOON)
    cut(app, team)
    page.get_by_role("link", name="See what was kept").click(timeout=SOON)
    expect(page.locator(".wb-incident_cards h3")).to_be_visible()
