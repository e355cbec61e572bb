"""Every page in every state, for who sees little, zooms, uses keys alone, or listens.

``pytest -m bars tests/browser/test_accessibility.py`` looks at all of it; the wide step at a few.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from _axe import TOLERATED, violations
from _catalog import LOOKS, NO_PAGE, SOON, STATES, State
from _plant import planted
from _reach import heard, hidden_from_keys, lost, moving, quiet, settle, spaced
from _team import pictured
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page, expect

import workbench as wb
from workbench.serve import provider_sign_in, sign_in
from workbench.serve.api import routers
from workbench.serve.pages import PAGES
from workbench.serve.pwa import routes
from workbench.view.pages._style import CONTRAST, THEME

pytestmark = pytest.mark.browser
CASES = [(name, way) for name in STATES for way in LOOKS]
#: The wide step looks at one state of each kind of page and at a few that a seed draws.
_SEED, _SOME = 2026, 3
SOME = {("live, figures", "light"), *random.Random(_SEED).sample(CASES, _SOME)}
ZOOMED = ("200 %", "400 %", "phone")
#: What is refused is noted on the console: status of the answer, by state.
REFUSED = {
    "open, nothing": "404", "incident, unknown": "404", "sign-in, wrong": "401",
    "audit, refused": "40",
}  # fmt: skip
#: Errors of scripts that are not ours: part of the words, reason.
NOT_OURS = {
    "reading 'style')": "Panel 1.9 asks a pane whether it is seen before it is drawn, as in a "
    "closed drawer; it is drawn rightly once the drawer opens",
}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with something on each of its pages."""
    # No rule that speaks by itself once nothing has come for a while: pages stay as they are.
    rules = [{"rule": "anomaly"}]
    with planted(tmp_path_factory.mktemp("pages"), "admin", rules=rules) as made:
        with wb.connect(made.url, made.tokens["admin"]) as admin:
            made.model = admin.save(admin.detection(made.result), "scan watch").id
            query = f"data=dataset:{made.data}"
            view = {"name": "Scans of March", "page": "explore", "query": query}
            admin.connection.post("/views", view)
        made.sessions = {role: made.cookie(role) for role in ("admin", "viewer")}
        yield made


def opened(context: BrowserContext, team: Any, state: State, dark: bool = False) -> Page:
    """Open a page in a state; what goes wrong in it is kept in ``page.wrong``."""
    if state.role:
        cookie = {"name": "wb_session", "value": team.sessions[state.role], "url": team.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.set_default_timeout(SOON)
    wrong: list[str] = []
    page.on(
        "console",
        lambda told: (
            wrong.append(f"{told.text} {told.location['url']}") if told.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: wrong.append(error.stack or str(error)))
    page.wrong = wrong  # type: ignore[attr-defined]
    path = state.path.format(**vars(team))
    if dark:
        path += ("&" if "?" in path else "?") + "theme=dark"
    page.goto(f"{team.url}/{path}")
    expect(page.locator(state.sign).first).to_be_visible(timeout=SOON)
    page.evaluate("document.fonts.ready.then(() => true)")
    if state.act is not None:
        state.act(page, team)
    quiet(page)
    return page


def options(way: str) -> dict[str, Any]:
    first = next(iter(LOOKS[way].values()))
    phone = {"user_agent": "Mobi", "has_touch": True} if way == "phone" else {}
    scheme = "dark" if way == "dark" else "light"
    return {"viewport": {"width": first.width, "height": first.height}, "color_scheme": scheme,
            **phone}  # fmt: skip


# ---- what is looked at --------------------------------------------------------------------------


def test_no_page_is_without_an_entry_in_the_catalog() -> None:
    ours = [*routers(), sign_in.api, provider_sign_in.api, routes.api]
    plain = {
        route.path.strip("/")
        for router in ours for route in router.routes
        if isinstance(route, APIRoute) and route.response_class is HTMLResponse
        and "GET" in (route.methods or ())
    }  # fmt: skip
    assert {state.page for state in STATES.values()} == {*PAGES, *plain} - {*NO_PAGE}
    assert {*NO_PAGE} <= plain, "an exemption for what is not there any more"


def test_no_finding_is_tolerated_and_one_error_that_is_not_ours() -> None:
    assert len(TOLERATED) == 0
    assert len(NOT_OURS) == 1


def lightness(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_more_contrast_is_seven_to_one_on_every_ground(look: str) -> None:
    theme: Any = THEME[look]
    grounds = {*theme["palette"]["background"].values(), CONTRAST[look]["background-default"]}
    for name, colour in CONTRAST[look].items():
        if name == "background-default":
            continue
        for ground in grounds:
            light, dim = sorted((lightness(colour), lightness(ground)), reverse=True)
            assert (light + 0.05) / (dim + 0.05) >= 7, (name, colour, ground)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "way"),
    [pytest.param(*one, marks=[] if one in SOME else [pytest.mark.bars]) for one in CASES],
)
def test_a_page_is_there_for_everybody(browser: Browser, team: Any, name: str, way: str) -> None:
    state = STATES[name]
    context = browser.new_context(**options(way))
    page = opened(context, team, state, dark=way == "dark")
    found: dict[str, list[str]] = {}
    if way == "light":
        if difference := heard(page, name):
            found["names"] = [difference]
        found["keys"] = hidden_from_keys(page)
    for look, seen in LOOKS[way].items():
        page.emulate_media(
            **{
                "contrast": "null",
                "forced_colors": "null",
                "reduced_motion": "null",
                **(seen.media or {}),
            }
        )
        page.set_viewport_size({"width": seen.width, "height": seen.height})
        settle(page)
        if seen.spaced:
            found[f"without room, {look}"] = spaced(page)
        pictured(page, f"{name.replace(', ', '-')}-{look.replace(' ', '-')}")
        found[f"axe, {look}"] = violations(page)
        if look == "less motion":
            found["moving"] = moving(page)
        if look in ZOOMED:
            found[f"lost, {look}"] = lost(page)
            over = page.locator(".MuiBackdrop-root:visible").count()
            found[f"covered, {look}"] = ["the drawer lies over the page"] * over
    answer = REFUSED.get(name, "never")
    told_by = (answer, *NOT_OURS)
    said: list[str] = page.wrong  # type: ignore[attr-defined]
    wrong = [one for one in said if not any(part in one for part in told_by)]
    assert wrong == [], wrong
    told = [f"{look}: {one}" for look, ones in found.items() for one in ones]
    assert told == [], "\n".join(told)
    context.close()


# ---- charts -------------------------------------------------------------------------------------


def test_a_chart_is_told_in_words_and_its_figures_open_as_a_table_by_keys(
    browser: Browser, team: Any
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1024})
    page = opened(context, team, STATES["explore, a series"])
    expect(page.locator(".wb-figures p.unseen")).to_contain_text("10,080 rows")
    for name, first in (("histogram of scores", "score"), ("values", "time")):
        press = page.get_by_role("button", name=f"Show as table: {name}")
        press.focus()
        page.keyboard.press("Enter")
        expect(press).to_have_attribute("aria-expanded", "true")
        table = page.get_by_role("region", name=f"Figures: {name}")
        expect(table.get_by_role("columnheader").first).to_have_text(first)
        expect(table.get_by_role("row").nth(1)).to_be_visible()
    rows = page.get_by_role("region", name="Figures: histogram of scores").locator("tbody tr")
    told = [
        int(one.replace(",", "")) for one in rows.locator("td:nth-of-type(1)").all_inner_texts()
    ]
    assert sum(told) == 10_080
    values = page.get_by_role("region", name="Figures: values")
    assert values.locator("tbody tr").count() <= 100
    press.focus()
    page.keyboard.press("Enter")
    expect(values).to_be_hidden()
    assert page.wrong == []  # type: ignore[attr-defined]
    context.close()
