"""Records in the order in which they happened, each once, however they arrive."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.streams.event_time import SECOND, EventTime
from workbench.streams.keeping import pack, unpack
from workbench.streams.records import Records

#: An arrival long after all that happens in these tests.
LATER = 10**9 * SECOND


def records(times: list[float], entities: list[str] | None = None) -> Records:
    time = np.round(np.array(times, dtype=float) * SECOND).astype(np.int64)
    entity = np.array([*(entities or [""] * len(times)), ""], dtype=object)[:-1]
    key = np.full(len(times), "", dtype=object)
    return Records(time, entity, key, np.array(times, dtype=float)[:, None])


def seconds(given_back: Records) -> list[float]:
    return (given_back.time / SECOND).tolist()


def test_a_record_that_is_late_within_what_was_declared_takes_its_place() -> None:
    order = EventTime(lateness=5, features=1)
    first = order.step(records([1, 2, 7]), LATER)
    second = order.step(records([4, 13]), LATER)
    assert seconds(first) == [1]
    assert seconds(second) == [2, 4, 7]
    assert order.counts.taken == 5
    assert order.counts.late == 0


def test_a_record_that_comes_after_its_turn_is_counted_and_left_out() -> None:
    order = EventTime(lateness=1, features=1)
    order.step(records([10]), LATER)
    assert len(order.step(records([8.5]), LATER)) == 0
    assert order.counts.late == 1


def test_a_record_that_comes_twice_counts_once() -> None:
    order = EventTime(lateness=0, features=1)
    assert seconds(order.step(records([1, 1, 2]), LATER)) == [1, 2]
    assert order.counts.duplicates == 1


def test_two_pumps_may_speak_at_the_same_time() -> None:
    order = EventTime(lateness=0, features=1)
    assert len(order.step(records([1, 1], ["a", "b"]), LATER)) == 2


def test_a_record_from_the_future_makes_nothing_late() -> None:
    order = EventTime(lateness=0, features=1)
    now = 1_000 * SECOND
    order.step(records([999]), now)
    assert len(order.step(records([999 + 3600]), now)) == 0
    assert seconds(order.step(records([1_000]), now)) == [1_000]
    assert order.counts.ahead == 1
    assert order.counts.late == 0


def test_a_clock_of_ours_that_is_set_back_changes_nothing() -> None:
    order = EventTime(lateness=0, features=1)
    order.step(records([1_000]), 1_000 * SECOND)
    assert seconds(order.step(records([1_030]), 1_030 * SECOND - 3600 * SECOND)) == [1_030]


def test_when_nothing_more_comes_those_who_wait_can_be_called() -> None:
    order = EventTime(lateness=60, features=1)
    assert len(order.step(records([3, 1, 2]), LATER)) == 0
    assert order.waiting is not None
    assert seconds(order.advance(order.waiting)) == [1, 2, 3]
    assert order.waiting is None


delays = st.lists(st.integers(0, 50), min_size=1, max_size=60)


@given(delays, st.integers(0, 50), st.data())
def test_what_is_given_back_is_sorted_without_doubles_and_does_not_depend_on_how_it_is_cut(
    delay: list[int], lateness: int, data: st.DataObject
) -> None:
    happened = list(range(len(delay)))
    arriving = sorted(happened, key=lambda one: one + delay[one])
    again = data.draw(st.lists(st.sampled_from(arriving), max_size=10))
    arriving += again
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arriving)), max_size=4)))
    whole, cut = EventTime(lateness, 1), EventTime(lateness, 1)
    told = seconds(whole.step(records(arriving), LATER))
    parts: list[float] = []
    for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
        parts += seconds(cut.step(records(arriving[start:end]), LATER))
        fresh = EventTime(lateness, 1)
        fresh.restore(unpack(pack(cut.state())))
        cut = fresh
    assert told == parts
    assert told == sorted(set(told))
    assert whole.counts == cut.counts
    if max(delay) <= lateness and lateness:
        assert whole.counts.late == 0
        rest = seconds(whole.advance(10**6 * SECOND))
        assert told + rest == sorted(happened)


@pytest.mark.parametrize("share", [0.2])
def test_a_fifth_twice_a_fifth_late_and_clocks_that_jump_an_hour_change_nothing(
    share: float,
) -> None:
    rng = np.random.default_rng(3)
    happened = np.arange(5_000.0)
    arrival = happened + np.where(rng.random(5_000) < share, rng.uniform(0, 600, 5_000), 0.0)
    twice = rng.choice(5_000, 1_000, replace=False)
    when = np.concatenate([arrival, arrival[twice] + rng.uniform(0, 300, 1_000)])
    what = np.concatenate([happened, happened[twice]])
    order = np.argsort(when, kind="stable")
    time = EventTime(lateness=900, features=1)
    clock = when + rng.choice([-3600, 0, 3600], len(when)).astype(
        float
    )  # ours, set wrong at random
    back: list[float] = []
    for part in np.array_split(order, 50):
        arrived = int((10**6 + clock[part].max()) * SECOND)
        back += seconds(time.step(records(what[part].tolist()), arrived))
    back += seconds(time.advance(10**7 * SECOND))
    assert back == happened.tolist()
    assert time.counts.duplicates == 1_000
    assert time.counts.late == 0
