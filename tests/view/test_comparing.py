"""Several detectors side by side: set, brush, row, detector and threshold reach all parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import workbench as wb
from workbench.core.display import display
from workbench.view.comparing import Comparing
from workbench.view.display import register
from workbench.view.notebook import comparer

DETECTORS = ["ecod", "pca", "hbos"]


@pytest.fixture(scope="module")
def comparison() -> wb.Comparison:
    return wb.compare("sample:breast-cancer", DETECTORS)


@pytest.fixture
def space(comparison: wb.Comparison) -> Comparing:
    return Comparing(comparison)


def ask(state: Any, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": state.asked.get("seq", 0) + 1, **more}


def lines_of(space: Comparing) -> dict[str, Any]:
    """Run the copied lines; return their names, and the rows that they pick as ``rows``."""
    names: dict[str, Any] = {}
    told = space.code.code.replace("\ncomparison.verdicts(", "\nrows = comparison.verdicts(")
    exec(told, names)
    return names | {"rows": names["rows"]["row"].tolist() if "rows" in names else None}


def test_the_most_disputed_row_is_open_at_first(
    space: Comparing, comparison: wb.Comparison
) -> None:
    votes = comparison.flags.sum(axis=1).to_numpy()
    assert 0 < votes[space.row] < len(DETECTORS)
    assert space.row == comparison.disputed[0]
    assert space.why.sentence == str(comparison.detections["ecod"].explain(space.row))
    assert set(comparison.disputed) == set(np.flatnonzero((votes > 0) & (votes < 3)))


def test_a_detector_is_chosen_in_the_matrix_and_explains_the_same_row(
    space: Comparing, comparison: wb.Comparison
) -> None:
    row = space.row
    ask(space.matrix, "detector", detector=2)
    assert (space.detector, space.row) == ("hbos", row)
    found = comparison.detections["hbos"]
    assert space.lanes.threshold == found.threshold.value
    assert space.table.status == f"{len(found.records):,d}"
    assert space.why.ends["score"] == pytest.approx(float(found.scores.iloc[row]))
    ask(space.matrix, "detector", detector=9)
    assert space.detector == "hbos"


def test_a_picked_set_lists_its_rows_and_gives_them_back(
    space: Comparing, comparison: wb.Comparison
) -> None:
    ask(space.matrix, "set", set=0)
    members = space.matrix.sets[0]["members"]
    wanted = (comparison.flags == [k in members for k in range(3)]).all(axis=1)
    assert space.rows == np.flatnonzero(wanted).tolist()
    assert space.disputed.status == f"{len(space.rows):,d}"
    assert lines_of(space)["rows"] == space.rows
    ask(space.matrix, "set", set=0)
    assert space.rows == [space.row]


def test_a_brush_reaches_both_timelines_and_both_tables(
    space: Comparing, comparison: wb.Comparison
) -> None:
    ask(space.lanes, "brush", range=[20, 99])
    assert space.matrix.brush == [20, 99]
    assert space.rows == list(range(20, 100))
    assert {line["row"] for line in space.disputed.lines} <= set(space.rows)
    assert {line["row"] for line in space.table.lines} <= set(space.rows)
    assert lines_of(space)["rows"] == space.rows
    ask(space.matrix, "brush", range=[])
    assert space.lanes.brush == []


def test_both_timelines_look_at_the_same_range(space: Comparing) -> None:
    ask(space.matrix, "window", start=10, stop=60, width=300)
    assert space.lanes.window == [10, 60]
    ask(space.lanes, "window", start=0, stop=40, width=300)
    assert space.matrix.window == [0, 40]


@pytest.mark.parametrize("table", ["table", "disputed"])
def test_a_line_of_either_table_opens_everywhere(space: Comparing, table: str) -> None:
    row = getattr(space, table).lines[2]["row"]
    ask(getattr(space, table), "select", row=row)
    assert space.row == space.lanes.selected["row"] == space.matrix.selected["row"] == row
    assert f".explain({row})" in space.code.code


def test_a_threshold_moves_one_detector_and_refits_nothing(
    space: Comparing, comparison: wb.Comparison
) -> None:
    ask(space.matrix, "set", set=0)
    before = comparison.table.loc["ecod", "rows_flagged"]
    ask(space.lanes, "threshold", value=float(comparison.scores["ecod"].quantile(0.5)))
    moved = space.comparison
    assert moved.scores is comparison.scores
    assert moved.table.loc["ecod", "rows_flagged"] == moved.flags["ecod"].sum() > before
    assert moved.table.loc["pca"].equals(comparison.table.loc["pca"])
    assert comparison.table.loc["ecod", "rows_flagged"] == before
    names = lines_of(space)
    assert names["comparison"].flags.equals(moved.flags)


def test_a_series_is_copied_by_its_times(wave: Any) -> None:
    data = wb.load(wave, time="timestamp", label="is_anomaly", name="wave")
    frame = data.frame.iloc[::-1]
    backwards = wb.compare(wb.load(frame, time="timestamp", label="is_anomaly"), ["ecod", "hbos"])
    space = Comparing(backwards)
    low, high = space.matrix.extent
    ask(space.matrix, "brush", range=[low, (low + high) / 2])
    assert len(space.rows) == len(frame) // 2
    assert "range(252, 504)" in space.code.code


def test_nobody_disputes_what_all_flag() -> None:
    once = wb.compare("sample:breast-cancer", ["ecod"])
    space = Comparing(once)
    assert space.disputed.phase["kind"] == "empty"
    assert space.row == once.detections["ecod"].records[0].peak


def test_an_unknown_detector_gets_a_proposal(comparison: wb.Comparison) -> None:
    with pytest.raises(wb.WorkbenchError, match="Did you mean 'ecod'"):
        comparison.with_threshold("ecodd", 1.0)


def test_what_is_picked_comes_back_with_each_detectors_score_and_flag(
    comparison: wb.Comparison,
) -> None:
    shown = comparison.explore()
    told = comparison.selected
    assert told["row"].tolist() == [comparison.disputed[0]]
    row = told["row"].iloc[0]
    for name in DETECTORS:
        assert told[f"{name}_score"].iloc[0] == comparison.scores[name].iloc[row]
        assert told[f"{name}_flag"].iloc[0] == comparison.flags[name].iloc[row]
    del shown


def test_alone_in_a_cell_a_comparison_is_alive_and_has_a_picture(
    comparison: wb.Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = register().mimebundle(comparison)
    assert still is not None
    assert set(still) == {"text/plain", "text/html"}
    assert "<script" not in still["text/html"]
    monkeypatch.setattr("workbench.view.display.in_notebook", lambda: True)
    alive = comparison._repr_mimebundle_()
    assert any("widget" in key for key in alive)
    assert alive["text/html"] == comparison._repr_html_()
    assert comparison.selected.empty


def test_the_tools_are_widgets_that_name_the_detector(space: Comparing) -> None:
    import ipywidgets

    made = comparer(space)
    assert isinstance(made, ipywidgets.Widget)
    space.choose("pca")
    told = [item.value for item in _all(made) if isinstance(item, ipywidgets.HTML)]
    assert any("What pca finds" in words for words in told)


def _all(widget: Any) -> list[Any]:
    return [widget, *(one for child in getattr(widget, "children", ()) for one in _all(child))]


def test_views_of_a_comparison_do_not_keep_it_alive() -> None:
    import gc
    import weakref

    result = wb.compare("sample:les-miserables", ["ecod", "hbos"])
    display()._opened(result)  # type: ignore[attr-defined]
    gone = weakref.ref(result)
    del result
    gc.collect()
    assert gone() is None
