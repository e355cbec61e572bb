"""Every component on a real page: seen, clicked, dragged, driven by keys, in light and dark."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from _axe import violations
from _gallery import NAMES, drag, hears, painted, panel_gallery
from _watched import Watched, watching
from playwright.sync_api import Browser, Locator, Page, expect

from workbench.view.components.lanes import LanesState
from workbench.view.components.views import states

DESK, PHONE = {"width": 1100, "height": 900}, {"width": 390, "height": 844}
times: dict[str, float] = {}


def some(*cases: Any) -> list[Any]:
    """Return cases that only ``pytest -m bars`` runs."""
    return [
        pytest.param(*case if isinstance(case, tuple) else (case,), marks=pytest.mark.bars)
        for case in cases
    ]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a gallery that really runs, with its samples found."""
    with panel_gallery(tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture
def desk(browser: Browser, gallery: str) -> Iterator[Watched]:
    yield from watching(browser, gallery, DESK)


@pytest.fixture
def small(browser: Browser, gallery: str) -> Iterator[Watched]:
    yield from watching(browser, gallery, PHONE, touch=True)


def show(watched: Watched, name: str, case: str = "many", theme: str = "light") -> Page:
    """Open one component and wait until it is painted and Python listens."""
    page = watched.page
    page.goto(f"{watched.address}?component={name}&state={case}&theme={theme}")
    page.locator(painted(name)).first.wait_for()
    page.wait_for_function("Bokeh.documents.length && Bokeh.documents.every((doc) => doc.is_idle)")
    return page


def stage(page: Page, name: str) -> Locator:
    return page.locator(f".wb-{name} .stage canvas")


@pytest.mark.bars
@pytest.mark.parametrize("name", NAMES)
def test_first_paint(desk: Watched, name: str) -> None:
    began = time.perf_counter()
    page = show(desk, name)
    times[name] = 1000 * (time.perf_counter() - began)
    told = page.locator(f".wb-{name} p.unseen").first.text_content() or ""
    assert name == "table" or len(told) > 20
    if page.locator(f".wb-{name} canvas:visible").count():
        inked = page.locator(f".wb-{name} canvas:visible").first.evaluate(
            "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
        )
        assert inked > 8, "the canvas is empty"


@pytest.mark.bars
def test_times_of_first_paint_are_printed() -> None:
    print("\nfirst paint on the Panel server, page load included")
    for name, value in sorted(times.items(), key=lambda item: item[1]):
        print(f"  {name:<16} {value:7,.0f} ms")
    assert set(times) == set(NAMES)


@pytest.mark.parametrize("name", ["lanes", *some("scores", "heatmap", "detector_matrix")])
def test_a_click_and_a_brush_reach_python(desk: Watched, name: str) -> None:
    page = show(desk, name)
    canvas = stage(page, name)
    drag(page, canvas, (0.3, 0.2), (0.5, 0.25))
    assert hears(page, r'"brush": \[\d')["rows"]["count"] > 10
    page.get_by_role("button", name="Clear the brushed range").click()
    hears(page, r'"brush": \[\]')
    before = page.locator(".heard code").inner_text()
    canvas.click(position={"x": 400, "y": 15})
    expect(page.locator(".heard code")).not_to_have_text(before)
    hears(page, r'"selected": \{"row": \d')


@pytest.mark.parametrize(
    "name", ["scatter", "heatmap", *some("lanes", "scores", "detector_matrix")]
)
def test_the_picture_is_driven_by_keys_alone(desk: Watched, name: str) -> None:
    page = show(desk, name, "few" if name == "scatter" else "many")
    page.get_by_role("application").focus()
    page.keyboard.press("j")
    first = hears(page, r'"selected": \{"row": \d')["selected"]["row"]
    page.keyboard.press("j")
    expect(page.locator(".heard code")).not_to_contain_text(f'"row": {first},')
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(page.locator(f".wb-{name} [aria-live]")).not_to_be_empty()
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    hears(page, r'"count": \d' if name == "scatter" else r'"brush": \[\d')
    page.keyboard.press("Escape")
    hears(page, r'"rows": \{"count": 0')


def test_a_node_is_opened_by_keys_and_by_a_click(desk: Watched) -> None:
    page = show(desk, "graph", "few")
    page.get_by_role("application").focus()
    page.keyboard.press("j")
    hears(page, r'"selected": \{"row": 7,')
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-graph [aria-live]")).to_contain_text("neighbours")
    page.keyboard.press("Enter")
    expect(page.locator(".heard code")).not_to_contain_text('"row": 7,')
    page.keyboard.press("Escape")
    hears(page, r'"rows": \{"count": 0')
    # The example lies on an ellipse: a node stands in the middle of the left border.
    box = stage(page, "graph").bounding_box()
    assert box is not None
    stage(page, "graph").click(
        position={"x": 26 + 0.06 * (box["width"] - 52), "y": box["height"] / 2}
    )
    hears(page, r'"selected": \{"row": \d')
    page.get_by_role("button", name="Show as table: graph").click()
    expect(page.locator(".wb-graph .figures tbody tr")).to_have_count(12)


def test_anomalies_are_walked_one_by_one_and_a_click_snaps_to_the_nearest(desk: Watched) -> None:
    page = show(desk, "lanes")
    steps = page.get_by_role("group", name="Anomalies one by one")
    expect(steps).to_contain_text("1 of")
    steps.get_by_role("button", name="Next anomaly").click()
    expect(steps).to_contain_text("2 of")
    page.get_by_role("application").focus()
    page.keyboard.press("k")
    expect(steps).to_contain_text("1 of")
    # Beside the anomaly that stands most alone, a click means it; with Shift, the row itself.
    row, x = lonely(LanesState.example("many"))
    box = stage(page, "lanes").bounding_box()
    assert box is not None
    place = {"x": 120 + x * (box["width"] - 120 - 64) + 14, "y": box["height"] - 90}
    stage(page, "lanes").click(position=place)
    assert hears(page, rf'"selected": \{{"row": {row},')["selected"]["row"] == row
    stage(page, "lanes").click(position=place, modifiers=["Shift"])
    expect(page.locator(".heard code")).not_to_contain_text(f'"row": {row},')


def lonely(state: LanesState) -> tuple[int, float]:
    """Return the row and the place (0 to 1) of the anomaly farthest from its neighbours."""
    low, high = state.extent
    places = []
    for item in state._records:
        state.select(item.peak)
        places.append((state.selected["x"] - low) / (high - low))
    apart = [min(abs(x - y) for y in places if y != x) for x in places]
    best = apart.index(max(apart))
    return state._records[best].peak, places[best]


@pytest.mark.parametrize("name", ["scores", "histogram"])
def test_a_threshold_is_dragged_and_moved_by_keys(desk: Watched, name: str) -> None:
    page = show(desk, name, "few")
    grip = page.locator(f".wb-{name} .grip")
    expect(grip).to_be_visible()
    box = grip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] - 60, steps=6)
    page.mouse.up()
    dragged = hears(page, r'"threshold": -?\d')["threshold"]
    grip.focus()
    page.keyboard.press("PageUp")
    expect(page.locator(".heard code")).not_to_contain_text(json.dumps(dragged))
    assert hears(page, r'"threshold": -?\d')["threshold"] > dragged


def test_a_lasso_and_a_box_hand_rows_to_python(desk: Watched) -> None:
    page = show(desk, "scatter")
    canvas = stage(page, "scatter")
    drag(page, canvas, (0.4, 0.4), (0.6, 0.4), (0.6, 0.7), (0.4, 0.7))
    lasso = hears(page, r'"count": [1-9]')["rows"]["count"]
    expect(page.locator(".wb-scatter .foot")).to_contain_text(f"{lasso:,d} rows picked")
    page.get_by_role("button", name="Clear the picked rows").click()
    hears(page, r'"count": 0')
    page.get_by_role("button", name="Pick rows with a box").click()
    drag(page, canvas, (0.4, 0.4), (0.6, 0.7))
    assert hears(page, r'"count": [1-9]')["rows"]["count"] > 1000


def test_zooming_in_turns_density_into_rows(desk: Watched) -> None:
    page = show(desk, "scatter")
    expect(page.locator(".wb-scatter .foot")).to_contain_text("density")
    page.get_by_role("application").focus()
    for key in ("+",) * 6:
        page.keyboard.press(key)
    expect(page.locator(".wb-scatter .foot")).not_to_contain_text("density")
    expect(page.locator(".wb-scatter .foot")).to_contain_text("of 1,000,000 rows in view")


@pytest.mark.bars
def test_other_axes_and_overlays_are_chosen(desk: Watched) -> None:
    page = show(desk, "scatter", "few")
    page.get_by_label("Upright").select_option("vibration")
    hears(page, '"y": "vibration"')
    page = show(desk, "scores")
    page.get_by_label("Line", exact=True).select_option("score")
    hears(page, '"shown": "score"')
    expect(page.locator(".wb-scores .grip")).to_be_visible()
    page.get_by_role("button", name="Usual day, week or year").click()
    expect(page.locator(".wb-scores .season")).to_be_hidden()


def test_live_rows_arrive_and_leave_the_brush_alone(desk: Watched) -> None:
    page = desk.page
    page.goto(desk.address.replace("gallery", "live_app"))
    told = page.locator(".wb-scores p.unseen")
    expect(told).to_contain_text("points")
    page.wait_for_function("Bokeh.documents.length && Bokeh.documents.every((doc) => doc.is_idle)")
    drag(page, stage(page, "scores"), (0.3, 0.2), (0.5, 0.3))
    cleared = page.get_by_role("button", name="Clear the brushed range")
    expect(cleared.first).to_be_visible()
    before = told.text_content()
    for _ in range(4):
        expect(told).not_to_have_text(before or "")
        before = told.text_content()
    expect(cleared.first).to_be_visible()
    assert page.locator(".wb-lanes p.unseen").text_content() != "500 points"


def test_rows_flagged_together_are_picked(desk: Watched) -> None:
    page = show(desk, "detector_matrix")
    first = page.locator(".wb-detector_matrix .upset button").first
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-pressed", "true")
    assert hears(page, r'"count": [1-9]')["rows"]["count"] == int(
        first.locator(".count").inner_text()
    )


def test_a_row_is_labelled_by_mouse(desk: Watched) -> None:
    page = show(desk, "label_bar", "few")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("button", name="Confirm")).to_have_attribute("aria-pressed", "true")
    assert hears(page, '"label": "anomaly"')["labels"][0]["author"] == "Ben"
    page.get_by_label("Tag").fill("leak")
    page.keyboard.press("Tab")
    hears(page, '"tag": "leak"')
    page.get_by_role("button", name="Confirm").click()
    hears(page, r'"labels": \[\]')


def test_rows_are_labelled_by_keys_alone(desk: Watched) -> None:
    page = show(desk, "label_bar", "few")
    for key, said in (("c", "anomaly"), ("d", "normal"), ("u", "unsure")):
        page.keyboard.press(key)
        hears(page, f'"label": "{said}"')
    page.keyboard.press("n")
    page.keyboard.type("Could not tell: cud")
    page.keyboard.press("Enter")
    hears(page, '"note": "Could not tell: cud"')
    page.keyboard.press("Escape")  # back from the note to the buttons
    before = hears(page, '"row": ')["row"]
    page.keyboard.press("j")
    assert hears(page, f'"row": (?!{before}\\b)')["row"] != before
    expect(page.locator(".wb-label_bar .foot")).to_contain_text("1 of 3 labelled")


def test_a_feature_is_opened_by_mouse_and_keys(desk: Watched) -> None:
    page = show(desk, "why_bars")
    names = page.locator(".wb-why_bars .name")
    names.first.click()
    hears(page, f'"selected": "{names.first.inner_text()}"')
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    hears(page, f'"selected": "{names.nth(1).inner_text()}"')
    page.get_by_role("button", name="All features").click()
    expect(names).to_have_count(30)


@pytest.mark.parametrize(
    "name",
    [
        "lanes",
        *some("scores", "heatmap", "detector_matrix", "histogram", "scatter", "flow", "figures"),
    ],
)
def test_the_figures_behind_a_picture_open_as_a_table(desk: Watched, name: str) -> None:
    page = show(desk, name)
    press = page.get_by_role("button", name="Show as table")
    press.focus()
    page.keyboard.press("Space")
    table = page.get_by_role("region", name="Figures: ")
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    heads = table.get_by_role("columnheader").all_inner_texts()
    lines = [line.get_by_role("cell").count() for line in table.locator("tbody tr").all()]
    assert 0 < len(lines) <= 100
    assert {cells + 1 for cells in lines} == {len(heads)}, "a line begins with its name"
    assert any(re.search(r"\d", text) for text in table.get_by_role("cell").all_inner_texts())
    if name == "lanes":
        assert heads[:4] == ["time", "score", "severity", "band"]
        expect(table).to_contain_text("critical")
    assert violations(page) == []
    press.click()
    expect(table).to_be_hidden()


def test_a_line_of_the_table_is_opened(desk: Watched) -> None:
    page = show(desk, "table")
    page.locator(".wb-table tbody tr").nth(2).click()
    hears(page, r'"selected": \d')
    expect(page.locator(".wb-table tbody tr").nth(2)).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("case", ["error", *some("empty", "loading")])
def test_each_phase_is_told_in_words(desk: Watched, case: str) -> None:
    page = desk.page
    page.goto(f"{desk.address}?state={case}")
    expect(page.locator(".wb .veil:visible")).to_have_count(len(states()))
    expect(page.locator(".wb canvas:visible")).to_have_count(0)
    assert violations(page) == []


@pytest.mark.parametrize(
    ("case", "theme"),
    [("many", "light"), ("few", "dark"), *some(("many", "dark"), ("few", "light"))],
)
def test_axe_finds_nothing(desk: Watched, case: str, theme: str) -> None:
    page = desk.page
    page.goto(f"{desk.address}?state={case}&theme={theme}")
    for name in NAMES:
        page.locator(painted(name)).first.wait_for()
    assert violations(page) == []


def test_nothing_is_wider_than_a_phone(small: Watched) -> None:
    page = small.page
    page.goto(small.address)
    for name in NAMES:
        page.locator(painted(name)).first.wait_for()
        root = page.locator(f".wb-{name}")
        assert root.evaluate("n => n.scrollWidth - n.clientWidth") <= 1, name
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.bars
def test_dark_mode_is_followed_by_the_colours(desk: Watched) -> None:
    page = show(desk, "lanes", theme="dark")
    expect(page.locator(".wb-lanes")).to_have_class(re.compile("dark"))
    page.get_by_role("button", name="Toggle theme").click()
    expect(page.locator(".wb-lanes")).not_to_have_class(re.compile("dark"))
