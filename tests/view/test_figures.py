"""The figures behind a chart: told in words at once, listed while somebody has the table open."""

from __future__ import annotations

import numpy as np

from workbench.charts.live import SCORE, LiveChart
from workbench.view.components import _examples
from workbench.view.components.figures import MOST_LINES, FiguresState


def opened(state: FiguresState) -> FiguresState:
    state.asked = {"what": "open", "on": 1, "seq": 1}
    return state


def test_nothing_is_listed_before_somebody_asks() -> None:
    state = FiguresState(called="flow")
    state.along({"flow": np.arange(50.0)}, np.arange(50), timed=False)
    assert state.lines == []
    assert state.summary == "flow from 0 to 49 in 50 rows."
    assert len(opened(state).lines) == 50
    state.asked = {"what": "open", "on": 0, "seq": 2}
    assert state.lines == []


def test_many_points_become_stretches_that_keep_their_extremes() -> None:
    values = np.zeros(10_000)
    values[[1_234, 5_678]] = [9.0, -7.0]
    state = opened(FiguresState())
    state.along({"flow": values}, np.arange(10_000), timed=False)
    assert len(state.lines) <= MOST_LINES
    assert state.columns == ["row", "flow, lowest", "flow, highest"]
    assert max(float(line[2]) for line in state.lines) == 9.0
    assert min(float(line[1]) for line in state.lines) == -7.0
    assert state.lines[0][0] == "0 to 99"


def test_moments_are_told_as_moments_and_gaps_as_gaps() -> None:
    state = opened(FiguresState())
    state.along({"flow": [1.5, np.nan]}, [1_772_600_760_000, 1_772_600_820_000])
    assert state.lines == [["2026-03-04 05:06", "1.5"], ["2026-03-04 05:07", "–"]]


def test_a_plane_names_the_oddest_row_and_lists_what_is_odd() -> None:
    state = opened(FiguresState())
    state.plane(
        ("heat", "flow"), 400, [(7, 1.0, 2.0, 91.0, "critical"), (3, 0.5, 1.0, 40.0, "medium")]
    )
    assert state.summary == (
        "400 rows by heat and flow, 2 of them odd. Row 7 is the oddest: heat 1, flow 2."
    )
    assert state.lines[1] == ["row 3", "0.5", "1", "40", "medium"]
    assert [len(line) for line in state.lines] == [len(state.columns)] * 2


def test_a_live_chart_is_told_as_far_as_it_is_seen() -> None:
    points = _examples.points("few")
    chart = LiveChart()
    chart.show("flow", points)
    x = chart.line.data["x"]
    chart.look(x[0], x[len(x) // 2])
    state = opened(FiguresState(called="values"))
    state.follow(chart)
    assert state.columns[0] == "time"
    assert state.columns[1].startswith("flow")
    assert state.summary.startswith("flow from ")
    half = state.summary
    chart.look(x[0], x[-1])
    state.follow(chart)
    assert state.summary != half
    chart.show(SCORE, points)
    chart.look(x[0], x[-1])
    state.follow(chart)
    assert [name for name in state.columns if "threshold" in name]


def test_a_chart_without_points_says_so() -> None:
    state = opened(FiguresState())
    state.follow(LiveChart())
    assert state.lines == []
    assert state.summary == "Nothing is drawn yet."
