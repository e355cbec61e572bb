"""The state of the lanes answers wishes without browser, kernel or server."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from handmade import HandMade, hand_made

from workbench.view.components.lanes import LanesState, pack


def header(frame: bytes) -> dict[str, Any]:
    size = int.from_bytes(frame[:4], "little")
    return dict(json.loads(frame[4 : 4 + size]))


def ask(state: LanesState, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": 1, **more}


@pytest.fixture
def state(found: HandMade) -> LanesState:
    state = LanesState()
    state.show_detection(found)
    return state


def test_the_message_begins_at_a_multiple_of_eight() -> None:
    frame = pack({"cells": 1}, np.array([1.5]))
    size = int.from_bytes(frame[:4], "little")
    assert (4 + size) % 8 == 0
    assert np.frombuffer(frame[4 + size :], "<f8").tolist() == [1.5]


def test_the_whole_axis_is_shown_first(state: LanesState, found: HandMade) -> None:
    assert header(state.frame)["lanes"] == ["overall", "flow", "heat"]
    assert header(state.frame)["inside"] == len(found)
    assert header(state.frame)["timed"]


def test_zooming_asks_for_a_window(state: LanesState) -> None:
    low, high = state.extent
    ask(state, "window", start=low, stop=(low + high) / 2, width=300)
    seen = header(state.frame)
    assert seen["inside"] == 300
    assert seen["seq"] == 1
    assert state.window == [low, (low + high) / 2]


def test_a_window_outside_of_the_data_shows_everything(state: LanesState) -> None:
    state.look(1e15, 2e15)
    assert state.window == list(state.extent)


def test_a_spike_stays_visible_among_a_million_points() -> None:
    severity = np.zeros((2, 1_000_000), dtype=np.float32)
    severity[:, 777_777] = 99.0
    state = LanesState()
    state.show(("overall", "flow"), severity, severity[0].astype(float), threshold=50.0)
    _, cells = state.cells(300)
    assert [cell[2] for cell in cells[0]] == [99.0]
    assert len(state.frame) < 200_000


def test_a_preview_counts_rows_and_fits_nothing(state: LanesState, found: HandMade) -> None:
    ask(state, "preview", value=3.0)
    assert state.preview == {"value": 3.0, "count": int((found.scores > 3.0).sum())}
    ask(state, "preview", value=None)
    assert state.preview == {}


def test_a_released_threshold_is_kept(state: LanesState) -> None:
    ask(state, "threshold", value=5.0)
    assert state.threshold == 5.0


def test_selecting_a_row_marks_its_whole_stretch(state: LanesState) -> None:
    ask(state, "select", row=302)
    assert state.selected["row"] == 302
    assert state.selected["x1"] > state.selected["x0"]
    assert "nth" in state.selected
    ask(state, "select", row=10)
    assert "nth" not in state.selected
    ask(state, "select", row=10**9)
    assert state.selected == {}


def test_next_and_previous_walk_by_severity(state: LanesState, found: HandMade) -> None:
    peaks = [item.peak for item in found.records]
    ask(state, "step", by=1)
    assert state.selected["nth"] == 0
    assert state.selected["row"] == peaks[0]
    state.asked = {"what": "step", "seq": 2, "by": 1}
    assert state.selected["row"] == peaks[1]
    state.asked = {"what": "step", "seq": 3, "by": -1}
    assert state.selected["row"] == peaks[0]


def test_a_brush_is_kept_in_order(state: LanesState) -> None:
    ask(state, "brush", range=[9.0, 3.0])
    assert state.brush == [3.0, 9.0]
    state.asked = {"what": "brush", "seq": 2, "range": []}
    assert state.brush == []


def test_another_threshold_keeps_window_and_brush(state: LanesState, found: HandMade) -> None:
    low, high = state.extent
    middle = (low + high) / 2
    state.look(low, middle)
    ask(state, "brush", range=[low, middle])
    state.show_detection(found.with_threshold(4.0), keep=True)
    assert state.window == [low, middle]
    assert state.brush == [low, middle]
    assert state.threshold == 4.0


def test_entities_that_share_times_lie_above_each_other() -> None:
    x = np.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0])
    scores = np.array([0, 0, 9, 0, 0, 0.0])
    state = LanesState()
    state.show(("overall",), scores[None], scores, threshold=5, x=x, rows=np.arange(6))
    state.select(2)
    assert state.selected["x"] == 3.0
    assert state.selected["score"] == 9.0


def test_the_words_say_what_the_picture_shows(state: LanesState) -> None:
    assert "3 anomalies in 600 rows" in state.summary


def test_a_detection_without_anomalies_can_be_shown() -> None:
    state = LanesState()
    state.show_detection(hand_made().with_threshold(1e9))
    assert state.neighbour(1) is None
    assert header(state.frame)["marks"] == 0
