import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, DataError, ParameterError, UnknownName
from workbench.core.progress import Progress


def test_the_odd_row_of_a_mixed_table_ranks_first(machines: pd.DataFrame) -> None:
    found = wb.detect(wb.load(machines, label="broken"))
    assert found.anomalies["row"].iloc[0] == 123
    assert found.rank.iloc[123] == 1
    assert found.reason


def test_a_frame_an_array_and_a_path_can_be_given(machines: pd.DataFrame, tmp_path: object) -> None:
    path = f"{tmp_path}/machines.csv"
    machines.to_csv(path, index=False)
    assert len(wb.detect(machines, "ecod")) == 300
    assert len(wb.detect(path, "ecod")) == 300
    assert len(wb.detect(np.random.default_rng(0).normal(size=(50, 3)), "ecod")) == 50


def test_the_spike_of_a_series_ranks_first(wave: pd.DataFrame) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"))
    assert found.detector == "discord"
    assert found.records[0].peak == 400
    assert wb.detect(found.dataset, "seasonal_residual").records[0].peak == 400


def test_rows_out_of_order_in_the_file_score_as_in_order(wave: pd.DataFrame) -> None:
    shuffled = wave.sample(frac=1.0, random_state=3)
    straight = wb.detect(wb.load(wave, label="is_anomaly", time="timestamp"))
    mixed = wb.detect(wb.load(shuffled, label="is_anomaly", time="timestamp"))
    np.testing.assert_allclose(
        mixed.scores.sort_index().to_numpy(), straight.scores.to_numpy(), rtol=1e-12
    )


def test_each_entity_is_judged_by_its_own_habits(wave: pd.DataFrame) -> None:
    calm = wave.assign(pump="calm", flow=wave["flow"] / 100.0)
    loud = wave.assign(pump="loud")
    loud.loc[400, "flow"] = 10.0  # no spike here
    both = pd.concat([loud, calm], ignore_index=True)
    found = wb.detect(wb.load(both, time="timestamp", entity="pump", label="is_anomaly"))
    assert set(found.model.units) == {"calm", "loud"}
    assert found.records[0].entity == "calm"
    assert found.lanes().names[0] == "overall"
    assert set(found.lanes().names[1:]) == {"calm", "loud"}


def test_an_unknown_entity_is_scored_and_told(wave: pd.DataFrame) -> None:
    two = pd.concat([wave.assign(pump="a"), wave.assign(pump="b")], ignore_index=True)
    model = wb.detect(wb.load(two, time="timestamp", entity="pump", label="is_anomaly")).model
    fresh = model.score(wave.assign(pump="c"))
    assert np.isfinite(fresh.scores).all()
    assert any("'c' was not among the entities" in notice for notice in fresh.notices)
    assert fresh.explain(400).contributions[0].feature == "flow"


def test_a_clean_reference_period_sets_what_is_usual(wave: pd.DataFrame) -> None:
    shifted = wave.copy()
    shifted.loc[250:, "heat"] += 5.0  # half of the series: without a reference it is the norm
    data = wb.load(shifted, time="timestamp", label="is_anomaly")
    found = wb.detect(data, reference=slice("2026-01-01", "2026-01-09"))
    assert found.is_anomaly[260:].mean() > 0.9
    assert found.is_anomaly[:200].mean() < 0.1
    assert found.provenance["reference"] == "2026-01-01:2026-01-09"


@pytest.mark.parametrize("reference", [slice(0, 200), np.arange(200), np.arange(504) < 200])
def test_reference_rows_can_be_given_in_three_ways(reference: object, wave: pd.DataFrame) -> None:
    data = wb.load(wave, time="timestamp", label="is_anomaly")
    expected = wb.detect(data, reference=slice("2026-01-01 00:00", "2026-01-09 07:00"))
    found = wb.detect(data, reference=reference)
    np.testing.assert_array_equal(found.scores, expected.scores)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (slice("2031", "2032"), "holds no rows"),
        (np.array([9999]), "there are rows 0 to 503"),
        (np.zeros(3, dtype=bool), "mask of 504"),
        ("2026", "must be a slice"),
        (slice("soon", "later"), "does not fit"),
    ],
)
def test_a_reference_that_cannot_work_is_refused(
    reference: object, message: str, wave: pd.DataFrame
) -> None:
    with pytest.raises((ParameterError, DataError), match=message):
        wb.detect(wb.load(wave, time="timestamp", label="is_anomaly"), reference=reference)


def test_a_period_needs_a_time(machines: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="have no time"):
        wb.detect(wb.load(machines, label="broken"), reference=slice("2026-01", "2026-02"))


def test_a_tabular_detector_judges_a_series_by_windows(wave: pd.DataFrame) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"), "pca", window=12)
    assert found.params["window"] == 12
    assert abs(found.records[0].peak - 400) <= 12
    assert found.explain(400).contributions[0].feature == "flow"


def test_a_series_detector_on_a_table_says_what_to_do(machines: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="time='…'"):
        wb.detect(wb.load(machines, label="broken"), "seasonal_residual")


def test_a_mistyped_detector_gets_a_proposal(machines: pd.DataFrame) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'iforest'"):
        wb.detect(machines, "iforst")


def test_contamination_and_threshold_together_are_refused(machines: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="one of contamination, threshold and fdr"):
        wb.detect(machines, "ecod", contamination=0.1, threshold=3.0)


@pytest.mark.parametrize("value", [0.0, 0.7, -1.0])
def test_a_contamination_outside_of_its_range_is_refused(
    value: float, machines: pd.DataFrame
) -> None:
    with pytest.raises(ParameterError, match="contamination must lie"):
        wb.detect(machines, "ecod", contamination=value)


def test_parameters_reach_the_detector(machines: pd.DataFrame) -> None:
    found = wb.detect(machines, "knn", n_neighbors=7, method="largest")
    assert found.params == {"n_neighbors": 7, "method": "largest"}


@pytest.mark.parametrize(
    ("detector", "params"),
    [
        ("knn", {"n_neighbors": 0}),
        ("knn", {"n_neighbors": 2.5}),
        ("knn", {"method": "best"}),
        ("hbos", {"n_bins": 1}),
        ("hbos", {"alpha": 2.0}),
        ("loda", {"n_bins": 1}),
        ("inne", {"max_samples": 1}),
    ],
)
def test_parameter_values_that_cannot_work_are_refused(
    detector: str, params: dict[str, object], machines: pd.DataFrame
) -> None:
    with pytest.raises(ParameterError):
        wb.detect(machines, detector, **params)


@pytest.mark.parametrize(
    ("detector", "params"),
    [
        ("seasonal_residual", {"method": "magic"}),
        ("seasonal_residual", {"period": -2}),
        ("spectral_residual", {"window": 0}),
        ("matrix_profile", {"window": 2}),
        ("matrix_profile", {"max_points": 9}),
        ("pca", {"window": 0}),
    ],
)
def test_parameter_values_of_series_detectors_are_checked(
    detector: str, params: dict[str, object], wave: pd.DataFrame
) -> None:
    with pytest.raises(ParameterError):
        wb.detect(wb.load(wave, label="is_anomaly"), detector, **params)


def test_progress_is_told_and_can_cancel(wave: pd.DataFrame) -> None:
    stages: list[str] = []
    progress = Progress(lambda done, stage: stages.append(stage))
    wb.detect(wb.load(wave, label="is_anomaly"), progress=progress)
    assert stages[-1] == "done"
    assert any(stage.startswith("fitting") for stage in stages)

    stop = Progress(lambda done, stage: stop.cancel() if stage.startswith("fitting") else None)
    with pytest.raises(Cancelled):
        wb.detect(wb.load(wave, label="is_anomaly"), progress=stop)


def test_moving_the_threshold_keeps_the_scores(machines: pd.DataFrame) -> None:
    found = wb.detect(machines, "ecod", contamination=0.1)
    moved = found.with_threshold("budget", n=3)
    assert moved.scores is found.scores
    assert moved.is_anomaly.sum() == 3
    assert moved.model.units is found.model.units
    assert found.is_anomaly.sum() == 30
    assert found.with_threshold("budget:3").threshold == moved.threshold
    assert found.with_threshold(moved.threshold).threshold == moved.threshold
    assert found.with_threshold(1e9).records == ()


def test_a_stuck_sensor_is_found_and_named() -> None:
    found = wb.detect("sample:pump")
    stuck = found.dataset.frame["fault"].eq("stuck sensor").to_numpy()
    assert found.is_anomaly[stuck].mean() > 0.5


def test_a_constant_series_is_calm_and_a_change_in_new_rows_is_odd() -> None:
    flat = pd.DataFrame({"x": np.full(200, 45.0)})
    found = wb.detect(wb.load(flat, kind="series"))
    assert not found.is_anomaly.any()
    assert any("Nothing varied" in notice for notice in found.notices)
    assert found.model.score(pd.DataFrame({"x": [45.0] * 20 + [99.0]})).is_anomaly.iloc[-1]


def test_times_that_are_missing_are_named(wave: pd.DataFrame) -> None:
    broken = wave.copy()
    broken.loc[5, "timestamp"] = pd.NaT
    with pytest.raises(DataError, match="first: row 5"):
        wb.detect(wb.load(broken, time="timestamp", label="is_anomaly", kind="series"))


def test_the_code_repeats_the_result(machines: pd.DataFrame, tmp_path: object) -> None:
    path = f"{tmp_path}/machines.csv"
    machines.to_csv(path, index=False)
    found = wb.detect(
        wb.load(path, label="broken", name=path), "iforest", contamination=0.05, random_state=3
    )
    room: dict[str, object] = {}
    exec(found.code, room)  # our own lines
    again = room["found"]
    np.testing.assert_array_equal(again.scores, found.scores)  # type: ignore[attr-defined]
    assert again.threshold == found.threshold  # type: ignore[attr-defined]


def test_the_code_repeats_a_reference_period_and_a_manual_threshold(
    wave: pd.DataFrame, tmp_path: object
) -> None:
    path = f"{tmp_path}/wave.csv"
    wave.to_csv(path, index=False)
    data = wb.load(path, time="timestamp", label="is_anomaly", name=path)
    found = wb.detect(data, reference=slice("2026-01-01", "2026-01-09"), threshold=7.5)
    room: dict[str, object] = {}
    exec(found.code, room)  # our own lines
    again = room["found"]
    np.testing.assert_array_equal(again.scores, found.scores)  # type: ignore[attr-defined]
    assert again.threshold.value == 7.5  # type: ignore[attr-defined]


def test_rows_that_belong_to_no_entity_have_a_lane_of_their_own(wave: pd.DataFrame) -> None:
    import workbench as wb

    both = pd.concat([wave.assign(pump="a"), wave.assign(pump=None)])
    data = wb.load(both, time="timestamp", entity="pump", exclude="is_anomaly", kind="series")
    lanes = wb.detect(data, "seasonal_residual").lanes()
    assert set(lanes.names) == {"overall", "a", "missing"}


def test_more_neighbours_than_rows_is_said(machines: pd.DataFrame) -> None:
    data = wb.load(machines.head(12), features=["speed", "load"])
    assert any("n_neighbors=50 is more" in text for text in wb.detect(data, "knn").notices)
    few = wb.detect(data, "knn", n_neighbors=3)
    assert not any("n_neighbors" in text for text in few.notices)


def test_a_reference_of_two_rows_is_told_to_be_too_short(machines: pd.DataFrame) -> None:
    data = wb.load(machines, features=["speed", "load"])
    short = wb.detect(data, "ecod", reference=slice(0, 2))
    assert any("The reference holds 2 rows: too few" in text for text in short.notices)
    long = wb.detect(data, "ecod", reference=slice(0, 100))
    assert not any("reference" in text for text in long.notices)


def test_words_where_training_had_numbers_are_refused_by_the_name_of_the_column(
    machines: pd.DataFrame,
) -> None:
    model = wb.detect(wb.load(machines, features=["speed", "load"]), "ecod").model
    new = machines.head(20).assign(speed=["fast"] * 20)
    with pytest.raises(DataError, match=r"'speed' held numbers in training .* 'fast' in row 0"):
        model.score(new)
    with_stray = machines.head(40).astype({"speed": object})
    with_stray.loc[3, "speed"] = "fast"
    assert len(model.score(with_stray)) == 40
