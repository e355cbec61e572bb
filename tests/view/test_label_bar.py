"""The label bar says what a person said, hands it on, and stores nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.view.components.label_bar import LABELS, LabelBarState


def ask(state: LabelBarState, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": state.asked.get("seq", 0) + 1, **more}


@pytest.fixture
def state() -> LabelBarState:
    state = LabelBarState()
    state.clock = lambda: "2026-03-04T05:06:00"
    state.show([12, 40, 7], author="Ana", tags=["leak"])
    return state


def test_a_label_is_handed_on_with_author_and_time(state: LabelBarState) -> None:
    told: list[dict[str, Any]] = []
    state.on_label = told.append
    ask(state, "label", label="anomaly")
    assert told == state.labels
    assert told[0] == {
        "row": 12, "label": "anomaly", "tag": "", "note": "",
        "author": "Ana", "time": "2026-03-04T05:06:00",
    }  # fmt: skip
    assert state.current["author"] == "Ana"
    assert state.current["time"] == "2026-03-04 05:06"
    assert state.counts == {"rows": 3, "anomaly": 1, "normal": 0, "unsure": 0}


def test_a_tag_and_a_note_wait_for_their_label(state: LabelBarState) -> None:
    told: list[dict[str, Any]] = []
    state.on_label = told.append
    ask(state, "tag", text=" pump ")
    ask(state, "note", text="Valve 3 was open.")
    assert told == []
    assert state.current["tag"] == "pump"
    ask(state, "label", label="normal")
    assert (told[0]["tag"], told[0]["note"]) == ("pump", "Valve 3 was open.")
    assert "pump" in state.tags


def test_the_same_label_again_takes_it_back(state: LabelBarState) -> None:
    ask(state, "label", label="normal", toggle=1)
    assert state.current["label"] == "normal"
    ask(state, "label", label="normal", toggle=1)
    assert state.labels == []


def test_wishes_that_a_busy_kernel_passed_over_are_made_up_for_in_order(
    state: LabelBarState,
) -> None:
    acts: list[dict[str, Any]] = [
        {"what": "label", "label": "anomaly", "seq": 1},
        {"what": "step", "by": 1, "seq": 2},
        {"what": "label", "label": "normal", "seq": 3},
    ]
    state.asked = {**acts[0], "sender": "one", "earlier": []}
    state.asked = {**acts[2], "sender": "one", "earlier": acts[:2]}
    assert {record["row"]: record["label"] for record in state.labels} == {
        12: "anomaly",
        40: "normal",
    }
    state.asked = {"what": "step", "by": 1, "seq": 1, "sender": "two", "earlier": []}
    assert state.row == 7


def test_an_empty_label_takes_back_what_was_said(state: LabelBarState) -> None:
    told: list[dict[str, Any]] = []
    state.on_label = told.append
    ask(state, "label", label="unsure")
    ask(state, "label", label="")
    assert state.labels == []
    assert [record["label"] for record in told] == ["unsure", ""]


def test_next_and_previous_walk_around(state: LabelBarState) -> None:
    ask(state, "step", by=1)
    assert (state.row, state.place) == (40, [2, 3])
    ask(state, "step", by=-1)
    ask(state, "step", by=-1)
    assert state.row == 7


def test_it_goes_on_to_the_next_row_without_a_label_if_asked(state: LabelBarState) -> None:
    state.open(40)
    ask(state, "label", label="normal")
    assert state.row == 40
    ask(state, "advance", on=1)
    state.open(12)
    ask(state, "label", label="anomaly")
    assert state.row == 7


def test_a_row_that_is_not_in_the_list_can_be_labelled_too(state: LabelBarState) -> None:
    state.open(99)
    ask(state, "label", label="anomaly")
    assert state.place == []
    assert state.labels[0]["row"] == 99
    assert state.counts["anomaly"] == 0


def test_labels_from_elsewhere_are_shown(state: LabelBarState) -> None:
    state.labels = [{"row": 12, "label": "normal", "author": "Ben", "time": "2026-01-01"}]
    assert state.current["label"] == "normal"
    assert "1 of 3 labelled" in state.summary


def test_nothing_open_takes_no_label() -> None:
    state = LabelBarState()
    state.show([])
    ask(state, "label", label="anomaly")
    ask(state, "step", by=1)
    assert state.labels == []


wishes = st.one_of(
    st.tuples(st.just("label"), st.sampled_from([*LABELS, "", "nonsense"])),
    st.tuples(st.just("step"), st.sampled_from([-1, 1, None, "x", float("nan")])),
    st.tuples(st.just("tag"), st.text(max_size=60)),
)


@given(st.lists(wishes, max_size=20))
def test_counts_always_say_what_the_labels_say(acts: list[tuple[str, Any]]) -> None:
    state = LabelBarState()
    state.show([3, 1, 2])
    for what, word in acts:
        ask(state, what, label=word, by=word, text=word)
    rows = [record["row"] for record in state.labels]
    assert len(rows) == len(set(rows)) == sum(state.counts[name] for name in LABELS)
    assert all(record["label"] in LABELS for record in state.labels)
