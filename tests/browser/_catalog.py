"""Every page of the server in every state that people meet: what accessibility is judged by.

A page that has no entry here fails a test, so that none comes without being looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

__all__ = ["LOOKS", "SOON", "STATES", "Look", "State", "opened_tables"]

SOON = 60_000


@dataclass(frozen=True)
class State:
    """A page in one of its states.

    Attributes
    ----------
    page : str
        Address of the page, as the server's own list has it.
    path : str
        What is opened; {names} stand for what is kept.
    sign : str
        Selector of what is seen once it is there.
    role : str
        Who looks; "" for nobody.
    act : callable, optional
        What is done first.
    """

    page: str
    path: str
    sign: str
    role: str = "admin"
    act: Callable[[Page, Any], None] | None = None


def opened_tables(page: Page, _team: Any = None) -> None:
    """Open the table behind every chart."""
    for button in page.locator(".as-table:visible").all():
        button.click()
    expect(page.locator(".figures:visible td").first).to_be_visible()


def _keys(page: Page, _team: Any) -> None:
    page.get_by_role("button", name="Keyboard shortcuts").click()


def _wrong(page: Page, _team: Any) -> None:
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")


#: How many snapshots this browser keeps; to open a database that is not there would make it.
_SNAPSHOTS = """async () => {
  if (!(await indexedDB.databases()).some((one) => one.name === "workbench")) return 0;
  return new Promise((done) => {
    const asked = indexedDB.open("workbench");
    asked.onerror = () => done(0);
    asked.onsuccess = () => {
      const db = asked.result;
      if (!db.objectStoreNames.contains("snapshots")) { db.close(); done(0); return; }
      const all = db.transaction("snapshots").objectStore("snapshots").count();
      all.onsuccess = () => { db.close(); done(all.result); };
    };
  });
}"""


def _kept(page: Page, team: Any) -> None:
    """Look at an incident until it is kept, then at what was kept of it."""
    page.goto(f"{team.url}/incident?id={team.incident}")
    until = time.monotonic() + SOON / 1000
    while not page.evaluate(_SNAPSHOTS):
        assert time.monotonic() < until, "nothing is kept"
        page.wait_for_timeout(300)
    page.goto(f"{team.url}/offline#incident:{team.incident}")
    expect(page.locator(".wb-why_bars .steps")).to_be_visible(timeout=SOON)
    expect(page.locator(_CONNECTED)).to_be_visible(timeout=SOON)


#: The pages that stand alone load anew when they learn whose browser it is: this comes after.
_CONNECTED = ".state[data-state=connected]"
_FOUND = "data=detection:{result}&detector=ecod"
_PUMP = "explore?data=sample:pump&detector=seasonal_residual"
#: By name; the part before the comma is what a reader calls the page.
STATES: dict[str, State] = {
    "home": State("home", "home", "text='Scans of March'"),
    "explore, nothing yet": State("explore", "explore", "text='No data yet'"),
    "explore, a table": State("explore", f"explore?{_FOUND}", ".sentence"),
    "explore, a series": State("explore", _PUMP, ".sentence"),
    "explore, figures": State("explore", _PUMP, ".sentence", act=opened_tables),
    "explore, not scored": State("explore", f"{_PUMP}&scored=no", "text='Not scored yet'"),
    "explore, failed": State("explore", "explore?data=sample:pump&time=nope", ".state .problem"),
    "explore, keys": State("explore", "explore", "text='No data yet'", act=_keys),
    "compare, nothing yet": State("compare", "compare", "text='No data yet'"),
    "compare, done": State(
        "compare", "compare?data=dataset:{data}&detectors=ecod,hbos", ".wb-detector_matrix .square"
    ),
    "investigate, nothing yet": State("investigate", "investigate", "text='No row in question'"),
    "investigate, a row": State(
        "investigate", f"investigate?{_FOUND}&row=7", ".wb-label_bar .says button"
    ),
    "live, list": State("live", "live", "text='Watch a stream'"),
    "live, a monitor": State("live", "live?monitor={monitor}", ".wb-flow canvas"),
    "live, figures": State("live", "live?monitor={monitor}", ".wb-flow canvas", act=opened_tables),
    "incidents": State("incidents", "incidents", "text=1 incident"),
    "incident": State("incident", "incident?id={incident}", "text='What happened'"),
    "incident, unknown": State("incident", "incident?id=" + "0" * 32, "text='To all incidents'"),
    "alerting": State("alerting", "alerting", "h1"),
    "models": State("models", "models", "h1"),
    "models, one": State("models", "models?model={model}", "text='scan watch' >> nth=0"),
    "team": State("team", "team", "h1"),
    "audit": State("audit", "audit", "h1"),
    "audit, refused": State("audit", "audit", "text=audit:read", role="viewer"),
    "settings": State("settings", "settings", "h1"),
    "speed": State("speed", "speed", "h1"),
    "sign-in": State("sign-in", "sign-in", "button", role=""),
    "sign-in, wrong": State("sign-in", "sign-in", "button", role="", act=_wrong),
    "welcome": State("welcome", "welcome?link=none", "button", role=""),
    "open, nothing": State("open", "open?what=web%2Bworkbench%3Anothing", "text='Nothing to open'"),
    "take-in": State("take-in", "take-in", _CONNECTED),
    "offline, nothing": State("offline", "offline", _CONNECTED),
    "offline, an incident": State("offline", "offline", _CONNECTED, act=_kept),
}
#: Addresses that answer with a page and have none of their own, with the reason.
NO_PAGE = {
    "": "leads to /home",
    "sign-in/provider": "leads to the provider, whose pages are not ours",
    "sign-in/provider/back": "leads on, or shows the page of /sign-in",
    "sign-in/provider/link": "leads to the provider, whose pages are not ours",
}


@dataclass(frozen=True)
class Look:
    """How a page is looked at, once it is open.

    Attributes
    ----------
    width, height : int
        In CSS pixels: at 400 % zoom a window of 1280 × 1024 has a quarter of them.
    media : dict
        What the system asks for.
    spaced : bool
        Whether text has the room that WCAG 2.1, 1.4.12 names.
    """

    width: int = 1280
    height: int = 1024
    media: dict[str, Any] | None = None
    spaced: bool = False


_MORE, _FORCED = {"contrast": "more"}, {"forced_colors": "active"}
#: By how the page was opened; each look after the first only changes what the page is told. Room
#: for text stays once it is given: it comes last.
LOOKS: dict[str, dict[str, Look]] = {
    "light": {
        "light": Look(), "more contrast": Look(media=_MORE), "forced colours": Look(media=_FORCED),
        "less motion": Look(media={"reduced_motion": "reduce"}),
        "200 %": Look(640, 512), "400 %": Look(320, 256), "more room": Look(spaced=True),
    },
    "dark": {
        "dark": Look(), "more contrast in the dark": Look(media=_MORE),
        "forced colours in the dark": Look(media=_FORCED),
    },
    "phone": {"phone": Look(390, 844), "more room on a phone": Look(390, 844, spaced=True)},
}  # fmt: skip
