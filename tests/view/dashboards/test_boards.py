"""The three dashboards without browser and kernel: what they ask, run, show and say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.view.dashboards.compare import CompareDashboard
from workbench.view.dashboards.explore import ExploreDashboard
from workbench.view.dashboards.live import LiveDashboard

SMALL = {"data": "sample:breast-cancer", "detector": "ecod"}


def ended(board: Any) -> Any:
    """Return a dashboard whose work has ended."""
    board.run()
    board.runner.wait(120)
    return board


def test_explore_shows_what_the_address_names() -> None:
    board = ended(ExploreDashboard(SMALL))
    assert board.runner.stage == "done"
    assert board.space is not None
    assert board.space.found.detector == "ecod"
    assert "Anomalies" in board.told.value
    assert board.result.layout.display == ""
    assert board.page.query == SMALL


def test_explore_says_what_it_cannot_open_and_goes_on_with_another_choice() -> None:
    board = ended(ExploreDashboard({"data": "../secret.csv"}))
    assert board.runner.stage == "failed"
    assert "no sample and no file" in board.runner.words
    board.data.value, board.detector.value = SMALL["data"], "ecod"
    assert ended(board).runner.stage == "done"


def test_a_detector_that_is_none_is_named_with_a_hint() -> None:
    board = ended(ExploreDashboard({**SMALL, "detector": "iforst"}))
    assert board.runner.stage == "failed"
    assert "Did you mean 'iforest'" in board.runner.words


def test_hostile_words_stay_words() -> None:
    board = ended(ExploreDashboard({"data": "<img src=x onerror=alert(1)>", "detector": "<b>"}))
    assert "<img" not in "".join(str(part.value) for part in (board.told,))
    lines = [item for item in board.view.children[1].children if hasattr(item, "value")]
    assert not any("<img" in str(line.value) for line in lines)
    assert any("&lt;img" in str(line.value) for line in lines)


def test_compare_opens_the_tool_of_the_notebook() -> None:
    board = ended(CompareDashboard({"data": "sample:breast-cancer", "detectors": "ecod,pca,hbos"}))
    assert board.runner.stage == "done"
    assert board.space is not None
    assert list(board.space.comparison.detections) == ["ecod", "pca", "hbos"]
    board.space.matrix.asked = {"what": "select", "row": 7, "seq": 1}
    assert board.space.row == 7
    assert board.space.why.sentence == str(board.space.comparison.detections["ecod"].explain(7))
    assert board.result.layout.display == ""


@pytest.mark.parametrize("names", ["ecod", "ecod,ecod"])
def test_compare_wants_two(names: str) -> None:
    board = ended(CompareDashboard({"data": "sample:breast-cancer", "detectors": names}))
    assert board.runner.stage == "failed"
    assert "Choose two to 8" in board.runner.words


@pytest.fixture
def live() -> LiveDashboard:
    board = ended(LiveDashboard({"data": "sample:pump", "speed": "96"}))
    assert board.runner.stage == "done"
    return board


def test_live_waits_for_its_page_and_then_lets_rows_arrive(live: LiveDashboard) -> None:
    assert live.replay is not None
    assert live.switch.description == "Pause"
    before = live.replay.at
    assert live.tick()
    assert live.replay.at == before + 48
    assert live.page.beat == 1
    assert f"{live.replay.at:,d} of 10,080 rows" in live.clock.value
    assert live.stream.lanes.window[1] == live.stream.lanes.extent[1]
    assert live.stream.lanes.window == live.stream.scores.window


def test_live_pauses_and_goes_on(live: LiveDashboard) -> None:
    live.turn()
    assert not live.tick()
    assert live.switch.description == "Resume"
    assert "paused" in live.clock.value
    live.turn()
    assert live.tick()


def test_live_lists_what_arrives_with_its_severity_in_shape_and_word(live: LiveDashboard) -> None:
    assert live.replay is not None
    assert live.stream.table.phase["kind"] == "empty"
    while not live.stream.table.lines:
        assert live.tick()
        live.page.heard = live.page.beat
    assert any(
        cell in {"◆ critical", "▲ high", "● medium"} for cell in live.stream.table.lines[0]["cells"]
    )
    live.stream.table.asked = {"what": "select", "row": live.stream.table.lines[0]["row"], "seq": 1}
    assert live.stream.lanes.selected["row"] == live.stream.table.lines[0]["row"]
    assert "stands out" in live.stream.why.sentence


def test_live_keeps_a_brush_and_a_window_while_rows_arrive(live: LiveDashboard) -> None:
    low, high = live.stream.lanes.window[0], live.stream.lanes.window[1]
    ends = [low + 0.2 * (high - low), low + 0.4 * (high - low)]
    live.stream.lanes.asked = {"what": "brush", "range": ends, "seq": 1}
    assert live.stream.scores.brush == pytest.approx(ends)
    live.tick()
    assert live.stream.lanes.brush == pytest.approx(ends)
    assert live.stream.lanes.window[1] > high
    width = live.stream.lanes.window[1] - live.stream.lanes.window[0]
    assert width == pytest.approx(high - low)


def test_live_stops_when_nobody_answers(live: LiveDashboard) -> None:
    ticks = 0
    while live.tick():
        ticks += 1
    assert ticks < 30
    assert not live.playing
    assert not live.ticker.ticking


def test_a_batch_that_breaks_is_told_once(
    live: LiveDashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(count: int) -> bool:
        raise DataError("Column 'flow' is gone.")

    monkeypatch.setattr(live.replay, "step", broken)
    assert not live.tick()
    assert live.runner.stage == "failed"
    assert "Column 'flow' is gone." in live.runner.words
    assert not live.tick()


def test_live_ends_at_the_last_row_and_begins_again(live: LiveDashboard) -> None:
    assert live.replay is not None
    live.replay.step(len(live.replay.data) - live.replay.at - 10)
    assert not live.tick()
    assert live.switch.description == "Start again"
    live.turn()
    live.runner.wait(120)
    assert live.replay.at == live.replay.first
    assert np.isfinite(live.replay.severities).all()
