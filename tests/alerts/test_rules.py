"""Rules fire once for what goes on, whatever the batches, and again with the same ids."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from workbench.alerts.rules import RULES, Rule, make_rule
from workbench.alerts.rules.base import parameters_of
from workbench.core.errors import ParameterError, UnknownName
from workbench.core.firing import KINDS, Firing
from workbench.core.points import Points

from ._points import cut, points

#: One of each, as sharp as short series need it.
SHARP = {
    "anomaly": {"at_least": 2, "of_last": 3},
    "score": {"above": 4.0},
    "p_value": {"below": 0.01},
    "rate": {"seconds": 600.0, "share": 0.3, "least": 3},
    "missing": {"seconds": 60.0},
    "gap": {"seconds": 90.0},
    "stuck": {"times": 3},
    "drift": {"reference": 50, "window": 50, "every": 7},
    "change": {"learn": 20, "threshold": 5.0},
}
#: What else of them is a way of its own.
MORE: list[tuple[str, dict[str, Any]]] = [
    ("missing", {"seconds": 60.0, "per_entity": True, "least": 2, "forget": 300.0}),
    ("change", {"test": "adwin", "learn": 20, "delta": 0.3}),
]
WAYS = [*SHARP.items(), *MORE]
#: Rows that a model may have learned from.
SAMPLE = {"flow": np.random.default_rng(5).normal(size=300)}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def last_words(
    name: str, params: dict[str, Any], batches: list[Points], *, killed: bool = False,
    sample: dict[str, np.ndarray] | None = None,
) -> tuple[dict[str, Firing], str]:  # fmt: skip
    """Return what is known of each firing after all batches, and the state.

    Where it is killed, the state goes through JSON before each batch.
    """
    known: dict[str, Firing] = {}

    def made() -> Rule:
        rule = make_rule("m", name, **params)
        rule.hold_against(sample or {})
        return rule

    rule = made()
    for batch in batches:
        if killed:
            kept = json.loads(json.dumps(rule.state(), allow_nan=False))
            rule = made()
            rule.restore(kept)
        known.update({one.id: one for one in rule.step(batch)})
    return known, json.dumps(rule.state(), allow_nan=False)


def test_every_rule_is_tried_here() -> None:
    assert set(SHARP) == set(RULES.names())


@pytest.mark.parametrize(("name", "params"), WAYS)
@given(data=st.data())
def test_how_points_are_cut_into_batches_changes_nothing(
    name: str, params: dict[str, Any], data: st.DataObject
) -> None:
    n = data.draw(st.integers(1, 30))
    whole = points(
        data.draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        entity=data.draw(st.lists(st.sampled_from(["", "a", "b"]), min_size=n, max_size=n)),
        values=data.draw(st.lists(st.sampled_from([1.0, 2.0, np.nan]), min_size=n, max_size=n)),
        severity=data.draw(st.lists(st.sampled_from([10.0, 60, 90]), min_size=n, max_size=n)),
        start=data.draw(st.integers(0, 10**6)),
        step=40.0,
    )
    edges = sorted(data.draw(st.sets(st.integers(1, n), max_size=6)) | {0, n})
    parts = [cut(whole, begin, end) for begin, end in zip(edges, edges[1:], strict=False)]
    told, state = last_words(name, params, [whole])
    assert last_words(name, params, parts) == (told, state)
    assert last_words(name, params, parts, killed=True) == (told, state)
    assert {one.kind for one in told.values()} <= set(KINDS)


@pytest.mark.parametrize(
    ("name", "params", "sample"),
    [
        ("drift", {"reference": 100, "window": 60, "every": 20}, None),
        ("drift", {"reference": 100, "window": 60, "every": 20}, SAMPLE),
        ("change", {"learn": 50, "threshold": 10.0}, None),
        ("change", {"learn": 50, "test": "adwin"}, None),
    ],
)
@hypothesis_settings(max_examples=15)
@given(edges=st.sets(st.integers(1, 799), max_size=8))
def test_what_looks_at_many_records_fires_however_they_are_cut(
    name: str, params: dict[str, Any], sample: dict[str, np.ndarray] | None, edges: set[int]
) -> None:
    whole = drifting(800, 3.0)
    ends = [0, *sorted(edges), 800]
    parts = [cut(whole, begin, end) for begin, end in zip(ends, ends[1:], strict=False)]
    told, state = last_words(name, params, [whole], sample=sample)
    assert told
    assert last_words(name, params, parts, sample=sample) == (told, state)
    assert last_words(name, params, parts, sample=sample, killed=True) == (told, state)


def test_flagged_points_in_a_row_are_one_firing_that_goes_on() -> None:
    rule = make_rule("m", "anomaly")
    (begun,) = rule.step(points("..xx"))
    (going_on,) = rule.step(points("xx", start=4, severity=[60, 80]))
    assert going_on.id == begun.id
    assert (begun.end - begun.start, going_on.end - going_on.start) == (
        timedelta(minutes=1), timedelta(minutes=3),
    )  # fmt: skip
    assert (begun.severity, going_on.severity) == (60.0, 80.0)
    assert rule.step(points(".", start=6)) == []
    (other,) = rule.step(points("x", start=7))
    assert other.id != begun.id
    assert other.cause == begun.cause


def test_what_lasts_too_short_does_not_fire() -> None:
    rule = make_rule("m", "anomaly", at_least=3, of_last=5)
    assert rule.step(points("x..x....x.")) == []
    (found,) = rule.step(points("x.xx.", start=10))
    assert found.start == datetime(2026, 3, 1, 0, 8, tzinfo=UTC)  # 8, 10, 12 are three of five
    assert rule.state()["entities"][""]["run"] is not None


def test_floors_hold_back_what_hardly_leaves_its_range() -> None:
    low, high = np.array([[10.0]] * 3), np.array([[20.0]] * 3)
    seen = points("xxx", values=[20.5, 26.0, np.nan], low=low, high=high)
    starts = {
        floor: [one.start.minute for one in make_rule("m", "anomaly", **{floor: by}).step(seen)]
        for floor, by in (("absolute", 2.0), ("relative", 0.2))
    }
    assert starts == {"absolute": [1], "relative": [1]}
    unknown = make_rule("m", "anomaly", absolute=2.0, relative=0.2).step(points("x"))
    assert len(unknown) == 1  # without a range there is nothing to hold it against


def test_the_sentence_says_what_was_expected() -> None:
    low, high = np.array([[10.0]]), np.array([[20.0]])
    (found,) = make_rule("m", "score", above=4).step(
        points("x", values=[26.0], low=low, high=high, entity=["pump-3"])
    )
    assert found.text == "pump-3: flow is 26, expected 10 to 20"
    assert (found.actual, found.expected) == ({"flow": 26.0}, {"flow": (10.0, 20.0)})
    (plain,) = make_rule("m", "score", above=4).step(points("x", values=[26.0]))
    assert plain.text == "score 5, threshold 3 (flow 26)"


def test_each_entity_has_a_cause_of_its_own_unless_all_belong_together() -> None:
    both = points("xx", entity=["a", "b"])
    assert {one.cause for one in make_rule("m", "anomaly").step(both)} == {"anomaly:a", "anomaly:b"}
    together = make_rule("m", "anomaly", per_entity=False).step(both)
    assert [one.cause for one in together] == ["anomaly", "anomaly"]


def test_silence_is_told_once_and_goes_on_with_one_id() -> None:
    rule = make_rule("m", "missing", seconds=60)
    assert rule.tick(NOON + timedelta(seconds=60), NOON, NOON) == []
    (first,) = rule.tick(NOON + timedelta(seconds=61), NOON, NOON)
    assert rule.tick(NOON + timedelta(seconds=90), NOON, NOON) == []
    (later,) = rule.tick(NOON + timedelta(seconds=130), NOON, NOON)
    assert (first.id, first.start) == (later.id, NOON)
    assert later.end == NOON + timedelta(seconds=130)
    assert rule.tick(NOON, None, None) == []
    (never,) = rule.tick(NOON + timedelta(hours=1), None, NOON)
    assert never.start == NOON


def test_a_share_of_the_window_fires_and_ends() -> None:
    rule = make_rule("m", "rate", seconds=600, share=0.4, least=5)
    (found,) = rule.step(points("x.x.x.xxx"))
    assert found.severity > 25.0
    assert "at most 40% are expected" in found.text
    assert rule.step(points("." * 12, start=9, step=60.0))[-1].id == found.id
    assert rule.step(points("....", start=21)) == []


def test_a_gap_lies_between_two_records_of_one_entity() -> None:
    rule = make_rule("m", "gap", seconds=90)
    (found,) = rule.step(points("....", entity=["a", "a", "b", "a"]))
    assert (found.entity, found.end - found.start) == ("a", timedelta(minutes=2))


def test_a_stuck_sensor_fires_and_a_missing_value_ends_the_row() -> None:
    rule = make_rule("m", "stuck", times=3)
    (found,) = rule.step(points("....", values=[7, 7, 7, 7]))
    assert found.text == "flow has been 7 for 4 records"
    (on,) = rule.step(points(".", values=[7], start=4))
    assert on.id == found.id
    assert rule.step(points("...", values=[np.nan, 7, 7], start=5)) == []


@pytest.mark.parametrize(
    ("rule", "params", "said"),
    [
        ("anomaly", {"leest_severity": 3}, "Did you mean 'least_severity'"),
        ("anomaly", {"least_severity": 101}, "0 to 100"),
        ("anomaly", {"at_least": 3, "of_last": 2}, "cannot be more"),
        ("anomaly", {"relative": float("nan")}, "relative"),
        ("score", {}, "above"),
        ("score", {"above": "high"}, "above"),
        ("p_value", {"below": 0}, "below"),
        ("rate", {"share": True}, "share"),
        ("stuck", {"features": "flow"}, "in a list"),
        ("stuck", {"times": 2.5}, "whole number"),
        ("change", {"test": "adwim"}, "Did you mean 'adwin'"),
        ("change", {"features": "flow"}, "in a list"),
    ],
)
def test_what_cannot_work_is_refused(rule: str, params: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        make_rule("m", rule, **params)


def test_a_mistyped_rule_gets_a_proposal() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'anomaly'"):
        make_rule("m", "anomoly")
    assert set(parameters_of(RULES.get("score"))) >= {"above", "least_severity", "per_entity"}


def drifting(rows: int, moved: float) -> Points:
    rng = np.random.default_rng(0)
    values = rng.normal(size=rows)
    values[rows // 2 :] += moved
    return points([False] * rows, values=values.tolist())


def test_drift_fires_once_while_a_feature_stays_where_it_moved_to() -> None:
    rule = make_rule("m", "drift", reference=400, window=200, every=50)
    known = {one.id: one for one in rule.step(drifting(2_000, 3.0))}
    assert len(known) == 1
    (firing,) = known.values()
    assert firing.kind == "drift"
    assert "retraining is proposed" in firing.text
    assert firing.start >= NOON - timedelta(days=400)


def test_drift_is_quiet_while_nothing_moves() -> None:
    rule = make_rule("m", "drift", reference=400, window=200, every=50)
    assert rule.step(drifting(4_000, 0.0)) == []


def test_drift_is_held_against_what_the_model_learned_and_says_so() -> None:
    """The first records here are like the last ones, and unlike what the model learned."""
    rule = make_rule("m", "drift", reference=400, window=200, every=50)
    rule.hold_against(SAMPLE)
    moved = drifting(1_000, 0.0)
    moved = replace(moved, values=moved.values + 3.0)
    (told,) = {one.id: one for one in rule.step(moved)}.values()
    assert "held against 300 rows that the model learned from" in told.text
    assert rule.state()["known"] == []  # the model has them
    rule = make_rule("m", "drift", reference=400, window=200, every=50)
    rule.hold_against({"heat": SAMPLE["flow"], "flow": np.full(300, np.nan)})  # none of any use
    assert rule.step(moved) == []
    (told,) = {one.id: one for one in rule.step(drifting(1_000, -9.0))}.values()
    assert "held against 400 first records of the monitor" in told.text


@pytest.mark.parametrize("test", ["page_hinkley", "adwin"])
def test_a_change_is_told_once_soon_after_it_and_again_only_when_another_comes(test: str) -> None:
    rule = make_rule("m", "change", test=test, score=False)
    told = rule.step(drifting(4_000, 3.0))
    assert len(told) == 1
    after = (told[0].start - points("x").time[0].item().replace(tzinfo=UTC)).total_seconds() / 60
    assert 2_000 <= after < 2_100
    assert told[0].kind == "change"
    assert "retraining" not in told[0].text
    assert re.match(r"flow has changed from -?0\.\d+ to [23]\.?\d* \(", told[0].text), told[0].text
    assert rule.step(replace(drifting(2_000, 0.0), start=4_000)) != []  # back again


def test_a_change_proposes_retraining_only_where_that_is_meant() -> None:
    rule = make_rule("m", "change", score=False, retraining=True)
    (told,) = rule.step(drifting(2_000, 3.0))
    assert told.kind == "drift"
    assert "retraining is proposed" in told.text


def test_a_change_of_the_score_alone_is_told_and_wild_values_are_none() -> None:
    rng = np.random.default_rng(3)
    calm = points([False] * 1_000, values=rng.normal(size=1_000).tolist())
    score = rng.normal(size=1_000)
    score[::97] = 1e9
    quiet = make_rule("m", "change", features=[])
    assert quiet.step(replace(calm, score=score)) == []
    score = rng.normal(size=1_000)
    score[500:] += 4.0
    (told,) = make_rule("m", "change", features=[]).step(replace(calm, score=score))
    assert told.text.startswith("the score has changed from")
    assert (told.actual, told.expected) == ({}, {})


def test_series_beyond_the_most_are_forgotten_the_longest_silent_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workbench.alerts.rules.change.MOST_SERIES", 4)
    rule = make_rule("m", "change")
    rule.step(points("....", entity=["a", "b", "a", "c"]))
    assert [entity for entity, _ in rule.state()["entities"]] == ["a", "c"]


def spoken(*words: str, start: int = 0, step: float = 10.0) -> Points:
    """Return one point for each entity named, ten seconds apart."""
    entity = [one for word in words for one in word]
    return points("." * len(entity), entity=entity, start=start, step=step)


def test_one_sensor_among_many_that_falls_silent_is_told_once_and_goes_on() -> None:
    rule = make_rule("m", "missing", seconds=60, per_entity=True, least=3)
    told = rule.step(spoken("abcabcabc", "ab" * 12))
    assert {one.entity for one in told} == {"c"}
    (one,) = told
    assert one.cause == "missing:c"
    assert one.text == "c: no data for 190 s, at most 60 s are normal while others speak"
    assert (one.end - one.start).total_seconds() == 190
    (on,) = rule.step(spoken("ab" * 4, start=33))
    assert on.id == one.id
    assert rule.step(spoken("c", "abc" * 4, start=41)) == []  # it speaks again
    (again,) = rule.step(spoken("ab" * 5, start=54))
    assert again.id != one.id
    assert again.cause == one.cause


def test_what_spoke_once_or_a_pause_of_all_is_no_silence_of_one() -> None:
    rule = make_rule("m", "missing", seconds=60, per_entity=True, least=3)
    assert rule.step(spoken("abcabcabcd", "abc" * 5)) == []  # d said no more than one word
    late = spoken("abc" * 5, start=25)
    late = replace(late, time=late.time + np.timedelta64(1, "h"))
    assert rule.step(late) == []  # nobody spoke for an hour, and then all


def test_silent_entities_are_given_up_in_the_end_and_the_most_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = make_rule("m", "missing", seconds=60, per_entity=True, least=1, forget=120)
    told = rule.step(spoken("b", "a" * 40))
    assert [one.entity for one in told] == ["b"]
    assert told[0].end - told[0].start <= timedelta(seconds=130)
    assert rule.state()["silent"] == []
    monkeypatch.setattr("workbench.alerts.rules.missing.MOST_ENTITIES", 3)
    rule.step(spoken("bcdef", start=41))
    assert [entity for entity, *_ in rule.state()["speak"]] == ["d", "e", "f"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text(max_size=8),
    lambda parts: (
        st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=4), parts, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(("name", "params"), WAYS)
@given(data=st.data())
def test_whatever_is_said_a_rule_is_made_or_refused_in_words(
    name: str, params: dict[str, Any], data: st.DataObject
) -> None:
    known = [*parameters_of(RULES.get(name)), "called", "monitor"]
    words = {**params, **data.draw(st.dictionaries(st.sampled_from(known), JSON, max_size=3))}
    try:
        rule = make_rule("m", name, **words)
    except ParameterError as error:
        assert str(error)
    else:
        rule.step(points("x.x"))
        rule.tick(NOON + timedelta(days=1), NOON, NOON)
        json.dumps(rule.state(), allow_nan=False)
