"""Heatmap and detector matrix: what is odd when, and who agrees with whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from handmade import HandMade
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.view.components._pack import unpack
from workbench.view.components.detector_matrix import DetectorMatrixState
from workbench.view.components.heatmap import HeatmapState


def ask(state: Any, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": state.asked.get("seq", 0) + 1, **more}


@pytest.fixture(scope="module")
def comparison() -> Any:
    return wb.compare("sample:breast-cancer", ["pca", "hbos", "copod"])


@pytest.fixture
def matrix(comparison: Any) -> DetectorMatrixState:
    state = DetectorMatrixState()
    state.show_comparison(comparison)
    return state


def test_a_click_opens_row_and_feature(found: HandMade) -> None:
    state = HeatmapState()
    state.show_detection(found)
    assert state.names == ("flow", "heat")
    ask(state, "select", row=300, line=1)
    assert (state.selected["row"], state.feature) == (300, "heat")
    ask(state, "select", row=300, line=99)
    assert state.feature == "heat"


def test_a_cell_holds_the_worst_of_its_rows() -> None:
    matrix = np.zeros((2, 100_000), dtype=np.float32)
    matrix[1, 77_777] = 99
    state = HeatmapState()
    state.show(("a", "b"), matrix)
    header, arrays = unpack(state.frame)
    assert header["lanes"] == ["a", "b"]
    lines = arrays["severities"].reshape(2, header["cells"])
    assert (lines[0].max(), lines[1].max()) == (0, 99)


def test_the_square_shows_how_detectors_agree(comparison: Any) -> None:
    state = HeatmapState()
    state.show_comparison(comparison)
    assert state.square["names"] == ["pca", "hbos", "copod"]
    assert [state.square["values"][i][i] for i in range(3)] == [1.0, 1.0, 1.0]
    ask(state, "measure", name="rank correlation")
    assert state.square["title"] == "rank correlation"
    ask(state, "pair", a=0, b=2)
    assert (state.selected["a"], state.selected["b"]) == ("pca", "copod")
    ask(state, "pair", a=0, b=99)
    assert state.selected["b"] == "copod"


def test_each_flagged_row_is_in_one_set(matrix: DetectorMatrixState, comparison: Any) -> None:
    flags = comparison.flags
    assert sum(one["count"] for one in matrix.sets) == int(flags.any(axis=1).sum())
    ask(matrix, "set", set=0)
    rows = matrix.rows
    assert len(rows) == matrix.sets[0]["count"]
    inside = flags.to_numpy()[rows]
    assert (inside == [k in matrix.sets[0]["members"] for k in range(3)]).all()
    ask(matrix, "set", set=0)
    assert matrix.chosen is None


def test_costs_and_quality_are_told(matrix: DetectorMatrixState) -> None:
    first = matrix.detectors[0]
    assert first["name"] == "pca"
    assert first["seconds"] > 0
    assert (first["metric"], 0.5 < first["quality"] <= 1) == ("ROC-AUC", True)
    assert "3 detectors on 376 rows" in matrix.summary


def test_next_goes_to_the_row_that_most_detectors_flag(
    matrix: DetectorMatrixState, comparison: Any
) -> None:
    votes = comparison.flags.sum(axis=1).to_numpy()
    ask(matrix, "step", by=1)
    assert votes[matrix.selected["row"]] == votes.max()


def test_a_brush_gives_rows_where_no_set_is_picked(matrix: DetectorMatrixState) -> None:
    ask(matrix, "brush", range=[10, 19])
    assert matrix.rows.tolist() == list(range(10, 20))


@given(st.lists(st.lists(st.floats(0, 100), min_size=3, max_size=3), min_size=1, max_size=40))
def test_the_summary_names_the_worst_line(columns: list[list[float]]) -> None:
    state = HeatmapState()
    values = np.array(columns, dtype=np.float32).T
    state.show(("a", "b", "c"), values)
    assert f": {'abc'[int(values.max(axis=1).argmax())]} up to" in state.summary
