"""What one process hands over, another takes over: the same data, model, threshold and scores."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.detection import Threshold
from workbench.core.errors import DataError, ParameterError
from workbench.workflow.handover import hand_over, holds, take_over


def test_a_detection_arrives_as_it_left(wave: pd.DataFrame, tmp_path: Path) -> None:
    data = wb.load(wave, time="timestamp", label="is_anomaly", name="wave.csv")
    found = wb.detect(data, "seasonal_residual", threshold="budget:1")
    hand_over(found, tmp_path)
    there = take_over(tmp_path)
    pd.testing.assert_frame_equal(there.dataset.frame, data.frame)
    np.testing.assert_array_equal(there.scores, found.scores)
    assert there.threshold == found.threshold
    assert there.dataset.fingerprint == data.fingerprint
    assert [item.id for item in there.records] == [item.id for item in found.records]
    assert there.notices == found.notices
    assert there.code == found.code
    assert str(there.explain()) == str(found.explain())


def test_a_dataset_keeps_types_roles_and_what_was_noticed(
    machines: pd.DataFrame, tmp_path: Path
) -> None:
    frame = machines.assign(
        seen=pd.date_range("2026-01-01", periods=300, freq="h", tz="Europe/Berlin"),
        size=pd.Categorical(["s", "m", "l"] * 100),
    )
    data = wb.load(frame, label="broken", name="machines")
    data = replace(data, kept=("a" * 32, 2), reading={"sheet": "May"})
    hand_over(data, tmp_path)
    there = take_over(tmp_path)
    pd.testing.assert_frame_equal(there.frame, data.frame)
    roles = ("name", "kind", "features", "time", "label", "entity", "excluded", "notices")
    for part in (*roles, "reading", "kept"):
        assert getattr(there, part) == getattr(data, part)
    assert str(there.profile()) == str(data.profile())


def test_cells_that_arrow_cannot_hold_arrive_as_words(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"x": [1.0, 2.0, 3.0], "any": [1, "two", {"three": 3}]}, index=["a", 2, None]
    )
    hand_over(wb.load(frame, features=["x"]), tmp_path)
    assert list(take_over(tmp_path).frame["any"]) == ["1", "two", "{'three': 3}"]


def test_a_comparison_arrives_with_its_failures(tmp_path: Path) -> None:
    result = wb.compare("sample:breast-cancer", ["ecod", "pca", "discord"])
    hand_over(result, tmp_path)
    there = take_over(tmp_path)
    assert there.failures == result.failures
    assert there.k == result.k
    pd.testing.assert_frame_equal(there.scores, result.scores)
    pd.testing.assert_frame_equal(there.table, result.table)


def test_a_threshold_without_end_survives_json(tmp_path: Path) -> None:
    found = wb.detect("sample:breast-cancer", "ecod")
    endless = found.with_threshold(Threshold(float("inf"), "manual", {}, "nothing is odd"))
    hand_over(endless, tmp_path)
    assert take_over(tmp_path).threshold.value == float("inf")


def test_what_was_changed_or_removed_on_the_way_is_refused(tmp_path: Path) -> None:
    hand_over(wb.detect("sample:breast-cancer", "ecod"), tmp_path)
    scores = np.load(tmp_path / "0.npy")
    np.save(tmp_path / "0.npy", scores + 1)
    with pytest.raises(DataError, match=r"'0\.npy' .* was changed"):
        take_over(tmp_path)
    (tmp_path / "data.arrow").unlink()
    with pytest.raises(DataError, match=r"'data\.arrow' .* missing"):
        take_over(tmp_path)
    with pytest.raises(DataError, match="kept only while it was made"):
        take_over(tmp_path / "elsewhere")


def test_nothing_in_the_folder_is_a_pickle(tmp_path: Path) -> None:
    hand_over(wb.detect("sample:breast-cancer", "iforest"), tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["0.npy", "0.wb", "contents.json", "data.arrow"]
    assert json.loads((tmp_path / "contents.json").read_text())["holds"] == "detection"
    np.load(tmp_path / "0.npy", allow_pickle=False)


def test_only_what_there_is_a_template_for_can_be_reported_on() -> None:
    with pytest.raises(ParameterError, match=r"Detection, a Dataset, .* a Period, found int"):
        holds(3)
