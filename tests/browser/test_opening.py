"""``found.explore(browser=True)``: the page shows this very result of this very process."""

from __future__ import annotations

from urllib.parse import urlsplit

import pandas as pd
import pytest
from _watched import Watched
from playwright.sync_api import Browser, expect

import workbench as wb
from workbench.core.display import browse

pytestmark = pytest.mark.browser


def test_a_result_of_a_notebook_opens_in_the_page(
    browser: Browser, machines: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    found = wb.detect(wb.load(machines, label="broken"), "knn", n_neighbors=7, contamination=0.01)
    address = browse(found)
    assert opened == [address]
    assert browse(found) == address  # the same result has one address
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    watched = Watched(page, address)
    watched.watch()
    watched.open()
    expect(page.get_by_text(f"row {found.records[0].peak}").first).to_be_visible()
    # Its own threshold and parameters, not those of a fresh run.
    expect(page.get_by_text(f"{len(found.records)} anomal").first).to_be_attached()
    assert watched.complaints == []
    assert watched.hosts == {urlsplit(address).netloc}
    # A stranger's guess is told that there is nothing.
    page.goto(f"{address.partition('?')[0]}?data=result:{'0' * 32}")
    expect(page.get_by_text("no longer here").first).to_be_visible()
    context.close()
