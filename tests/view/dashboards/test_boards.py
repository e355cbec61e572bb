"""The three dashboards without browser and kernel: what they ask, run, show and say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

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
def live() -> Iterator[LiveDashboard]:
    """A dashboard whose page has opened: the pump's rows, as fast as the form lets them come."""
    board = ended(LiveDashboard({"data": "sample:pump", "speed": "96"}))
    assert board.runner.stage == "done"
    assert board.live is None, "nothing comes before anybody looks"
    board.page.here = True
    yield board
    if board.live is not None:
        board.live.stop()


def seen(board: LiveDashboard) -> Any:
    """Return what is watched, once what was odd in the past is seen."""
    assert board.watching is not None
    for _ in range(600):
        if board.watching.cards.cards:
            return board.watching
        assert board.tick()
        board.page.heard = board.page.beat
        board.live.wait(0.05)
    raise AssertionError("nothing comes")


def test_live_shows_the_parts_of_the_page_and_of_the_notebook(live: LiveDashboard) -> None:
    watching = seen(live)
    assert watching.flow.lanes == ["severity"]
    assert live.live.monitor.detector == "ewma"
    assert len(live.live) >= 2_000  # the past, at once
    assert live.page.beat > 0
    assert live.page.query == {"data": "sample:pump", "detector": "ewma", "speed": "96"}


def test_live_stops_when_nobody_answers(live: LiveDashboard) -> None:
    ticks, watched = 0, live.live
    while live.tick():
        ticks += 1
    assert ticks < 30
    assert live.live is None
    assert watched.monitor.state == "ended"


def test_live_begins_again_and_what_ran_before_ends(live: LiveDashboard) -> None:
    before = live.live
    ended(live)
    assert before.monitor.state == "ended"
    assert live.live is not before
    assert live.runner.stage == "done"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"data": "sample:breast-cancer"}, "has no times"),
        ({"detector": "seasonal_residual"}, "does not learn from a stream"),
    ],
)
def test_live_says_what_cannot_be_watched(query: dict[str, str], said: str) -> None:
    board = LiveDashboard(query)
    board.page.here = True
    ended(board)
    assert board.runner.stage == "failed"
    assert said in board.runner.words


def test_what_cannot_be_shown_is_told_once(
    live: LiveDashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise RuntimeError("the lanes are gone")

    monkeypatch.setattr(live.watching, "tick", broken)
    assert not live.tick()
    assert live.runner.stage == "failed"
    assert "the lanes are gone" in live.runner.words
    assert not live.tick()
