import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.reasons import Change
from workbench.explainers.counterfactual import learn_choice, tell_change
from workbench.explainers.counterfactual_series import expected_courses


def rescored(found: wb.Detection, row: int, values: dict[str, object]) -> float:
    """Score of the row with other values, by way of new data."""
    changed = found.dataset.frame.iloc[[row]].copy()
    for name, value in values.items():
        changed[name] = [value]
    return float(found.model.score(changed).scores.iloc[0])


@pytest.fixture(scope="module")
def flow() -> pd.DataFrame:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal([13, 60, 7], [0.5, 4, 1], (400, 3)), columns=list("abc"))
    frame.loc[17, "a"] = 25.0
    frame.loc[18] = [16.5, 85.0, 14.0]
    return frame


@pytest.mark.parametrize("detector", ["knn", "iforest", "ecod", "mcd", "pyod:gmm", "average"])
def test_one_odd_feature_needs_one_change_and_the_model_agrees(
    detector: str, flow: pd.DataFrame
) -> None:
    found = wb.detect(flow, detector, contamination=0.02)
    change = found.explain(17).counterfactual
    assert change is not None
    assert change.found
    (only,) = change.changes
    assert only.feature == "a"
    assert only.value == 25.0
    assert only.low is not None
    assert only.high is not None
    assert only.low <= only.high < 25.0
    assert change.words == f"Within the expected range if a were {only.to}."
    for value in np.linspace(only.low, only.high, 5):
        assert rescored(found, 17, {"a": value}) <= found.threshold.value
    assert change.score is not None
    assert change.score <= found.threshold.value


def test_the_range_reaches_as_near_as_it_can(flow: pd.DataFrame) -> None:
    found = wb.detect(flow, "knn", contamination=0.02)
    change = found.explain(17).counterfactual
    assert change is not None
    high = change.changes[0].high
    assert high is not None
    assert rescored(found, 17, {"a": high + 0.15 * (25.0 - high)}) > found.threshold.value


def test_several_odd_features_need_several_changes(flow: pd.DataFrame) -> None:
    found = wb.detect(flow, "knn", contamination=0.01)
    change = found.explain(18).counterfactual
    assert change is not None
    assert 2 <= len(change.changes) <= 3
    assert " and " in change.words
    values = {part.feature: part.low for part in change.changes}
    assert rescored(found, 18, values) <= found.threshold.value


def test_a_category_is_changed_to_a_usual_one(machines: pd.DataFrame) -> None:
    frame = machines.copy()
    frame.loc[200, "state"] = "on fire"
    found = wb.detect(wb.load(frame, label="broken"), "hbos", contamination=0.02)
    change = found.explain(200).counterfactual
    assert change is not None
    (only,) = change.changes
    assert (only.feature, only.low) == ("state", None)
    assert only.to in ("run", "idle")
    assert only.value == "on fire"


def test_a_missing_cell_is_filled(machines: pd.DataFrame) -> None:
    model = wb.detect(wb.load(machines, label="broken"), "ecod", contamination=0.02).model
    odd = machines.head(30).copy()
    odd.loc[3, "speed"] = np.nan
    change = model.score(odd).explain(3).counterfactual
    assert change is not None
    assert change.changes[0].feature == "speed"
    assert "speed were" in change.words


def test_a_row_alone_is_compared_with_what_training_expects(machines: pd.DataFrame) -> None:
    model = wb.detect(wb.load(machines, label="broken"), "knn", contamination=0.02).model
    change = model.score(machines.iloc[[123]]).explain(0).counterfactual
    assert change is not None
    assert change.found


def test_whole_numbers_stay_whole() -> None:
    random = np.random.default_rng(6)
    frame = pd.DataFrame({"count": random.poisson(20, 300), "load": random.normal(size=300)})
    frame.loc[9, "count"] = 90
    change = wb.detect(frame, "knn", contamination=0.01).explain(9).counterfactual
    assert change is not None
    part = next(part for part in change.changes if part.feature == "count")
    assert part.low == int(part.low or 0.5)
    assert part.high == int(part.high or 0.5)


def test_many_odd_features_are_told_as_many() -> None:
    random = np.random.default_rng(7)
    values = random.normal(size=(300, 1)) + random.normal(0, 0.1, (300, 20))
    values[5] = random.normal(0, 4.0, 20)
    frame = pd.DataFrame(values, columns=[f"f{place}" for place in range(20)])
    change = wb.detect(frame, "knn", contamination=0.01).explain(5).counterfactual
    assert change is not None
    assert len(change.changes) > 4
    assert "of its 20 features as in the similar normal row" in change.words


def test_nothing_to_find_is_said() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0), "b": np.arange(50.0) % 7})
    why = wb.detect(frame, "knn", threshold=-1.0).explain(3)  # every row is an anomaly
    assert why.counterfactual is not None
    assert not why.counterfactual.found
    assert why.counterfactual.score is None
    assert "No change was found" in str(why.counterfactual)


def test_a_usual_row_has_none(flow: pd.DataFrame) -> None:
    found = wb.detect(flow, "ecod", contamination=0.02)
    calm = int(found.scores.to_numpy().argmin())
    assert found.explain(calm).counterfactual is None


@pytest.mark.parametrize(
    "detector", ["seasonal_residual", "forecast_residual", "iforest", "sub_pca", "discord"]
)
def test_a_stretch_of_a_series_is_replaced_by_the_expected(
    detector: str, wave: pd.DataFrame
) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"), detector)
    change = found.explain(400).counterfactual
    assert change is not None
    assert [part.feature for part in change.changes] == ["flow"]
    assert 400 in change.rows
    assert change.changes[0].high is not None
    assert change.changes[0].high < 17.0
    assert change.score is not None
    assert change.score <= found.threshold.value


def test_each_entity_is_changed_in_its_own_series(wave: pd.DataFrame) -> None:
    both = pd.concat([wave.assign(pump="a"), wave.assign(pump="b", flow=wave["flow"] * 3)])
    data = wb.load(both.reset_index(drop=True), time="timestamp", entity="pump", label="is_anomaly")
    change = wb.detect(data, "seasonal_residual").explain(504 + 400).counterfactual
    assert change is not None
    assert all(row >= 504 for row in change.rows)
    assert [part.feature for part in change.changes] == ["flow"]


def test_expected_courses_follow_the_period() -> None:
    wave = np.sin(np.arange(300) * 2 * np.pi / 25)[:, None]
    odd = wave.copy()
    stretch = np.arange(140, 150)
    odd[stretch] = 5.0
    usual = np.ones(300, dtype=bool)
    usual[stretch] = False
    elsewhere, phase, straight = expected_courses(odd, stretch, usual, None)
    np.testing.assert_allclose(elsewhere, wave[stretch], atol=1e-9)
    np.testing.assert_allclose(phase, wave[stretch], atol=1e-9)
    assert np.abs(straight).max() <= 1.0


def test_a_series_without_anything_usual_still_has_a_course() -> None:
    values = np.arange(10.0)[:, None]
    (straight,) = expected_courses(values, np.arange(10), np.zeros(10, dtype=bool), None)
    assert straight.shape == (10, 1)


def test_choices_are_observed_values() -> None:
    numbers = pd.Series([1.0, 2.0, 3.0, np.nan, np.inf])
    choice = learn_choice(numbers, 9.0, numeric=True)
    assert set(choice.values) <= {1.0, 2.0, 3.0}
    assert choice.whole
    assert learn_choice(pd.Series([np.nan]), 9.0, numeric=True).values == ()
    assert learn_choice(pd.Series(["b", "a", "b"]), "x", numeric=False).values == ("b", "a")


def test_changes_are_told_in_a_sentence() -> None:
    parts = tuple(Change(name, 9.0, 1.0, 2.0, "1 to 2") for name in "abc")
    assert tell_change(parts) == (
        "Within the expected range if a were 1 to 2, b were 1 to 2 and c were 1 to 2."
    )
