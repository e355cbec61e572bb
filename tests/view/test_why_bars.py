"""The why bars add up to the score, whatever the explanation holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from handmade import HandMade
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.explanation import Contribution, Explanation
from workbench.view.components.why_bars import MOST_BARS, WhyBarsState


def explained(parts: list[float], base: float = 0.5, value: Any = 3.0) -> Explanation:
    """Return an explanation made of these parts."""
    each = tuple(
        Contribution(f"f{i}", value, part, 0.0, 1.0, 2.0, "1 to 2", True)
        for i, part in enumerate(parts)
    )
    normal = pd.DataFrame({f"f{i}": [1.5] for i in range(len(parts))}, index=[77])
    return Explanation(
        4, base + sum(parts), base, 1.0, 80.0, each, normal, "It is odd.", "By hand.", "None."
    )


finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, max_size=30), finite, st.booleans())
def test_bars_lead_from_the_base_to_the_score(parts: list[float], base: float, full: bool) -> None:
    state = WhyBarsState(full=full)
    state.show(explained(parts, base))
    at = base
    for bar in state.bars:
        assert bar["start"] == pytest.approx(at, rel=1e-9, abs=1e-6)
        at = bar["stop"]
    assert at == pytest.approx(state.ends["score"], rel=1e-9, abs=1e-6)
    assert full or len(state.bars) <= MOST_BARS


def test_the_largest_come_first_and_the_rest_together() -> None:
    state = WhyBarsState()
    state.show(explained([float(i) for i in range(20)]))
    assert state.bars[0]["feature"] == "f19"
    assert state.bars[-1]["feature"] == "11 others together"
    state.asked = {"what": "full", "on": 1, "seq": 1}
    assert len(state.bars) == 20


def test_it_says_what_was_expected_and_what_is_normal() -> None:
    state = WhyBarsState()
    state.show(explained([0.7, 0.2]))
    assert state.bars[0]["range"] == [1.0, 2.0, 3.0]
    assert state.nearest == {
        "columns": ["f0", "f1"], "here": ["3", "3"], "lines": [["1.5", "1.5"]], "rows": ["77"],
    }  # fmt: skip
    assert (state.method, state.caveat) == ("By hand.", "None.")
    assert "f0 +0.7" in state.summary


@pytest.mark.parametrize("value", ["red", None, float("nan"), np.nan, pd.Timestamp("2026-01-01")])
def test_values_that_are_no_numbers_have_words_only(value: Any) -> None:
    state = WhyBarsState()
    state.show(explained([1.0], value=value))
    assert state.bars[0]["range"] == []


def test_a_feature_is_selected_by_a_click_and_dropped_by_another(found: HandMade) -> None:
    state = WhyBarsState()
    state.show(found.explain(300))
    state.asked = {"what": "select", "feature": "flow", "seq": 1}
    assert state.selected == "flow"
    state.asked = {"what": "select", "feature": "flow", "seq": 2}
    assert state.selected == ""
    state.asked = {"what": "select", "feature": "not a column", "seq": 3}
    assert state.selected == ""


def test_without_a_row_it_asks_for_one() -> None:
    state = WhyBarsState()
    state.show(None)
    assert state.phase["kind"] == "empty"
