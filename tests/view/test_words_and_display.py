"""Words are escaped, numbers have three digits, and a notebook gets a picture."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from handmade import HandMade, hand_made

from workbench.preparation.profile import profile_dataset
from workbench.view.components.lanes import LanesState
from workbench.view.components.lanes_widget import LanesWidget
from workbench.view.display import register
from workbench.view.engine import Engine, Shelf, detectors, samples
from workbench.view.pages._words import headline, overview, skeleton, standing, why
from workbench.view.session import STAGES
from workbench.view.wording import axis_of, number, text, value, when
from workbench.view.workspace import Workspace

EVIL = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    ("given", "shown"),
    [(0.0, "0"), (1234.5, "1,230"), (-0.0012345, "-0.00123"), (1e-9, "1.00e-09"), (9.999, "10"),
     (float("inf"), "–"), (None, "–")],
)  # fmt: skip
def test_numbers_have_three_digits(given: float | None, shown: str) -> None:
    assert number(given) == shown


def test_values_of_all_types_become_words() -> None:
    items = [
        np.bool_(True),
        np.int64(12345),
        3,
        pd.NaT,
        None,
        np.float32(1.5),
        pd.Timestamp("2026-01-02 03:04:05"),
    ]
    assert [value(item) for item in items] == [
        "yes",
        "12,345",
        "3",
        "–",
        "–",
        "1.5",
        "2026-01-02 03:04:05",
    ]
    assert when(None) == "–"
    assert text("a\x00b\ud800") == "a b?"
    assert len(text("x" * 500)) == 80


def test_an_axis_has_no_gaps() -> None:
    times = pd.Series(pd.to_datetime(["2026-01-01", None, "2026-01-03"]))
    assert axis_of(times, 3)[1] == axis_of(times, 3)[2]
    assert axis_of(pd.Series([3, 4]), 2).tolist() == [3.0, 4.0]
    assert axis_of(pd.Series(["a", "b"]), 2).tolist() == [0.0, 1.0]
    assert axis_of(None, 2).tolist() == [0.0, 1.0]


def evil(found: HandMade) -> HandMade:
    from dataclasses import replace

    frame = found.dataset.frame.rename(columns={"flow": EVIL})
    data = replace(found.dataset, frame=frame, name=EVIL, features=(EVIL, "heat"))
    return replace(found, dataset=data, provenance={"reason": EVIL}, notices=(EVIL,))


def test_hostile_names_are_escaped_everywhere(found: HandMade) -> None:
    bad = evil(found)
    row = bad.records[0].peak
    profile = profile_dataset(bad.dataset)
    pieces = [
        headline(bad), why(bad, bad.explain(row)), overview(profile, unfolded=True),
        standing("failed", EVIL), register().mimebundle(bad)["text/html"],
    ]  # fmt: skip
    for piece in pieces:
        assert "<img" not in piece
        assert "&lt;img" in piece


def test_each_stage_names_a_next_step() -> None:
    for stage in {*STAGES, "none"} - {"loading", "running", "scored"}:
        assert standing(stage, "It broke.").count("<p") >= 1
    assert "bones" in skeleton()


def test_the_headline_counts_stretches_and_rows(found: HandMade) -> None:
    words = headline(found)
    assert ">3<" in words.replace("\n", "")
    assert "of 600" in words
    assert "nothing passes" in headline(found.with_threshold(1e9))


def test_the_reason_waits_for_a_selection(found: HandMade) -> None:
    assert "Select an anomaly" in why(found, None)


def test_a_notebook_gets_a_picture_and_a_table(found: HandMade) -> None:
    bundle = register().mimebundle(found)
    assert bundle is not None
    assert "<svg" in bundle["text/html"]
    assert "<table" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
    assert bundle["text/plain"]
    assert register().mimebundle("no result") is None


def test_a_result_without_anomalies_says_what_to_do() -> None:
    bundle = register().mimebundle(hand_made().with_threshold(1e9))
    assert bundle is not None
    assert "with_threshold" in bundle["text/html"]


def test_exploring_needs_no_server(found: HandMade) -> None:
    tools = register().explore(found)
    lanes = tools.children[0]
    lanes.asked = {"what": "threshold", "seq": 1, "value": 4.0}
    assert lanes.threshold == 4.0


def test_lanes_alone_say_why_the_row_is_odd(found: HandMade) -> None:
    space = Workspace(found, noted=True)
    assert "stands out" in space.lanes.note
    space.lanes.asked = {"what": "threshold", "seq": 1, "value": 4.0}
    assert "stands out" in space.lanes.note


def test_the_widget_mirrors_its_state() -> None:
    state = LanesState()
    widget = LanesWidget(state)
    state.note = "Why?"
    assert widget.note == "Why?"
    widget.asked = {"what": "brush", "seq": 1, "range": [2.0, 1.0]}
    assert widget.brush == [1.0, 2.0]


def test_the_display_loads_no_server() -> None:
    lines = "import sys, workbench.view.display as d; d.register(); print('panel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_shelf_forgets_the_oldest() -> None:
    shelf = Shelf(most=2)
    for key in "abc":
        shelf.get_or_make(key, lambda key=key: key.upper())
    assert [shelf.peek(key) for key in "abc"] == [None, "B", "C"]


def test_the_form_offers_what_there_is() -> None:
    assert "pump" in samples()
    assert detectors()[0] == "auto"
    assert Engine().kept("sample:pump", "auto") is None
