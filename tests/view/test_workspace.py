"""Components that share one result: a selection, a brush and a threshold reach all of them."""

from __future__ import annotations

import gc

import pytest

import workbench as wb
from workbench.core.display import display
from workbench.core.settings import settings
from workbench.view.notebook import explorer, labeller
from workbench.view.workspace import Workspace


@pytest.fixture
def found() -> wb.Detection:
    return wb.detect("sample:pump", "seasonal_residual")


def test_a_line_of_the_table_opens_in_every_component(found: wb.Detection) -> None:
    space = Workspace(found)
    second = found.records[1].peak
    space.table.asked = {"what": "select", "row": second, "seq": 1}
    assert space.row == second
    assert space.lanes.selected["row"] == second
    assert space.labels.row == second
    assert space.why.sentence == str(found.explain(second))
    assert f"found.explain({second})" in space.code.code


def test_the_lanes_lead_and_a_step_follows_the_table(found: wb.Detection) -> None:
    space = Workspace(found)
    space.lanes.asked = {"what": "step", "by": 1, "seq": 1}
    assert space.row == found.records[1].peak
    assert space.table.selected == space.row


def test_a_brush_filters_the_table_and_gives_its_rows(found: wb.Detection) -> None:
    space = Workspace(found)
    item = found.records[2]
    ends = [space._axis[item.rows[0]], space._axis[item.rows[-1]]]
    space.lanes.asked = {"what": "brush", "range": ends, "seq": 1}
    assert space.rows == sorted(item.rows)
    assert [line["row"] for line in space.table.lines] == [item.peak]
    # The copied lines give the same rows.
    names: dict[str, object] = {}
    lines = space.code.code.splitlines()
    exec("\n".join(lines[:-2]), names)
    table = eval(lines[-2], names)
    assert len(table) == len(item.rows)
    space.lanes.asked = {"what": "brush", "range": [], "seq": 2}
    assert space.rows == list(next(i for i in found.records if space.row in i.rows).rows)


def test_a_dragged_threshold_refits_nothing_and_keeps_the_selection(found: wb.Detection) -> None:
    space = Workspace(found)
    row = space.row
    space.lanes.asked = {"what": "threshold", "value": 12.0, "seq": 1}
    assert space.found.threshold.value == 12.0
    assert space.found.scores is found.scores
    assert space.row == row
    assert len(space.found.records) < len(found.records)


def test_a_brush_still_filters_after_the_threshold_has_moved(found: wb.Detection) -> None:
    space = Workspace(found)
    item = found.records[0]
    ends = [space._axis[item.rows[0]], space._axis[item.rows[-1]]]
    space.lanes.asked = {"what": "brush", "range": ends, "seq": 1}
    space.lanes.asked = {"what": "threshold", "value": 12.0, "seq": 2}
    assert [line["row"] for line in space.table.lines] == [item.peak]


def test_a_result_is_shown_where_labels_cannot_be_read(found: wb.Detection) -> None:
    (settings().home / "workbench.db").write_bytes(b"not a database, but long enough to tell" * 9)
    space = Workspace(found)
    assert space.labels.phase["kind"] == "error"
    assert space.row == int(found.scores.to_numpy().argmax())
    assert space.why.sentence


def test_what_is_said_is_stored_with_its_author_and_the_next_row_comes(
    found: wb.Detection, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Workspace(found)
    first = space.row
    space.labels.asked = {"what": "tag", "text": "leak", "seq": 1}
    space.labels.asked = {"what": "label", "label": "anomaly", "seq": 2}
    said = found.labels.iloc[0]
    assert (said["row"], said["verdict"], said["tag"]) == (first, "anomaly", "leak")
    assert space.row == found.records[1].peak
    # Another view of the same data knows it.
    assert Workspace(wb.detect("sample:pump", "seasonal_residual")).labels.counts["anomaly"] == 1
    space.select(first)
    space.labels.asked = {"what": "label", "label": "", "seq": 3}
    assert found.labels.empty


def test_the_rows_asked_about_come_in_their_order(found: wb.Detection) -> None:
    space = Workspace(found, [700, 20, 5000])
    assert space.row == 700
    space.labels.asked = {"what": "step", "by": 1, "seq": 1}
    assert space.row == 20


def test_a_result_without_anomalies_still_opens_its_highest_row(found: wb.Detection) -> None:
    quiet = found.with_threshold(1e9)
    space = Workspace(quiet)
    assert space.row == int(quiet.scores.to_numpy().argmax())
    assert "no row" in space.table.status or space.table.lines == []


def test_selected_rows_come_back_as_a_table(found: wb.Detection) -> None:
    assert found.selected.empty
    shown = found.explore()
    item = found.records[0]
    assert found.selected["row"].tolist() == list(item.rows)
    assert "vibration" in found.selected.columns
    del shown


def test_views_of_a_result_do_not_keep_it_alive() -> None:
    import weakref

    found = wb.detect("sample:breast-cancer", "ecod")
    display()._opened(found)  # type: ignore[attr-defined]
    gone = weakref.ref(found)
    del found
    gc.collect()
    assert gone() is None


def test_the_tools_are_widgets_without_panel(found: wb.Detection) -> None:
    import ipywidgets

    space = Workspace(found)
    for made in (explorer(space), labeller(space)):
        assert isinstance(made, ipywidgets.Widget)
    assert isinstance(wb.label(found), ipywidgets.Widget)
