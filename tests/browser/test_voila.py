"""The published dashboards in a real Voilà: clicked, brushed, streaming, by mouse and key."""

from __future__ import annotations

import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from _axe import violations
from _jupyter import Served
from _voila import kernel_of, voila
from _watched import Watched, watching
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SMALL = "data=sample:breast-cancer&detector=ecod"
FILE = "time,flow\n" + "".join(
    f"2026-01-01 {i // 60:02d}:{i % 60:02d},{i % 7}\n" for i in range(600)
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("folder")
    (folder / "flow.csv").write_text(FILE)
    with voila(tmp_path_factory.mktemp("home"), folder=folder) as running:
        yield running


@pytest.fixture
def desk(browser: Browser, served: Served) -> Iterator[Watched]:
    yield from watching(browser, served.address, DESK)


@pytest.fixture
def phone(browser: Browser, served: Served) -> Iterator[Watched]:
    yield from watching(browser, served.address, PHONE, touch=True)


def opened(watched: Watched, path: str, seen: str = ".wb-lanes canvas") -> Page:
    """Open a dashboard and wait until its result is drawn."""
    watched.page.goto(f"{watched.address}/voila/render/{path}", wait_until="commit")
    watched.page.locator(seen).first.wait_for(state="visible")
    picture(watched.page, path)
    return watched.page


def picture(page: Page, path: str) -> None:
    """Keep a picture, where somebody wants to look at them."""
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        name = re.sub(r"\W+", "-", path)[-60:]
        page.screenshot(path=f"{folder}/voila-{name}.png", full_page=True)


def brush(page: Page, part: str, left: float = 0.3, right: float = 0.5) -> None:
    canvas = page.locator(f"{part} .stage canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for i, x in enumerate((left, right)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + 12, steps=4)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def test_explore_says_what_it_is_doing_and_then_answers(desk: Watched) -> None:
    page = desk.page
    page.goto(f"{desk.address}/voila/render/explore.ipynb?{SMALL}", wait_until="commit")
    expect(page.locator("#loading_text")).to_have_text(re.compile(r"kernel|step \d of 2"))
    expect(page.locator("#loading li")).to_have_text(
        ["Start a kernel", "Load the workbench", "Lay out the dashboard", "Draw the dashboard"]
    )
    page.locator(".wb-lanes canvas").wait_for(state="visible")
    expect(page.locator("#loading")).to_have_count(0)
    assert page.title() == "Explore – Anomaly Workbench"
    expect(page.locator(".jp-InputArea, .jp-Cell-inputWrapper")).to_have_count(0)
    sentence = page.locator(".wb-why_bars .sentence").first
    before = sentence.inner_text()
    page.locator(".wb-table tbody tr").nth(1).click()
    expect(sentence).not_to_have_text(before)
    everything = page.locator(".wb-table .status").inner_text()
    brush(page, ".wb-lanes")
    expect(page.locator(".wb-table .status")).not_to_have_text(everything)
    page.get_by_role("button", name="Clear the brushed range").click()
    expect(page.locator(".wb-table .status")).to_have_text(everything)
    assert violations(page) == []


def test_other_data_are_chosen_by_keys_and_stand_in_the_address(desk: Watched) -> None:
    page = opened(desk, f"explore.ipynb?{SMALL}&theme=dark")
    assert re.search(r"\bdark\b", page.locator(".wb-lanes").get_attribute("class") or "")
    page.get_by_label("Data").focus()
    page.keyboard.type("flow.csv")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".dashboard .words .title h2")).to_have_text("flow.csv")
    page.wait_for_function("location.search.includes('data=flow.csv')")
    assert "theme=dark" in page.url
    assert violations(page) == []
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator(".wb-lanes")).not_to_have_class(re.compile(r"\bdark\b"))
    page.wait_for_function("location.search.includes('theme=light')")


def test_compare_fits_a_phone_and_opens_another_detector(phone: Watched) -> None:
    names = "ecod,pca,extended_iforest"
    path = f"compare.ipynb?data=sample:breast-cancer&detectors={names}&theme=dark"
    page = opened(phone, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []
    cut = "nodes => nodes.filter((n) => n.scrollWidth > n.clientWidth + 1).map((n) => n.innerText)"
    assert page.locator(".wb-detector_matrix th").evaluate_all(cut) == []
    lanes = page.locator(".wb-lanes p.unseen")
    before = lanes.text_content() or ""
    page.locator(".wb-detector_matrix .costs").get_by_role("button", name="pca").click()
    expect(lanes).not_to_have_text(before)
    sentence = page.locator(".wb-why_bars .sentence").first
    told = sentence.inner_text()
    page.locator(".wb-detector_matrix .stage").focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(sentence).not_to_have_text(told)


def test_live_shows_the_parts_of_the_page_live_and_ends_with_its_page(
    desk: Watched, served: Served
) -> None:
    page = opened(desk, "live.ipynb?speed=96", ".wb-flow canvas")
    told = page.locator(".wb-flow .facts")
    for _ in range(3):
        before = told.inner_text()
        expect(told).not_to_have_text(before)
    expect(told).to_contain_text("ewma")
    expect(page.locator(".wb-incident_cards li").first).to_contain_text("expected")
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    assert violations(page) == []
    page.get_by_role("button", name="Back to the newest data").press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "false")
    kernel = kernel_of(page)
    assert alive(served, kernel)
    page.goto("about:blank")  # as leaving or closing it
    end = time.monotonic() + 60
    while alive(served, kernel):
        assert time.monotonic() < end, "the kernel outlives its page"


def alive(served: Served, kernel: str) -> bool:
    """Return whether a kernel runs."""
    try:
        urllib.request.urlopen(f"{served.address}/api/kernels/{kernel}", timeout=10).close()
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return False
    return True


def test_what_cannot_be_opened_is_said_in_words(desk: Watched) -> None:
    page = opened(desk, "explore.ipynb?data=../secret.csv", ".problem")
    expect(page.locator(".problem")).to_contain_text("no sample and no file of the served folder")
    expect(page.get_by_role("button", name="Find anomalies")).to_be_enabled()


def test_the_list_of_dashboards_and_a_wrong_address_have_our_look(desk: Watched) -> None:
    page = desk.page
    page.goto(desk.address)
    expect(page.locator("main a")).to_have_text(["Compare", "Explore", "Live"])
    assert violations(page) == []
    page.goto(f"{desk.address}/voila/render/nothing.ipynb")
    expect(page.locator("main")).to_contain_text("There is no such dashboard here.")
    # The browser itself notes the answer 404.
    desk.complaints[:] = [text for text in desk.complaints if "404" not in text]


def test_the_tools_of_a_result_fit_a_phone(phone: Watched) -> None:
    page = opened(phone, f"explore.ipynb?{SMALL}&theme=dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    steps = page.get_by_role("group", name="Anomalies one by one")
    expect(steps).to_contain_text("1 of")
    steps.get_by_role("button", name="Next anomaly").tap()
    expect(steps).to_contain_text("2 of")
    heads = page.locator(".wb-table thead th").all_inner_texts()
    assert heads[:3] == ["row", "severity", "band"]
    box = page.locator(".wb-table tbody td").nth(2).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]
    assert violations(page) == []


@pytest.mark.bars
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", ["explore.ipynb?" + SMALL, "compare.ipynb?x=1", "live.ipynb?x=1"])
def test_every_dashboard_is_whole(
    browser: Browser, served: Served, path: str, size: dict[str, int], theme: str
) -> None:
    for watched in watching(browser, served.address, size, touch=size is PHONE):
        live = {"seen": ".wb-flow canvas"} if path.startswith("live") else {}
        page = opened(watched, f"{path}&theme={theme}", **live)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert violations(page) == []


def test_notebooks_hold_no_outputs_and_no_timings() -> None:
    from workbench.serve.dashboards import dashboard_places

    for path in Path(dashboard_places()[0]).glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert '"outputs": []' in text
        assert 'execution_count": null' in text
        assert "iopub" not in text
