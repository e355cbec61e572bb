"""The road from the first look to the choice of a detector."""

from __future__ import annotations

import pytest
from _road import (  # noqa: F401 - pytest finds them here
    test_nothing_goes_wrong_and_a_result_is_shown,
    test_only_what_is_checked_strictly_is_kept_in_git,
)
from _road import ROAD, Ran

STRETCH = ("01", "02", "03")


def test_there_is_a_road() -> None:
    assert ROAD[0].stem == "01_first_look"


def test_each_notebook_belongs_to_one_stretch() -> None:
    import test_going_deeper
    import test_handing_on
    import test_scaling_out

    later = (test_going_deeper, test_handing_on, test_scaling_out)
    stretches = [*STRETCH, *(name for one in later for name in one.STRETCH)]
    assert sorted(stretches) == [path.stem[:2] for path in ROAD]


@pytest.mark.parametrize("ran", ROAD[:1], indirect=True, scope="module", ids=["01_first_look"])
def test_the_first_look_shows_the_result_of_python(ran: Ran) -> None:
    import workbench as wb

    found = wb.detect("sample:pump", "seasonal_residual")
    texts = [
        str(out.get("data", out).get("text/plain", out.get("text", "")))
        for cell in ran.notebook.cells
        for out in cell.get("outputs", [])
    ]
    assert repr(found) in texts
    assert any(str(found.explain(int(found.anomalies["row"].iloc[0]))) in text for text in texts)
    assert any(found.code in text for text in texts)
