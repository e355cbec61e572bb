"""What people do on the Explore page, done in a real browser against the real demo."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from _watched import Watched
from playwright.sync_api import Page, expect

from workbench.view.wording import number

#: Page width, and elements that reach beyond the screen (scrolled and clipped ones left out).
BEYOND = """() => {
  const found = [];
  const kept = (node) => node.closest('.scroll') || String(node.className).startsWith('bk-Glyph')
    || String(node.className).startsWith('bk-BoxAnnotation')  // drawn within its plot's frame
    || getComputedStyle(node).position === 'fixed';
  const walk = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) walk(node.shadowRoot);
      const box = node.getBoundingClientRect();
      if (box.width && box.right > innerWidth + 1 && !kept(node))
        found.push(`${node.tagName}.${node.className} ${Math.round(box.right)}`);
    }
  };
  walk(document);
  return [document.documentElement.scrollWidth, found.slice(0, 5)];
}"""


def query(page: Page) -> dict[str, str]:
    """Return what the address bar says."""
    return {key: value[0] for key, value in parse_qs(urlsplit(page.url).query).items()}


def until(page: Page, condition: str) -> None:
    """Wait until the address bar fulfils a condition on its parameters ``q``."""
    page.wait_for_function(
        f"() => {{ const q = new URLSearchParams(location.search); return {condition}; }}"
    )


def plain_csv(folder: Path, rows: int = 400, name: str = "boiler.csv") -> Path:
    """Write a table with one wild row."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"flow": rng.normal(50, 2, rows), "heat": rng.normal(20, 1, rows)})
    frame.loc[123, ["flow", "heat"]] = [500.0, 90.0]
    frame.to_csv(folder / name, index=False)
    return folder / name


def upload(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(str(path))


def why(page: Page) -> str:
    return page.locator(".sentence").inner_text()


def test_the_first_view_shows_a_result_with_its_reason(watched: Watched) -> None:
    page = watched.open()
    expect(page.get_by_text("Why this is odd")).to_be_visible()
    expect(page.locator(".sentence")).to_contain_text("stands out")
    assert page.locator(".wb-table tbody tr").count() > 3


def test_a_csv_is_uploaded_profiled_scored_and_explained(watched: Watched, tmp_path: Path) -> None:
    page = watched.open()
    upload(page, plain_csv(tmp_path))
    expect(page.get_by_text("Not scored yet")).to_be_visible()
    expect(page.get_by_role("cell", name="heat")).to_be_visible()
    page.get_by_role("button", name="Find anomalies").click()
    expect(page.locator(".sentence")).to_contain_text("123")
    assert query(page)["data"].endswith("/boiler.csv")


def test_a_broken_file_is_refused_in_words(watched: Watched, tmp_path: Path) -> None:
    page = watched.open()
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 no table PAR1")
    upload(page, broken)
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    expect(page.get_by_role("alert")).to_contain_text("Choose other data")


def test_a_run_can_be_cancelled(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    page.goto(f"{watched.address}?data=sample:glucose&detector=iforest&scored=no")
    run = page.get_by_role("button", name="Find anomalies")
    expect(run).to_be_enabled()
    run.click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible(timeout=60_000)
    expect(run).to_be_enabled()


def test_brushing_a_range_filters_the_table(watched: Watched) -> None:
    page = watched.open()
    everything = page.locator(".wb-table .status").inner_text()
    box = page.locator(".wb-lanes canvas").bounding_box()
    assert box is not None
    y = box["y"] + 150
    page.mouse.move(box["x"] + box["width"] * 0.45, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.60, y, steps=6)
    page.mouse.up()
    expect(page.locator(".wb-table .status")).to_contain_text(" of ")
    until(page, "(q.get('range') || '').includes(',')")
    page.get_by_role("button", name="Clear the brushed range").click()
    expect(page.locator(".wb-table .status")).to_have_text(everything)


def test_dragging_the_threshold_previews_the_count_and_applies_it(watched: Watched) -> None:
    page = watched.open()
    before = page.locator(".wb-table .status").inner_text()
    grip = page.get_by_role("slider", name="Score threshold")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 190, box["y"] + 8, steps=8)
    expect(page.locator(".wb-histogram .count")).to_contain_text(re.compile(r"\d+ rows? above"))
    assert page.locator(".wb-table .status").inner_text() == before
    page.mouse.up()
    until(page, "q.get('threshold') > ''")
    expect(page.locator(".wb-table .status")).not_to_have_text(before)
    shown = page.locator(".tile .big").nth(2)
    expect(shown).to_have_text(number(float(query(page)["threshold"])))
    page.get_by_role("button", name="Back to the rule's threshold").click()
    expect(page.locator(".wb-table .status")).to_have_text(before)


def test_the_threshold_moves_by_keyboard(watched: Watched) -> None:
    page = watched.open()
    grip = page.get_by_role("slider", name="Threshold", exact=True)
    before = float(grip.get_attribute("aria-valuenow") or "nan")
    grip.focus()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    until(page, "q.get('threshold') > ''")
    assert float(query(page)["threshold"]) > before


def test_a_line_of_the_table_leads_to_its_reason(watched: Watched) -> None:
    page = watched.open()
    before = why(page)
    line = page.locator(".wb-table tbody tr").nth(2)
    row = line.locator("td").first.inner_text()
    line.click()
    expect(page.locator(".sentence")).not_to_have_text(before)
    expect(page.locator(".sentence")).to_contain_text(row)
    until(page, f"q.get('row') === '{row}'")


def test_a_mark_in_the_lanes_leads_to_its_reason(watched: Watched) -> None:
    page = watched.open()
    before = why(page)
    stage = page.get_by_role("application")
    stage.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".sentence")).not_to_have_text(before)


def test_hotkeys_walk_search_and_help(watched: Watched) -> None:
    page = watched.open()
    until(page, "q.get('row') > ''")
    first = query(page)["row"]
    page.keyboard.press("j")
    page.wait_for_function(
        "row => new URLSearchParams(location.search).get('row') !== row", arg=first
    )
    page.keyboard.press("k")
    until(page, f"q.get('row') === '{first}'")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("nothing-has-this")
    expect(page.locator(".wb-table .empty")).to_be_visible()


def test_dark_mode_is_kept_in_the_address(watched: Watched) -> None:
    page = watched.open()
    page.get_by_role("button", name="Toggle theme").click()
    until(page, "q.get('theme') === 'dark'")
    page.reload()
    page.locator(".wb-lanes .grip").wait_for(state="visible")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in re.findall(r"\d+", ground)[:3]) < 150


def test_a_reload_restores_the_state(watched: Watched) -> None:
    page = watched.open("?data=sample:pump&detector=seasonal_residual&row=7644&threshold=9&y=flow")
    until(page, "q.get('scored') === 'yes' && q.get('theme') === 'light'")
    before = (query(page), why(page), page.locator(".wb-table .status").inner_text())
    assert (before[0]["row"], before[0]["y"]) == ("7644", "flow")
    page.reload()
    page.locator(".wb-lanes .grip").wait_for(state="visible")
    expect(page.locator(".sentence")).to_have_text(before[1])
    expect(page.locator(".wb-table .status")).to_have_text(before[2])
    assert query(page) == before[0]


def pumps_csv(folder: Path) -> Path:
    """Write two pumps with a label column; the second one breaks."""
    rng = np.random.default_rng(8)
    times = pd.date_range("2026-01-01", periods=300, freq="h")
    both = []
    for name, level in (("north", 20.0), ("south", 60.0)):
        frame = pd.DataFrame({"at": times, "unit": name, "flow": rng.normal(level, 1, 300)})
        frame["fault"] = 0
        both.append(frame)
    both[1].loc[200:204, ["flow", "fault"]] = [95.0, 1]
    pd.concat(both).to_csv(folder / "pumps.csv", index=False)
    return folder / "pumps.csv"


def choose(page: Page, name: str, choice: str) -> None:
    page.get_by_role("combobox", name=name).click()
    page.get_by_role("menuitem", name=choice, exact=True).click()


def test_columns_are_chosen_used_and_kept(watched: Watched, tmp_path: Path) -> None:
    page = watched.open()
    upload(page, pumps_csv(tmp_path))
    expect(page.get_by_text("Not scored yet")).to_be_visible()
    for role, column in (("Entity", "unit"), ("Label", "fault"), ("Time", "at")):
        choose(page, role, column)
        until(page, f"q.get('{role.lower()}') === '{column}'")
        expect(page.get_by_role("button", name="Find anomalies")).to_be_enabled()
    page.get_by_role("button", name="Find anomalies").click()
    lanes = page.locator(".wb-lanes")
    expect(page.locator(".sentence")).to_be_visible()
    expect(page.locator("ul.figures")).to_contain_text("ROC-AUC")
    expect(page.locator("ul.figures")).to_contain_text("VUS-PR")
    expect(lanes.locator("p.unseen")).to_contain_text("overall, south, north")
    code = page.locator(".wb-code").inner_text()
    assert "entity='unit'" in code
    assert "label='fault'" in code
    page.reload()
    lanes.locator(".grip").wait_for(state="visible")
    expect(page.locator("ul.figures")).to_contain_text("ROC-AUC")
    assert query(page)["entity"] == "unit"
    expect(page.get_by_role("combobox", name="Entity")).to_contain_text("unit")


def test_a_wrong_column_in_the_address_is_told(watched: Watched) -> None:
    watched.page.goto(f"{watched.address}?data=sample:pump&time=tmie")
    alert = watched.page.get_by_role("alert")
    expect(alert).to_contain_text("Column 'tmie' is not in the data")
    choose(watched.page, "Time", "found automatically")
    expect(watched.page.get_by_text("Not scored yet")).to_be_visible()


def test_copy_as_python_gives_runnable_lines(watched: Watched) -> None:
    page = watched.open()
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    code = page.evaluate("navigator.clipboard.readText()")
    compile(code, "copied", "exec")
    assert "wb.detect" in code


def test_nothing_is_clipped_on_a_phone(phone: Watched) -> None:
    page = phone.open()
    expect(page.get_by_role("button", name="Open drawer")).to_be_visible()
    wide = page.evaluate(BEYOND)
    assert wide[0] <= 390
    assert wide[1] == []


@pytest.mark.parametrize("state", ["empty", "unknown"])
def test_each_state_names_the_next_step(watched: Watched, state: str) -> None:
    source = {"empty": "sample:none-such", "unknown": "/etc/passwd"}[state]
    watched.page.goto(f"{watched.address}?data={source}")
    alert = watched.page.get_by_role("alert")
    expect(alert).to_contain_text("That did not work")
    expect(alert).to_contain_text("Choose other data")
