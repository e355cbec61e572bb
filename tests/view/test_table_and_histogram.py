"""The table and the histogram answer wishes without browser or server."""

from __future__ import annotations

import pandas as pd
import pytest
from handmade import HandMade

from workbench.view.components.histogram import HistogramState
from workbench.view.components.table import TableState


@pytest.fixture
def table(found: HandMade) -> TableState:
    state = TableState()
    state.show(found.anomalies)
    return state


def test_lines_are_words(table: TableState) -> None:
    assert table.lines[0]["row"] in range(600)
    assert any("critical" in cell for cell in table.lines[0]["cells"])
    assert table.status == "3"


def test_what_one_decides_by_comes_first(table: TableState) -> None:
    assert [item["name"] for item in table.columns][:3] == ["row", "severity", "band"]


def test_sorting_turns_around_at_the_second_click(table: TableState) -> None:
    column = [item["name"] for item in table.columns].index("score")
    table.asked = {"what": "sort", "seq": 1, "column": column}
    down = [line["row"] for line in table.lines]
    table.asked = {"what": "sort", "seq": 2, "column": column}
    assert [line["row"] for line in table.lines] == down[::-1]


def test_mixed_values_can_be_sorted() -> None:
    state = TableState()
    state.show(pd.DataFrame({"row": [0, 1], "tag": ["b", 3]}))
    state.asked = {"what": "sort", "seq": 1, "column": 1}
    assert len(state.lines) == 2


def test_searching_filters_and_says_so(table: TableState) -> None:
    table.asked = {"what": "search", "seq": 1, "text": "CRITICAL"}
    assert 0 < len(table.lines) < 3
    assert " of 3" in table.status
    table.asked = {"what": "search", "seq": 2, "text": "(*"}
    assert table.lines == []
    assert table.neighbour(1) is None


def test_a_brushed_range_keeps_its_rows_only(table: TableState) -> None:
    row = table.lines[1]["row"]
    table.keep({row})
    assert [line["row"] for line in table.lines] == [row]
    table.keep(None)
    assert len(table.lines) == 3


def test_next_follows_the_listed_order(table: TableState) -> None:
    rows = [line["row"] for line in table.lines]
    assert table.neighbour(1) == rows[0]
    table.asked = {"what": "select", "seq": 1, "row": rows[0]}
    assert table.neighbour(1) == rows[1]
    assert table.neighbour(-1) == rows[-1]


def test_opening_a_row_turns_to_its_page() -> None:
    state = TableState()
    state.show(pd.DataFrame({"row": range(100), "score": range(100)}))
    state.open(50)
    assert state.page == 4
    state.asked = {"what": "page", "seq": 1, "page": 99}
    assert state.page == state.pages - 1


def test_the_histogram_counts_every_row(found: HandMade) -> None:
    state = HistogramState()
    state.show(found.scores.to_numpy(), 8.0)
    assert sum(state.bars) == len(found)
    state.highlight(found.scores.to_numpy()[:50])
    assert sum(state.inside) == 50
    state.highlight(None)
    assert state.inside == []


def test_the_histogram_previews_before_it_sets(found: HandMade) -> None:
    state = HistogramState()
    state.show(found.scores.to_numpy(), 8.0)
    state.asked = {"what": "preview", "seq": 1, "value": 4.0}
    assert state.preview["count"] == int((found.scores > 4.0).sum())
    assert state.threshold == 8.0
    state.asked = {"what": "threshold", "seq": 2, "value": 4.0}
    assert state.threshold == 4.0
    assert state.preview == {}
    state.asked = {"what": "preview", "seq": 3, "value": None}
    assert state.preview == {}


def test_a_fitted_shape_is_laid_over_the_bars_and_taken_away(found: HandMade) -> None:
    state = HistogramState()
    state.show(found.scores.to_numpy(), 8.0)
    state.asked = {"what": "fit", "name": "gamma", "seq": 1}
    assert len(state.curve) == len(state.bars)
    assert state.fit["words"].startswith("gamma")
    state.asked = {"what": "fit", "name": "nonsense", "seq": 2}
    assert state.fit["name"] == "gamma"
    state.asked = {"what": "fit", "name": "", "seq": 3}
    assert state.curve == []


def test_equal_scores_have_a_histogram(found: HandMade) -> None:
    state = HistogramState()
    state.show(found.scores.to_numpy()[:1].repeat(5), 1.0)
    assert sum(state.bars) == 5
