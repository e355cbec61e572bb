"""What people do on the Compare and Investigate pages, in a real browser against the real demo."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from _axe import violations
from _watched import Watched
from playwright.sync_api import Browser, Page, expect
from test_explore import BEYOND, query, until

import workbench as wb
from workbench.core.display import browse

pytestmark = pytest.mark.browser


@pytest.fixture
def site(watched: Watched) -> str:
    return watched.address.rpartition("/")[0]


def compared(page: Page, address: str) -> Page:
    """Open a small comparison and wait until it is drawn and the page is live."""
    page.goto(f"{address}/compare?data=sample:breast-cancer&detectors=ecod,pca,hbos")
    page.locator(".wb-detector_matrix .upset").wait_for(state="visible")
    until(page, "q.get('row') > ''")
    return page


def test_detectors_are_run_compared_chosen_and_taken_away(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/compare?data=sample:breast-cancer&detectors=ecod,pca&scored=no")
    expect(page.get_by_role("heading", name="Not compared yet")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    matrix = page.locator(".wb-detector_matrix")
    expect(matrix.locator(".upset")).to_be_visible()
    # Keys choose the detector, a click picks a set; the address says the first.
    matrix.get_by_role("button", name="pca", exact=True).focus()
    page.keyboard.press("Enter")
    until(page, "q.get('detector') === 'pca'")
    expect(page.get_by_role("heading", name="What pca finds")).to_be_visible()
    matrix.locator(".upset button").first.click()
    expect(page.get_by_text("flagged by only").first).to_be_visible()
    before = query(page)["row"]
    page.keyboard.press("j")
    page.wait_for_function(
        "row => new URLSearchParams(location.search).get('row') !== row", arg=before
    )
    with page.expect_download() as taken:
        page.get_by_role("button", name="Open as notebook").click()
    notebook = json.loads(Path(taken.value.path()).read_text(encoding="utf-8"))
    lines = "".join(cell["source"] for cell in notebook["cells"])
    assert "wb.compare(data, ['ecod', 'pca'])" in lines
    assert f"comparison.detections['pca'].explain({query(page)['row']})" in lines


def test_a_reload_restores_the_comparison_and_a_wrong_detector_is_told(
    watched: Watched, site: str
) -> None:
    page = compared(watched.page, site)
    page.locator(".wb-table tbody tr").last.click()
    page.get_by_role("button", name="Toggle theme").click()
    until(page, "q.get('theme') === 'dark'")
    before = query(page)
    page.reload()
    page.locator(".wb-detector_matrix .upset").wait_for(state="visible")
    until(page, "q.get('scored') === 'yes'")
    assert query(page) == before
    page.goto(f"{site}/compare?data=sample:breast-cancer&detectors=ecod,iforrest")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean 'iforest'")
    page.goto(f"{site}/compare")
    expect(page.get_by_role("heading", name="No data yet")).to_be_visible()


def test_a_reason_leads_to_the_page_of_its_row(watched: Watched, site: str) -> None:
    page = watched.open("?data=sample:breast-cancer&detector=ecod")
    page.get_by_role("link", name="Investigate this row").click()
    expect(page.locator(".wb-scores .stage").first).to_be_visible()
    until(page, "q.get('row') > ''")
    first = query(page)["row"]
    expect(page.get_by_role("heading", name=f"Row {first}")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("j")
    page.wait_for_function(
        "row => new URLSearchParams(location.search).get('row') !== row", arg=first
    )
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_text("Nothing is selected")).to_be_visible()
    expect(page.locator(".bk-Canvas, .bk-CanvasPanel").first).to_be_attached()
    page.goto(f"{site}/investigate")
    expect(page.get_by_role("heading", name="No row in question")).to_be_visible()


def test_axe_finds_nothing_and_nothing_is_clipped_on_a_phone(phone: Watched) -> None:
    address = phone.address.rpartition("/")[0]
    page = compared(phone.page, address)
    assert violations(page) == []
    for name in ("compare", "investigate"):
        page.goto(
            f"{address}/{name}?data=sample:breast-cancer&detectors=ecod,pca,hbos&detector=ecod"
        )
        page.locator(".wb-why_bars").first.wait_for(state="visible")
        wide = page.evaluate(BEYOND)
        assert wide[0] <= 390
        assert wide[1] == []


def test_axe_finds_nothing_on_a_desk_in_the_dark(watched: Watched, site: str) -> None:
    page = compared(watched.page, site)
    page.get_by_role("button", name="Toggle theme").click()
    until(page, "q.get('theme') === 'dark'")
    page.wait_for_timeout(300)  # colours fade over
    assert violations(page) == []


def test_axe_finds_nothing_on_the_page_of_a_row_in_the_dark(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/investigate?data=sample:pump&detector=seasonal_residual&theme=dark")
    page.locator(".wb-why_bars").first.wait_for(state="visible")
    until(page, "q.get('row') > ''")
    expect(page.locator(".wb-why_bars").first).to_have_class(re.compile(r"\bdark\b"))
    assert violations(page) == []
    page.get_by_role("button", name="Draw").click()
    expect(page.locator(".bk-Canvas, .bk-CanvasPanel").first).to_be_attached()
    page.wait_for_timeout(300)  # colours fade over
    assert violations(page) == []


def test_a_comparison_of_a_notebook_opens_in_the_page(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda address: True)
    result = wb.compare("sample:breast-cancer", ["ecod", ("knn", {"n_neighbors": 7})])
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(browse(result))
    expect(page.get_by_role("button", name="knn(n_neighbors=7)").first).to_be_visible()
    page.context.close()
