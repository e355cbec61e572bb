"""Hostile names run nothing, and people with other senses and hands can use the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from _axe import violations
from _payloads import hostile_csv, nothing_ran
from _watched import Watched
from playwright.sync_api import expect


def test_hostile_columns_cells_and_file_names_do_not_run(watched: Watched) -> None:
    page = watched.open()
    name = "<img src=x onerror=window.ran=1>.csv"
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/csv", "buffer": hostile_csv()}]
    )
    expect(page.get_by_text("Not scored yet")).to_be_visible()
    nothing_ran(page)
    page.get_by_role("button", name="Find anomalies").click()
    expect(page.locator(".sentence")).to_contain_text("7")
    page.get_by_role("combobox", name="Show").click()
    page.get_by_role("menuitem").nth(1).click()
    page.locator(".wb-lanes canvas").hover(position={"x": 300, "y": 60})
    page.keyboard.press("j")
    page.get_by_text("About the data").click()
    nothing_ran(page)
    # Pictures named "x" are asked for only when a payload became an element.
    watched.complaints[:] = [text for text in watched.complaints if "ran" in text]


@pytest.mark.parametrize(
    "place",
    ["data", *(pytest.param(name, marks=pytest.mark.bars)
               for name in ("detector", "x", "y", "row", "range", "theme"))],
)  # fmt: skip
def test_hostile_addresses_do_not_run(watched: Watched, place: str) -> None:
    payload = "%3Cimg%20src=x%20onerror=window.ran=1%3E"
    watched.page.goto(f"{watched.address}?{place}={payload}")
    expect(watched.page.get_by_role("button", name="Toggle theme")).to_be_visible()
    expect(watched.page.locator("main h2").first).to_be_visible()
    nothing_ran(watched.page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_result(watched: Watched, theme: str) -> None:
    page = watched.open(f"?theme={theme}")
    expect(page.locator(".wb-table tbody tr").first).to_be_visible()
    page.get_by_text("About the data").click()
    assert violations(page) == []


def test_axe_finds_nothing_before_a_run_or_on_a_phone(phone: Watched) -> None:
    phone.page.goto(f"{phone.address}?data=sample:breast-cancer&scored=no")
    expect(phone.page.get_by_text("Not scored yet")).to_be_visible()
    assert violations(phone.page) == []


def test_the_lanes_speak_to_screen_readers(watched: Watched) -> None:
    page = watched.open()
    expect(page.locator(".wb-lanes p.unseen")).to_contain_text("anomalies in 10,080 rows")
    stage = page.get_by_role("application")
    stage.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-lanes [aria-live]")).to_contain_text("severity")


def test_screens_keep_their_size_while_a_run_goes_on(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    page.goto(f"{watched.address}?data=sample:breast-cancer&scored=no")
    run = page.get_by_role("button", name="Find anomalies")
    expect(run).to_be_enabled()
    before = page.locator("header").bounding_box()
    run.click()
    expect(page.locator(".sentence")).to_be_visible()
    assert page.locator("header").bounding_box() == before
