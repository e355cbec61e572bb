"""The score chart sets a line against what is expected, and answers wishes without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from handmade import HandMade
from hypothesis import given
from hypothesis import strategies as st

from workbench.view.components._pack import unpack
from workbench.view.components.scores import ScoresState


def ask(state: ScoresState, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": state.asked.get("seq", 0) + 1, **more}


@pytest.fixture
def state(found: HandMade) -> ScoresState:
    state = ScoresState()
    state.show_detection(found)
    return state


def test_the_score_comes_first_with_its_threshold(state: ScoresState) -> None:
    assert (state.shown, state.threshold) == ("score", 8.0)
    assert state.choices == ["score", "flow", "heat"]


def test_a_column_has_no_threshold_and_keeps_window_and_selection(
    state: ScoresState, found: HandMade
) -> None:
    low, high = state.extent
    state.look(low, (low + high) / 2)
    state.select(150)
    ask(state, "show", name="heat")
    assert state.threshold is None
    assert state.window == [low, (low + high) / 2]
    assert state.selected["row"] == 150
    assert state.selected["score"] == pytest.approx(found.dataset.frame["heat"][150])


def test_a_jump_lies_outside_of_the_expected_band(state: ScoresState) -> None:
    ask(state, "show", name="flow")
    header, cells = unpack(state.frame)
    assert header["timed"]
    assert (cells["high"] > cells["usualHigh"]).sum() >= 5
    assert np.mean(cells["high"] <= cells["usualHigh"]) > 0.9


def test_trend_and_season_are_found_when_they_are_asked_for(state: ScoresState) -> None:
    assert state.trend == {}
    ask(state, "overlay", name="trend", on=1)
    assert len(state.trend["x"]) >= 2
    ask(state, "overlay", name="season", on=1)
    assert (state.season["cycle"], len(state.season["middle"])) == ("day", 24)
    ask(state, "overlay", name="nonsense", on=1)
    assert set(state.overlays) == {"band", "trend", "season"}


def test_a_table_without_times_has_no_season(plain: HandMade) -> None:
    state = ScoresState(overlays={"band": True, "trend": True, "season": True})
    state.show_detection(plain)
    assert "no cycle" in state.season["words"]


def test_borders_that_are_given_are_kept() -> None:
    values = np.array([1.0, 5.0, 1.0])
    state = ScoresState()
    state.show(values, expected=(values - 1, np.array([2.0, 2.0, 2.0])))
    assert "1 point outside" in state.summary


def test_a_brush_gives_rows(state: ScoresState) -> None:
    ask(state, "brush", range=list(state.extent))
    assert len(state.rows) == 600
    ask(state, "brush", range=[])
    assert len(state.rows) == 0


def test_live_rows_move_a_window_at_the_end_and_leave_one_in_the_past() -> None:
    state = ScoresState()
    state.show(np.arange(100.0))
    told: list[str] = []
    state.param.watch(lambda event: told.append(event.name), "frame")
    state.look(50, 99)
    ask(state, "brush", range=[60, 70])
    told.clear()
    with state.kept():
        state.show(np.arange(120.0))
    assert (state.window, state.brush, told) == ([70, 119], [60, 70], ["frame"])
    state.look(10, 20)
    with state.kept():
        state.show(np.arange(130.0))
    assert state.window == [10, 20]
    state.look(*state.extent)
    with state.kept():
        state.show(np.arange(140.0))
    assert state.window == [0, 139]


def test_nothing_and_missing_values_can_be_shown() -> None:
    state = ScoresState(overlays={"band": True, "trend": True, "season": True})
    state.show(np.empty(0))
    state.show(np.full(50, np.nan))
    assert unpack(state.frame)[0]["scores"] == [0, 1]


@given(
    st.lists(st.floats(-1e9, 1e9) | st.just(float("nan")), min_size=1, max_size=300),
    st.integers(50, 400), st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_no_zoom_hides_the_highest_value(
    values: list[float], width: int, one: float, two: float
) -> None:
    state = ScoresState()
    state.show(np.array(values))
    low, high = state.extent
    start, stop = sorted((low + one * (high - low), low + two * (high - low)))
    state.look(start, stop, width)
    _, cells = unpack(state.frame)
    start, stop = state.window
    inside = np.array(values)[int(np.ceil(start)) : int(np.floor(stop)) + 1] if values else []
    if np.isfinite(inside).any():
        assert np.nanmax(cells["high"]) == pytest.approx(np.nanmax(inside), rel=1e-6)
        assert np.nanmin(cells["low"]) == pytest.approx(np.nanmin(inside), rel=1e-6)
