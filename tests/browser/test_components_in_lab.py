"""The same components as widgets in a real JupyterLab: ``pytest -m bars -k components_in_lab``."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from _jupyter import jupyter_lab, run_cells, write_notebook
from _watched import Watched, watching
from playwright.sync_api import Browser, Locator, Page, expect

from workbench.view.components.views import states

NAMES = [name for name in states() if name not in ("code", "keys")]
CELL = """
import json, ipywidgets, numpy as np
from workbench.view.components.views import states, widget
state = states()["{name}"].example("{case}")
heard = ipywidgets.HTML("<code class='heard'>nothing</code>")
names = ("selected", "brush", "threshold", "labels", "rows", "chosen")
def listen(*_):
    told = {{n: getattr(state, n) for n in names if hasattr(state, n)}}
    told = json.dumps(told, default=lambda x: {{"count": int(np.size(x))}})
    heard.value = f"<code class='heard'>{{told}}</code>"
state.param.watch(listen, "asked")
ipywidgets.VBox([widget(state), heard])
"""


@pytest.fixture(scope="module", params=["light", "dark"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a JupyterLab that really runs, with one notebook a component."""
    work, home = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("home")
    for name in NAMES:
        case = "few" if name == "label_bar" else "many"
        write_notebook(work / f"{name}.ipynb", CELL.format(name=name, case=case))
    with jupyter_lab(work, home, dark=request.param == "dark") as served:
        yield served.url("lab/tree/{name}.ipynb?reset")


@pytest.fixture
def watched(browser: Browser, lab: str) -> Iterator[Watched]:
    yield from watching(browser, lab, {"width": 1280, "height": 900})


def run(watched: Watched, name: str) -> tuple[Page, float]:
    """Open a component's notebook and run its cell; return the seconds from opening to picture."""
    page = watched.page
    began = time.perf_counter()
    run_cells(page, watched.address.format(name=name), 1)
    page.locator(f".wb-{name}").first.wait_for(timeout=180_000)
    page.wait_for_timeout(300)
    return page, time.perf_counter() - began


def hears(page: Page, wanted: str) -> dict[str, Any]:
    heard = page.locator("code.heard")
    expect(heard).to_have_text(re.compile(wanted))
    return dict(json.loads(heard.inner_text()))


def act(page: Page, name: str) -> None:
    """Do with a component what it is for, by mouse or key, and see that Python hears it."""
    root = page.locator(f".wb-{name}")
    if name in ("lanes", "scores", "heatmap", "detector_matrix"):
        drag(page, root.locator(".stage canvas"), (0.3, 0.2), (0.5, 0.25))
        assert hears(page, r'"brush": \[\d')["rows"]["count"] > 10
        root.locator(".stage").focus()
        page.keyboard.press("j")
        hears(page, r'"selected": \{"row": \d')
    elif name == "scatter":
        drag(page, root.locator(".stage canvas"), (0.4, 0.4), (0.6, 0.4), (0.6, 0.7), (0.4, 0.7))
        hears(page, r'"count": [1-9]')
    elif name == "label_bar":
        root.get_by_role("button", name="Next row").focus()
        page.keyboard.press("c")
        hears(page, '"label": "anomaly"')
        page.keyboard.type("dd")  # JupyterLab's own keys for "delete the cell"
        page.keyboard.press("u")
        hears(page, '"label": "unsure"')
        page.keyboard.type("jcjd")  # faster than any kernel answers
        hears(page, '"label": "unsure".*"label": "anomaly".*"label": "normal"')
        expect(page.locator(".jp-CodeCell .wb-label_bar")).to_be_visible()
    elif name == "why_bars":
        root.locator(".name").first.click()
        hears(page, r'"selected": "\w')
    elif name == "histogram":
        root.locator(".grip").focus()
        page.keyboard.press("PageUp")
        hears(page, r'"threshold": \d')
    else:
        root.locator("tbody tr").nth(1).click()
        hears(page, r'"selected": \d')


def drag(page: Page, part: Locator, *stops: tuple[float, float]) -> None:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    for i, (x, y) in enumerate(stops):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


@pytest.mark.bars
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_a_widget_works_in_jupyterlab(watched: Watched, name: str) -> None:
    page, seconds = run(watched, name)
    dark = page.evaluate("document.body.dataset.jpThemeLight === 'false'")
    act(page, name)
    expect(page.locator(f".wb-{name}")).to_have_class(re.compile(r"\bdark\b" if dark else "^wb "))
    theme = "dark" if dark else "light"
    print(f"\n{name} in JupyterLab, {theme}: from run to picture {seconds:.1f} s")
    folder = os.environ.get("WORKBENCH_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/lab-{name}-{theme}.png")
    # JupyterLab's own complaints are not ours: only what names a component counts.
    watched.complaints[:] = [
        text for text in watched.complaints if "wb" in text or "widget" in text
    ]
