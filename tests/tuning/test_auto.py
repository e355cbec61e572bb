import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.tuning.auto import Choice, choose_detector

MARGINAL = ["extended_iforest", "hbos", "ecod", "copod", "sampled_knn"]


@pytest.mark.parametrize(
    ("kind", "rows", "columns", "categorical", "names"),
    [
        ("tabular", 1000, 5, 0.0, ["sampled_knn", "inne", "ecod"]),
        ("tabular", 1_000_000, 10, 0.0, ["sampled_knn", "inne", "ecod"]),
        ("tabular", 1000, 5, 0.2, MARGINAL),
        ("graph", 77, 6, 0.0, ["oddball", "iforest"]),
        ("tabular", 5, 3, 0.0, ["ecod"]),
        ("series", 5000, 3, 0.0, ["discord"]),
        ("series", 20_000_000, 3, 0.0, ["seasonal_residual"]),
        ("series", 20, 1, 0.0, ["ecod"]),
    ],
)
def test_the_rule_looks_at_kind_size_and_types(
    kind: str, rows: int, columns: int, categorical: float, names: list[str]
) -> None:
    choice = choose_detector(kind, rows, columns, categorical=categorical)
    assert members(choice) == names
    assert len(choice.reason) > 20
    assert bool(choice.skipped) == (rows == 20_000_000)


def members(choice: Choice) -> list[str]:
    listed = choice.params.get("members", [choice.detector])
    return [item if isinstance(item, str) else item["detector"] for item in listed]


def test_a_series_with_times_is_looked_at_more_closely_than_one_without(
    wave: pd.DataFrame,
) -> None:
    timed = wb.detect(wb.load(wave, label="is_anomaly"))
    rows = wb.load(wave.drop(columns="timestamp"), label="is_anomaly", kind="series")
    untimed = wb.detect(rows)
    assert timed.detector == untimed.detector == "discord"
    assert 400 in timed.records[0].rows
    assert 400 in untimed.records[0].rows
    assert len(timed.records[0].rows) < len(untimed.records[0].rows)


def test_a_small_budget_leaves_the_dearest_members_out_and_says_so() -> None:
    wide = choose_detector("tabular", 1_000_000, 50, seconds=30)
    assert members(wide) == ["inne", "ecod"]
    assert "'sampled_knn' would take about" in wide.skipped[0]
    tiny = choose_detector("tabular", 1_000_000, 50, seconds=0.001)
    assert members(tiny) == ["ecod"]


def test_what_was_skipped_stands_in_the_notices() -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 4))
    found = wb.detect(pd.DataFrame(rows, columns=list("abcd")), seconds=0.004)
    assert any("would take about" in notice for notice in found.notices)
    assert found.params["members"] != choose_detector("tabular", 2000, 4).params["members"]


def test_the_choice_says_why_and_can_be_seen(machines: pd.DataFrame) -> None:
    found = wb.detect(wb.load(machines, label="broken"))
    assert found.provenance["asked"] == "auto"
    assert "300 rows" in found.reason


def test_categories_are_counted_from_the_data() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({name: random.choice(list("abc"), 200) for name in "xyz"})
    assert wb.detect(frame).params["members"] == [
        *MARGINAL[:-1],
        {"detector": "sampled_knn", "weight": 0.5},
    ]


def test_attributes_of_nodes_are_held_against_those_of_their_neighbours() -> None:
    choice = choose_detector("graph", 77, 8, attributes=2)
    assert members(choice) == ["neighbour_contrast", "pagerank", "iforest"]
