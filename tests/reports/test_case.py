"""What a post-mortem says: how long things took, who did what; what people wrote stays text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from workbench.reports import case as pieces
from workbench.reports import watching
from workbench.reports.pieces import link
from workbench.workflow.handover import hand_over, take_over

from ._cases import NOW, after, case, events, incident, monitor, period


def test_the_times_to_tell_to_acknowledge_and_to_resolve_are_counted_from_when_we_knew() -> None:
    told = case()
    times = [told.seconds_to(what) for what in ("tell", "acknowledge", "resolve")]
    assert times == [4.0, 720.0, 3780.0]
    facts = pieces.headline(told).facts
    assert (facts["seconds_to_tell"], facts["seconds"]) == (4.0, 3600.0)
    assert "1 h 3 min" in pieces.headline(told).words
    # Messages are swept after a month: what is left is when they were on their way.
    assert replace(told, deliveries=()).seconds_to("tell") == 0.0
    bare = case("degenerate")
    assert [bare.seconds_to(what) for what in ("tell", "acknowledge", "resolve")] == [None] * 3
    assert "nobody was told" in pieces.headline(bare).words


def test_the_timeline_has_every_deed_in_order_and_firings_that_follow_each_other_once() -> None:
    words = pieces.timeline(case()).words
    wanted = ["Opened", "Told, on pagers, mail: “New”", "Fired 13 times", "Got worse",
              "ana acknowledged it", "ana assigned it, to ben", "ben commented", "valve is stuck",
              "ben resolved it, as a true anomaly", "valve replaced"]  # fmt: skip
    places = [words.find(word) for word in wanted]
    assert -1 not in places, words
    assert places == sorted(places)
    assert "+12 min" in words


@pytest.mark.parametrize("piece", ["timeline", "outcome", "headline", "similar", "why", "people"])
def test_what_people_and_data_say_stays_text(piece: str) -> None:
    for told in (case(), case("degenerate")):
        markup = getattr(pieces, piece)(told).markup
        for word in ("<script", "<img", 'javascript:alert(1)"', "<b>today"):
            assert word not in markup
    if piece == "timeline":
        markup = pieces.timeline(case()).markup
        assert "<strong>bold</strong>" in markup
        assert "<b>@ana</b>" in markup
        assert "&lt;script&gt;" in markup
        # A picture would be fetched from wherever it lies; a link waits for a click.
        seen = replace(events()[-2], body={"text": "![p](https://x.example/p)"})
        shown = pieces.timeline(replace(case(), events=(seen,))).markup
        assert "<img" not in shown
        assert 'rel="noopener noreferrer nofollow" href="https://x.example/p"' in shown


def test_only_an_address_of_the_web_becomes_a_link() -> None:
    assert "<a " in link("https://bench.example/incident?id=1", "there").markup
    for bad in ("javascript:alert(1)", "data:text/html,x", "//x.example", ""):
        assert "<a " not in link(bad, "there").markup
    ways = {"incident": 'https://bench.example/incident?id="><b>'}
    assert "<b>" not in pieces.origin(replace(case(), links=ways)).markup


def test_the_values_are_those_of_the_entity_against_its_own_band() -> None:
    drawn = pieces.values(case())
    assert "flow; marked: 13 anomalous records. The band is what was expected." in drawn.markup
    assert drawn.markup.index("flow") < drawn.markup.index("heat")  # what gives most comes first
    assert "not kept any more" in pieces.values(case("table")).words
    few = replace(case(), points=watching.of_one_entity(case().points, "pump-9"))  # type: ignore[arg-type]
    assert "Chart of flow" in pieces.values(few).words


def test_similar_ones_are_counted_by_what_they_were() -> None:
    assert "1 of 2 judged ones were false alarms" in pieces.similar(case()).words
    assert "none like it" in pieces.similar(case("degenerate")).words


def test_the_same_monitor_can_be_made_from_what_the_report_says() -> None:
    words = pieces.origin(case()).words
    assert "team.monitor('cccc" in words
    assert "judging={'rule': 'p_value', 'rate': 0.001}" in words
    assert "season=24" in words
    removed = replace(case(), monitor=None)
    assert "removed since" in pieces.origin(removed).words


def test_an_incident_that_is_not_over_says_what_comes_next() -> None:
    open_one = replace(case(), incident=incident(state="snoozed", snoozed_until=after(600)))
    assert "quiet until 2026-03-01 22:00" in pieces.outcome(open_one).words
    quiet = replace(case(), events=(replace(events()[-1], actor="", body={"quiet": True}),))
    assert "the workbench itself" in pieces.outcome(quiet).words


def test_a_while_says_how_many_and_how_it_stands() -> None:
    told = watching.headline(period())
    assert told.facts["incidents"] == 2
    assert told.facts["open"] == 1
    assert "13 records of 240 were anomalous" in told.words
    assert "No record came" in watching.headline(period("degenerate")).words
    cut = replace(period(), records=10_000)
    assert "the newest 240 of 10,000" in watching.over_time(cut).words
    stopped = replace(period(), monitor=monitor(state="failed", problem="no <b>model</b>"))
    assert "&lt;b&gt;" in watching.state(stopped).markup


@pytest.mark.parametrize("kind", ["series", "table", "degenerate"])
def test_what_is_handed_over_is_taken_over_as_it_was(kind: str, tmp_path: Path) -> None:
    for number, what in enumerate((case(kind), period(kind))):
        folder = tmp_path / str(number)
        folder.mkdir()
        hand_over(what, folder)
        there = take_over(folder)
        assert replace(there, points=None) == replace(what, points=None)
        if what.points is not None:
            assert there.points.features == what.points.features
            np.testing.assert_array_equal(there.points.values, what.points.values)
            np.testing.assert_array_equal(there.points.time, what.points.time)


def test_a_delivery_that_took_long_is_said_in_its_own_time() -> None:
    late = case().deliveries[0]
    told = replace(case(), deliveries=(replace(late, sent=NOW + timedelta(hours=5)),))
    assert "5 h" in pieces.timeline(told).words
    assert "dead" in pieces.timeline(case()).words
