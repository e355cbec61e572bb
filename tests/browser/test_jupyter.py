"""The workbench inside JupyterLab: a tile, the pages behind it, and nobody uninvited."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from _jupyter import Served, jupyter_lab, run_cells, write_notebook
from _watched import Watched
from playwright.sync_api import Browser, expect
from websocket import WebSocketBadStatusException, create_connection

pytestmark = pytest.mark.browser


EXPLORE = (
    "import workbench as wb\n"
    "found = wb.detect('sample:pump', 'seasonal_residual')\nfound.explore()",
    "print(found.labels[['row', 'verdict']].values.tolist(), found.selected['row'].tolist())",
)

LONG = (
    """import threading
from workbench.core.display import watched

@watched("Counting")
def count(*, progress=None):
    for i in range(3000):
        progress.step(i / 3000, f"round {i}")
        threading.Event().wait(0.1)

count()""",
)


LIVE = (
    "import workbench as wb\n"
    "live = wb.monitor('sample:pump', 'ewma', speed=600_000, history=2000)\nlive.explore()",
    "print(len(live), live.anomalies)",
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    work = tmp_path_factory.mktemp("work")
    write_notebook(work / "explore.ipynb", *EXPLORE)
    write_notebook(work / "long.ipynb", *LONG)
    write_notebook(work / "live.ipynb", *LIVE)
    with jupyter_lab(work, tmp_path_factory.mktemp("home")) as served:
        yield served


def test_the_tile_opens_a_page_that_lives(browser: Browser, lab: Served, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(lab.url("lab"))
    tile = page.locator(".jp-LauncherCard", has_text="Anomaly Workbench").first
    expect(tile.locator("img, svg").first).to_be_visible()
    with context.expect_page() as opened:
        tile.click()
    explore = opened.value
    explore.wait_for_load_state()
    assert urlsplit(explore.url).path == "/workbench/explore"
    # Its address names what to look at, as everywhere; the websocket runs through the proxy.
    watched = Watched(explore, f"{lab.address}/workbench/explore")
    explore.set_default_timeout(120_000)
    watched.watch()
    watched.open("?data=sample:breast-cancer&detector=ecod")
    expect(explore.get_by_text("Why this is odd")).to_be_visible()
    explore.keyboard.press("j")
    explore.wait_for_function("location.search.includes('row=')")
    assert watched.complaints == []
    assert watched.hosts == {urlsplit(lab.address).netloc}
    context.close()


@pytest.mark.parametrize(
    ("name", "drawn"), [("compare", ".wb-detector_matrix .upset"), ("investigate", ".wb-why_bars")]
)
def test_every_page_lives_behind_the_proxy_of_jupyter(
    browser: Browser, lab: Served, name: str, drawn: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(lab.url("lab"))  # the token becomes a cookie
    watched = Watched(page, f"{lab.address}/workbench/{name}")
    watched.watch()
    page.goto(f"{watched.address}?data=sample:breast-cancer&detectors=ecod,pca&detector=ecod")
    expect(page.locator(drawn).first).to_be_visible(timeout=120_000)
    page.wait_for_function("new URLSearchParams(location.search).get('row') > ''")
    before = page.evaluate("new URLSearchParams(location.search).get('row')")
    page.keyboard.press("j")
    page.wait_for_function(
        "row => new URLSearchParams(location.search).get('row') !== row", arg=before
    )
    assert watched.complaints == []
    assert watched.hosts == {urlsplit(lab.address).netloc}
    context.close()


def test_what_is_said_in_a_cell_comes_back_to_python(browser: Browser, lab: Served) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1100})
    page = context.new_page()
    page.set_default_timeout(120_000)
    run_cells(page, lab.url("lab/tree/explore.ipynb?reset"), 1)
    for part in ("lanes", "table", "why_bars", "label_bar"):
        page.locator(f".wb-{part}").wait_for(state="visible")
    # What one decides by is seen without scrolling sideways, beside the reasons.
    table, score = page.locator(".wb-table .scroll"), page.locator(".wb-table tbody td").nth(6)
    seen, cell = table.bounding_box(), score.bounding_box()
    assert seen is not None
    assert cell is not None
    assert page.locator(".wb-table thead th").nth(6).inner_text().startswith("score")
    assert cell["x"] + cell["width"] <= seen["x"] + seen["width"]
    reasons = page.locator(".wb-why_bars").bounding_box()
    assert reasons is not None
    assert reasons["x"] >= seen["x"] + seen["width"]
    # The second line of the table is opened, and then confirmed by a key.
    page.locator(".wb-table tbody tr").nth(1).click()
    bar = page.locator(".wb-label_bar")
    bar.get_by_role("button", name="Confirm").click()
    expect(bar.get_by_text("1 confirmed").last).to_be_visible()
    told = page.locator(".jp-OutputArea-output pre").last
    for _ in range(20):  # what is said in a widget and what a cell does are no longer in one line
        page.locator(".jp-Cell .cm-content").nth(1).click()
        page.keyboard.press("Control+Enter")
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_be_visible()
        expect(told).to_contain_text("[")
        if "'anomaly']]" in (told.text_content() or ""):
            break
    expect(told).to_contain_text("'anomaly']]")
    context.close()


#: How many pixels of the lanes have a colour of a band from medium on, in the light theme.
ODD = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const bands = [[254, 196, 79], [230, 85, 13], [122, 1, 119]];
  let count = 0;
  for (let i = 0; i < data.length; i += 4)
    if (bands.some((one) => one.every((part, k) => Math.abs(part - data[i + k]) < 12))) count += 1;
  return count;
}"""


def test_a_live_monitor_flows_in_a_cell_and_its_anomalies_are_drawn(
    browser: Browser, lab: Served
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(120_000)
    watched = Watched(page, lab.address)
    watched.watch()
    run_cells(page, lab.url("lab/tree/live.ipynb?reset"), 1)
    told, lanes = page.locator(".wb-flow .facts"), page.locator(".wb-flow canvas").first
    expect(lanes).to_be_visible()
    before = told.inner_text()
    expect(told).not_to_have_text(before)  # values arrive while no cell runs
    expect(told).to_contain_text("10,080", timeout=60_000)
    expect(page.locator(".wb-incident_cards li").first).to_contain_text("expected")
    card = page.locator(".wb-incident_cards li", has_text="vibration is").first
    assert card.locator("a").count() == 0, "there is no page of it to open"
    name = card.locator("dt", has_text="vibration").bounding_box()
    assert name is not None
    assert name["width"] > 40, "JupyterLab's own look of lists breaks names into letters"
    page.locator(".wb-flow select").select_option(label="90 d")
    for _ in range(100):  # the lanes are told anew, and drawn
        odd = lanes.evaluate(ODD)
        if odd:
            break
        page.wait_for_timeout(100)
    print(f"{odd} pixels of the lanes show medium or worse")
    assert odd > 0
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        page.screenshot(path=f"{folder}/lab-live.png")
    assert watched.complaints == []
    context.close()


def test_work_in_a_running_cell_can_be_cancelled(browser: Browser, lab: Served) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    run_cells(page, lab.url("lab/tree/long.ipynb?reset"), 1)
    cell = page.locator(".jp-OutputArea").first
    expect(cell).to_contain_text("Counting: round", timeout=60_000)
    cell.get_by_role("button", name="Cancel").click()
    expect(cell).to_contain_text("Cancelled before: round", timeout=60_000)
    expect(cell).to_contain_text("Counting: cancelled after")
    expect(cell.get_by_role("progressbar")).to_have_count(0)
    expect(cell).not_to_contain_text("Traceback")
    context.close()


def test_without_the_token_there_is_no_page(lab: Served) -> None:
    request = urllib.request.Request(f"{lab.address}/workbench/explore")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert "/login" in answer.url
    except urllib.error.HTTPError as error:
        assert error.code in (401, 403)


def test_a_foreign_page_gets_no_websocket_with_the_cookies_of_a_browser(
    browser: Browser, lab: Served
) -> None:
    context = browser.new_context()
    context.new_page().goto(lab.url("lab"))
    cookie = "; ".join(f"{item['name']}={item['value']}" for item in context.cookies())
    address = f"{lab.address}/workbench/explore/ws".replace("http://", "ws://")
    with pytest.raises(WebSocketBadStatusException) as refused:
        create_connection(address, origin="http://evil.example", cookie=cookie, timeout=60)
    assert refused.value.status_code == 403
    own = {"origin": lab.address, "cookie": cookie, "subprotocols": ["bokeh", "x"]}
    create_connection(address, timeout=60, **own).close()
    context.close()
