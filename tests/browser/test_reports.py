"""Reports in a browser without a network: nothing is asked for, nothing complains, all fits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

import workbench as wb
from tests.reports._cases import case, period
from workbench.core.settings import settings
from workbench.reports.browser import find_browser, installed_browser
from workbench.reports.html import render_html
from workbench.reports.pdf import write_pdf
from workbench.reports.runner import Run, prepare
from workbench.reports.templates import get_template, templates
from workbench.workflow.handover import hand_over

pytestmark = pytest.mark.browser

NAMES = [item.name for item in templates()]
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]


def some(looks: list[Any]) -> list[Any]:
    """Return each report in each look; the quick run sees each report and each look."""
    return [
        pytest.param(name, look, marks=[] if 0 in (at, number) else [pytest.mark.bars])
        for at, name in enumerate(NAMES)
        for number, look in enumerate(looks)
    ]


def run_here(name: str, inputs: Path) -> Run:
    """Run a template's cells in this process: the kernel is not what is looked at here."""
    notebook = prepare(get_template(name), {"inputs": str(inputs)})
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), names)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), name, "eval"), names)  # type: ignore[attr-defined]
            data = {
                key: value for key, value in shown._repr_mimebundle_().items() if "+" not in key
            }
            cell.outputs = [nbformat.v4.new_output("execute_result", data)]
    return Run(notebook, (), None, 1.0)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, wave: pd.DataFrame) -> dict[str, Path]:
    """One page of each template."""
    folder = tmp_path_factory.mktemp("pages")
    frame = wave.assign(heat=wave["heat"].where(wave.index % 50 > 3))
    data = wb.load(
        frame, time="timestamp", label="is_anomaly", name="a-rather-long-name-of-a-file.csv"
    )
    found = wb.detect(data, "seasonal_residual")
    about = {
        "data_quality_report": data,
        "model_comparison_report": wb.compare(data, ["ecod", "iforest", "mcd"]),
        "post_mortem_report": case(),
        "watch_report": period(),
    }
    made = {}
    for name in NAMES:
        inputs = folder / f"{name}-inputs"
        inputs.mkdir()
        hand_over(about.get(name, found), inputs)
        made[name] = folder / f"{name}.html"
        text = render_html(run_here(name, inputs), template=name, title=name)
        made[name].write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def look(browser: Browser) -> Iterator[Any]:
    """Open a page offline; at the end nothing may have complained or been asked for."""
    contexts: list[Any] = []
    complaints: list[str] = []
    asked: list[str] = []

    def opened(path: Path, scheme: str, width: int) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
            offline=True,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert [address for address in asked if not address.startswith("file:")] == []
    assert len(asked) == len(contexts)  # each page asked for itself and nothing else


@pytest.mark.parametrize(("name", "wanted"), some(LOOKS))
def test_a_report_opens_offline_in_light_and_dark_on_desk_and_phone(
    name: str, wanted: tuple[str, int], pages: dict[str, Path], look: Any
) -> None:
    scheme, width = wanted
    page = look(pages[name], scheme, width)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (shade == "rgb(255, 255, 255)") == (scheme == "light")
    assert page.locator("script").count() == 0
    empty = "[...document.querySelectorAll('svg')].filter(e => !e.getBoundingClientRect().width)"
    assert page.evaluate(f"{empty}.length") == 0


@pytest.mark.parametrize(("name", "scheme"), some(["light", "dark"]))
def test_axe_finds_nothing(name: str, scheme: str, pages: dict[str, Path], look: Any) -> None:
    page = look(pages[name], scheme, 390)
    page.locator("summary").first.click()
    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    found = Axe().run(page, options=options).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"][:200]) for item in found] == []


def test_a_table_wider_than_the_phone_scrolls_by_keyboard(
    pages: dict[str, Path], look: Any
) -> None:
    page = look(pages["model_comparison_report"], "light", 390)
    region = page.get_by_role("region", name="Figures of each detector")
    region.focus()
    page.keyboard.press("ArrowRight")
    # Not wait_for_function: it evaluates text in the page, which the page's policy forbids.
    for _ in range(200):
        if region.evaluate("part => part.scrollLeft") > 0:
            break
        page.wait_for_timeout(50)
    assert region.evaluate("part => part.scrollLeft") > 0


def test_markup_that_was_missed_by_every_escape_still_does_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    """The policy of the page is the second wall; the browser complains, and obeys it."""
    deed = (
        "<script>document.title = 'run'</script><p onclick=\"document.title = 'run'\">press</p>"
        "<img src='http://127.0.0.1:9/x.png' onerror=\"document.title = 'run'\">"
        "<iframe src='http://127.0.0.1:9/'></iframe>"
    )
    output = nbformat.v4.new_output("display_data", {"text/html": deed})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
    path = tmp_path / "x.html"
    text = render_html(Run(notebook, (), None, 1.0), template="sample", title="quiet")
    path.write_text(text, encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.get_by_text("press").click()
    assert page.title() == "quiet"
    assert asked == [path.as_uri()]
    context.close()


@pytest.mark.parametrize("name", ["anomaly_report", "data_quality_report"])
def test_a_pdf_is_tagged_has_bookmarks_and_every_part(
    name: str, browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    write_pdf(pages[name], tmp_path / "x.pdf")
    raw = (tmp_path / "x.pdf").read_bytes()
    assert raw.startswith(b"%PDF")
    assert b"/StructTreeRoot" in raw
    assert b"/Outlines" in raw
    assert b"/JavaScript" not in raw
    assert raw.count(b"/Type /Page\n") >= 2


def test_bare_data_become_a_pdf_in_one_call(browser: Browser, tmp_path: Path) -> None:
    made = wb.report(pd.DataFrame({"a": [1.0, 2.0, None, 4.0]}), tmp_path / "x.pdf")
    assert made.path.read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.pdf", "x.summary.json"]


def test_a_browser_that_is_not_there_is_told_with_what_to_do(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert installed_browser() == find_browser()
    monkeypatch.setenv("WORKBENCH_BROWSER", str(tmp_path / "none"))
    settings.cache_clear()
    with pytest.raises(wb.WorkbenchError, match=r"'none' \(WORKBENCH_BROWSER\) is not there"):
        find_browser()
