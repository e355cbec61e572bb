"""One row in depth: charts around it, what is like it, labels, and words on the page."""

from __future__ import annotations

from typing import Any

import pytest

import workbench as wb
from workbench.view.investigating import Investigating, RowSession
from workbench.view.pages._investigate_words import (
    in_question,
    investigating_stands,
    otherwise,
)


@pytest.fixture(scope="module")
def found() -> wb.Detection:
    return wb.detect("sample:pump", "seasonal_residual")


@pytest.fixture
def space(found: wb.Detection) -> Investigating:
    return Investigating(found, found.records[1].peak)


def ask(state: Any, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": state.asked.get("seq", 0) + 1, **more}


def test_the_charts_open_around_the_row(space: Investigating, found: wb.Detection) -> None:
    assert space.row == found.records[1].peak
    low, high = space.score.window
    assert low < space.score.selected["x"] < high
    assert high - low < 0.1 * (space.score.extent[1] - space.score.extent[0])
    assert [chart.window for chart in space.features] == [[low, high]] * 2
    first = next(part.feature for part in found.explain(space.row).contributions)
    assert space.features[0].shown == first


def test_the_charts_keep_the_same_window(space: Investigating) -> None:
    low, high = space.score.extent
    ask(space.features[1], "window", start=low, stop=(low + high) / 2, width=400)
    assert space.score.window == space.features[0].window == [low, (low + high) / 2]


def test_another_row_is_followed_everywhere(space: Investigating, found: wb.Detection) -> None:
    row = found.records[0].peak
    ask(space.labels, "step", by=-1)
    assert space.row == row == space.plane.selected["row"] == space.score.selected["row"]
    assert space.score.window[0] < space.score.selected["x"] < space.score.window[1]


def test_what_is_alike_is_listed_and_opens(space: Investigating, found: wb.Detection) -> None:
    why = found.explain(space.row)
    assert [line["row"] for line in space.similar.lines] == [item.row for item in why.similar]
    ask(space.similar, "select", row=why.similar[0].row)
    assert space.row == why.similar[0].row


def test_a_threshold_is_moved_without_a_fit(space: Investigating, found: wb.Detection) -> None:
    row = space.row
    ask(space.score, "threshold", value=12.0)
    assert space.found.threshold.value == 12.0
    assert space.found.scores is found.scores
    assert space.row == row


def test_a_table_is_drawn_in_the_order_of_its_rows() -> None:
    table = wb.detect("sample:breast-cancer", "ecod")
    space = Investigating(table)
    assert space.row == table.records[0].peak
    assert set(space.plane.axes.values()) <= set(table.dataset.features)


def test_the_words_say_how_odd_and_what_would_make_it_usual(
    space: Investigating, found: wb.Detection
) -> None:
    told = in_question(space, {"data": "sample:pump", "row": str(space.row), "range": "1,2"})
    assert "of 100" in told
    assert 'href="explore?data=sample:pump&amp;row=' in told
    assert "range" not in told
    assert found.explain(space.row).counterfactual.words[:20] in otherwise(space)
    for stage in ("empty", "ready", "cancelled"):
        assert "<p>" in investigating_stands(stage)


def test_its_session_works_out_no_figures_nobody_sees() -> None:
    session = RowSession.from_query({"data": "sample:breast-cancer", "detector": "ecod"})
    session.restore()
    while session.job is not None:
        assert session.job.wait(60)
        session.poll()
    assert session.stage == "scored"
    assert session.verdict is None
