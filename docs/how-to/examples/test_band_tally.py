"""The tally counts what the detection found, and a second click lets go."""

from __future__ import annotations

from workbench.view.components.band_tally import BandTallyState

import workbench as wb
from workbench.view.components.views import widget


def test_a_click_chooses_a_band_and_another_lets_go() -> None:
    found = wb.detect("sample:breast-cancer", "ecod", contamination=0.05)
    state = BandTallyState()
    state.show(found)
    assert sum(state.counts.values()) == len(found.records)
    seen = widget(state)  # what a notebook shows; a page takes views.panel(state)
    seen.asked = {"what": "choose", "band": "high", "seq": 1}
    assert state.chosen == seen.chosen == "high"
    seen.asked = {"what": "choose", "band": "high", "seq": 2}
    assert state.chosen == ""
