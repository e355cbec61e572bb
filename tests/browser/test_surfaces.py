"""Every component on its four surfaces, and how long each takes to be seen there.

The surfaces are JupyterLab, Voilà, the Panel server, and that through jupyter-server-proxy. By
default one component is driven on each. All of them, and the table of first paint:
``pytest -n0 -s -m browser tests/browser/test_surfaces.py``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from _gallery import NAMES, ROOT, drag, hears, painted, panel_gallery
from _jupyter import Served, jupyter_lab, run_cells, write_notebook
from _voila import voila
from _watched import Watched, watching
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SURFACES = ("lab", "voila", "panel", "proxy")
FIRST = "lanes"
CELL = """
import json, ipywidgets, numpy as np
from workbench.view.components.views import states, widget
state = states()["{name}"].example("{case}")
heard = ipywidgets.HTML("<div class='heard'><code>nothing</code></div>")
names = ("selected", "brush", "threshold", "labels", "rows", "chosen")
def listen(*_):
    told = {{n: getattr(state, n) for n in names if hasattr(state, n)}}
    told = json.dumps(told, default=lambda x: {{"count": int(np.size(x))}})
    heard.value = f"<div class='heard'><code>{{told}}</code></div>"
state.param.watch(listen, "asked")
ipywidgets.VBox([widget(state), heard])
"""
GROWS = f"""
import sys, ipywidgets
sys.path.insert(0, {str(ROOT / "tests" / "browser")!r})
from growing import Growing
from workbench.view.components.views import widget
from workbench.view.dashboards.ticker import Ticker
grown = Growing()
ticker = Ticker(0.5, grown.tick)
ticker.start()
ipywidgets.VBox([widget(grown.line), widget(grown.lanes)])
"""
times: dict[tuple[str, str], float] = {}


def case_of(name: str) -> str:
    return "few" if name == "label_bar" else "many"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook for each component, and one that grows."""
    folder = tmp_path_factory.mktemp("books")
    for name in NAMES:
        write_notebook(folder / f"{name}.ipynb", CELL.format(name=name, case=case_of(name)))
    write_notebook(folder / "grows.ipynb", GROWS)
    return folder


@pytest.fixture(scope="module")
def lab(books: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with jupyter_lab(books, tmp_path_factory.mktemp("lab")) as served:
        yield served


@pytest.fixture(scope="module")
def board(books: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with voila(tmp_path_factory.mktemp("voila"), books) as served:
        yield served


@pytest.fixture(scope="module")
def gallery(lab: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the Panel server; JupyterLab's proxy may reach it too."""
    with panel_gallery(tmp_path_factory.mktemp("home"), urlsplit(lab.address).netloc) as address:
        yield address


class Surface:
    """One place where components are seen: how to open one there, and how to change its colours."""

    def __init__(self, name: str, watched: Watched, lab: Served, gallery: str) -> None:
        self.name, self.page, self.watched = name, watched.page, watched
        self._lab, self._gallery = lab, gallery

    def open(self, component: str) -> None:
        """Open a component, or with "grows" the charts that grow; returns when it is painted."""
        page = self.page
        query = f"gallery?component={component}&state={case_of(component)}"
        panel = "live_app" if component == "grows" else query
        if self.name == "lab":
            run_cells(page, self._lab.url(f"lab/tree/{component}.ipynb?reset"), 1)
        elif self.name == "voila":
            page.goto(f"{self.watched.address}/voila/render/{component}.ipynb", wait_until="commit")
        elif self.name == "panel":
            page.goto(self._gallery.replace("gallery", panel))
        else:
            page.goto(self._lab.url(f"proxy/{urlsplit(self._gallery).port}/{panel}"))
        seen = ".wb-scores canvas" if component == "grows" else painted(component)
        page.locator(seen).first.wait_for(timeout=180_000)
        if self.name in ("panel", "proxy"):
            page.wait_for_function(
                "Bokeh.documents.length && Bokeh.documents.every((doc) => doc.is_idle)"
            )

    def switch(self) -> None:
        """Change to the other colours, as a person does."""
        page = self.page
        if self.name == "lab":
            dark = page.evaluate("document.body.dataset.jpThemeLight === 'false'")
            page.get_by_role("menuitem", name="Settings", exact=True).click()
            items = page.locator(".lm-Menu-item")
            items.get_by_text("Theme", exact=True).hover()
            items.get_by_text(f"JupyterLab {'Light' if dark else 'Dark'}", exact=True).click()
        elif self.name == "voila":
            page.get_by_role("button", name="Switch between light and dark").click()
        else:
            page.get_by_role("button", name="Toggle theme").click()


@pytest.fixture
def surface(
    request: pytest.FixtureRequest, browser: Browser, lab: Served, board: Served, gallery: str
) -> Iterator[Surface]:
    address = {"voila": board.address, "panel": gallery}.get(request.param, lab.address)
    for watched in watching(browser, address, {"width": 1280, "height": 900}):
        yield Surface(request.param, watched, lab, gallery)
        if request.param == "lab":
            # JupyterLab's own complaints are not ours: only what names a component counts.
            watched.complaints[:] = [
                text for text in watched.complaints if "wb" in text or "widget" in text
            ]


def use(page: Page, name: str, surface: str) -> None:
    """Do with a component what it is for, by mouse or key, and see that Python hears it."""
    root = page.locator(f".wb-{name}")
    if name in ("lanes", "scores", "heatmap", "detector_matrix"):
        drag(page, root.locator(".stage canvas"), (0.3, 0.2), (0.5, 0.25))
        assert hears(page, r'"brush": \[\d')["rows"]["count"] > 10
        root.locator(".stage canvas").click(position={"x": 400, "y": 15})
        hears(page, r'"selected": \{"row": \d')
    elif name == "scatter":
        drag(page, root.locator(".stage canvas"), (0.4, 0.4), (0.6, 0.4), (0.6, 0.7), (0.4, 0.7))
        hears(page, r'"count": [1-9]')
        root.locator(".stage").focus()
        page.keyboard.press("j")
        hears(page, r'"selected": \{"row": \d')
    elif name == "label_bar":
        say(page, surface)
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


def say(page: Page, surface: str) -> None:
    """Label rows by keys, also by those that JupyterLab has for "delete the cell"."""
    bar = page.locator(".wb-label_bar")
    bar.get_by_role("button", name="Next row").focus()
    page.keyboard.press("c")
    hears(page, '"label": "anomaly"')
    page.keyboard.type("dd")
    page.keyboard.press("u")
    hears(page, '"label": "unsure"')
    if surface in ("lab", "voila"):
        page.keyboard.type("jcjd")  # faster than any kernel answers
        hears(page, '"label": "unsure".*"label": "anomaly".*"label": "normal"')
    expect(bar).to_be_visible()


@pytest.mark.parametrize("surface", SURFACES, indirect=True)
@pytest.mark.parametrize(
    "name",
    [FIRST, *(pytest.param(name, marks=pytest.mark.bars) for name in [*NAMES] if name != FIRST)],
)
def test_a_component_is_painted_answers_and_turns_dark(surface: Surface, name: str) -> None:
    began = time.perf_counter()
    surface.open(name)
    times[surface.name, name] = time.perf_counter() - began
    use(surface.page, name, surface.name)
    dark = re.compile(r"\bdark\b")
    root = surface.page.locator(f".wb-{name}")
    was = bool(dark.search(root.get_attribute("class") or ""))
    surface.switch()
    (expect(root).not_to_have_class if was else expect(root).to_have_class)(dark)


@pytest.mark.parametrize("surface", SURFACES, indirect=True)
def test_rows_stream_in_and_a_brush_stays(surface: Surface) -> None:
    surface.open("grows")
    page = surface.page
    told = page.locator(".wb-lanes p.unseen")
    expect(told).to_have_text(re.compile(r"\d+ points"))
    drag(page, page.locator(".wb-scores .stage canvas"), (0.3, 0.2), (0.5, 0.3))
    cleared = page.locator(".wb-scores").get_by_role("button", name="Clear the brushed range")
    expect(cleared).to_be_visible()
    for _ in range(3):
        before = told.text_content() or ""
        expect(told).not_to_have_text(before)
    expect(cleared).to_be_visible()


def test_times_of_first_paint_are_printed() -> None:
    print(
        "\nseconds from opening to first paint (page load, and in notebooks a fresh kernel, in it)"
    )
    print(f"  {'component':<16}" + "".join(f"{name:>9}" for name in SURFACES))
    for name in sorted({name for _, name in times}):
        cells: list[Any] = [times.get((surface, name)) for surface in SURFACES]
        print(f"  {name:<16}" + "".join("        –" if s is None else f"{s:>9.1f}" for s in cells))
