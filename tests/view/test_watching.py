"""What one person watches: the span fits the data until a person chooses."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.points import Points
from workbench.streams.hub import Held
from workbench.view.components._examples import points
from workbench.view.components.flow import fitting_span
from workbench.view.machine import Machine
from workbench.view.watching import Watching


class Feeding(Held):
    """A feed without a monitor."""

    monitor = None


def slowed(seconds: float) -> Points:
    """The points of the gallery, so many seconds apart."""
    from dataclasses import replace

    made: Points = points("few")
    step = np.timedelta64(round(seconds * 1e6), "us")
    return replace(made, time=made.time[0] + np.arange(len(made)) * step)


@pytest.mark.parametrize(
    ("seconds", "span"),
    [(0.01, 60), (1.0, 600), (10.0, 3_600), (600.0, 86_400), (3_600.0, 604_800)],
)
def test_the_span_shows_about_a_hundred_points_or_more(seconds: float, span: float) -> None:
    assert fitting_span(slowed(seconds)) == span


def test_a_page_begins_with_the_span_that_fits() -> None:
    feed = Feeding()
    feed.add(slowed(600.0))
    watching = Watching(feed)
    assert watching.tick() > 100
    assert watching.flow.span == 86_400


def test_the_first_few_points_do_not_decide_for_good() -> None:
    from workbench.streams.kept_points import cut

    feed, whole = Feeding(), slowed(600.0)
    feed.add(cut(whole, 0, 1))
    watching = Watching(feed)
    watching.tick()
    feed.add(cut(whole, 1, 400))
    watching.tick()
    watching.tick()
    assert watching.flow.span == 86_400


def test_what_a_person_chose_stays() -> None:
    feed = Feeding()
    feed.add(slowed(600.0))
    watching = Watching(feed)
    watching.tick()
    watching.flow.asked = {"what": "span", "seconds": 604_800, "seq": 1}
    watching.tick()
    assert watching.flow.span == 604_800


def test_the_machine_is_asked_once_for_many_pages() -> None:
    asked: list[int] = []

    def waiting() -> int:
        asked.append(1)
        return 3

    machine = Machine(waiting)
    lines = {machine.line() for _ in range(50)}
    assert len(asked) == len(lines) == 1
    assert "3 messages waiting" in lines.pop()


def test_the_figures_behind_the_chart_are_told_now_and_then_and_at_once_where_one_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr("workbench.view.watching.time.monotonic", lambda: clock[0])
    feed = Feeding()
    feed.add(slowed(1.0))
    watching = Watching(feed)
    told: list[str] = []
    watching.figures.param.watch(lambda event: told.append(event.new), "about")
    watching.tick()
    first = len(told)
    assert first == 1
    for second in range(1, 12):
        clock[0] = 100.0 + second
        watching.figures.about = "before"
        watching._follow()
    said = [one for one in told[first:] if one != "before"]
    assert len(said) == 1  # eleven looks, one telling
    watching.flow.param.update(held=True, window=[0.0, 1e15])
    assert told[-1] != "before"
