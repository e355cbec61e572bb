"""How fast pages feel: three of four visits decide."""

from __future__ import annotations

import pytest

from workbench.core.errors import ParameterError
from workbench.registry import vitals
from workbench.registry.vitals import MOST_PAGES, MOST_VISITS, note_vital, read_vitals


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitals, "_told", {})


def test_the_third_quartile_decides() -> None:
    for value in (1.0, 2.0, 3.0, 9.0):
        note_vital("explore", "LCP", value)
    note_vital("explore", "CLS", 0.02)
    shift, largest = read_vitals()
    assert (shift.name, shift.verdict) == ("CLS", "good")
    assert (largest.name, largest.visits, largest.value, largest.verdict) == ("LCP", 4, 4.5, "poor")


def test_a_measure_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="'FID'"):
        note_vital("explore", "FID", 1.0)


def test_what_is_remembered_is_bounded() -> None:
    for number in range(MOST_VISITS + 10):
        note_vital("home", "TTFB", float(number))
    assert read_vitals()[0].visits == MOST_VISITS
    for number in range(MOST_PAGES * 5 + 10):
        note_vital(f"page {number}", "TTFB", 1.0)
    assert len(read_vitals()) <= MOST_PAGES * 5
