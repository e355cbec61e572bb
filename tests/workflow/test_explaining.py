import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import ParameterError
from workbench.detectors import DETECTORS

#: Our own; sod rates a rare category, alike in all rows like it, above any number.
TABULAR = [
    name
    for name in DETECTORS.names()
    if "tabular" in DETECTORS.get(name).tags.kinds and ":" not in name and name != "sod"
]
SERIES = [n for n in DETECTORS.names() if DETECTORS.get(n).tags.kinds == ("series",)]


@pytest.mark.parametrize("detector", [*TABULAR, "pyod:abod", "pyod:gmm", "sklearn:lof"])
def test_contributions_add_up_and_name_the_culprits(detector: str, machines: pd.DataFrame) -> None:
    why = wb.detect(wb.load(machines, label="broken"), detector, contamination=0.05).explain(123)
    total = why.base + sum(part.contribution for part in why.contributions)
    assert total == pytest.approx(why.score, rel=1e-9, abs=1e-9)
    assert {part.feature for part in why.contributions[:2]} == {"speed", "load"}
    assert "stands out" in why.sentence
    assert why.method


@pytest.mark.parametrize("detector", [*SERIES, "pca", "ocsvm", "iforest"])
def test_series_are_explained_by_every_detector(detector: str, wave: pd.DataFrame) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"), detector)
    why = found.explain(400)
    total = why.base + sum(part.contribution for part in why.contributions)
    assert total == pytest.approx(why.score, rel=1e-9, abs=1e-9)
    assert why.contributions[0].feature == "flow"


def test_each_entity_is_explained_on_the_common_scale(wave: pd.DataFrame) -> None:
    both = pd.concat([wave.assign(pump="a"), wave.assign(pump="b", flow=wave["flow"] * 3)])
    both = both.reset_index(drop=True)
    found = wb.detect(wb.load(both, time="timestamp", entity="pump", label="is_anomaly"))
    why = found.explain(504 + 400)
    total = why.base + sum(part.contribution for part in why.contributions)
    assert total == pytest.approx(why.score, rel=1e-9)
    assert "(b, 2026-01-17 16:00)" in why.sentence


def test_the_expected_range_follows_the_season(wave: pd.DataFrame) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"), "seasonal_residual")
    part = found.explain(400).contributions[0]
    usual = 10 + 3 * np.sin(400 * 2 * np.pi / 24)
    assert part.expected_low is not None
    assert part.expected_high is not None
    assert part.expected_low < usual < part.expected_high
    assert part.value > part.expected_high
    assert part.remark == "a jump against its neighbours"


def test_nearest_normal_rows_are_normal_and_carry_original_values(machines: pd.DataFrame) -> None:
    found = wb.detect(wb.load(machines, label="broken"), "knn", contamination=0.02)
    near = found.explain(123).nearest_normal
    assert list(near.columns) == list(machines.columns)
    assert not found.is_anomaly[near.index].any()


def test_a_normal_row_is_said_to_be_normal(machines: pd.DataFrame) -> None:
    found = wb.detect(wb.load(machines, label="broken"), "ecod", contamination=0.01)
    calm = int(found.scores.to_numpy().argmin())
    assert found.explain(calm).sentence == f"Row {calm} is within what is usual."


def test_an_unusual_combination_is_told_as_one() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=400)
    frame = pd.DataFrame({"x": x, "y": x + random.normal(0, 0.05, 400)})
    frame.loc[7] = [1.2, -1.2]
    why = wb.detect(frame, "pca", contamination=0.01).explain(7)
    assert "unusual combination" in why.sentence
    assert "In similar normal rows" in why.sentence


def test_rows_are_found_by_position_and_by_index_label(machines: pd.DataFrame) -> None:
    named = machines.set_index("machine_id")
    found = wb.detect(wb.load(named, label="broken"), "ecod")
    by_position = found.explain(123)
    assert by_position.row == 123
    assert found.explain(-1).row == 299
    assert found.explain().row == int(found.scores.to_numpy().argmax())
    for wrong in (300, -301, "m9999"):
        with pytest.raises(ParameterError, match="There is no row"):
            found.explain(wrong)


def test_an_index_label_finds_its_row(wave: pd.DataFrame) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"), "spectral_residual")
    assert found.row_position(found.dataset.frame.index[400]) == 400


def test_an_explanation_shows_itself_escaped() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["<script>x", "b"])
    frame.iloc[3, 0] = 50.0
    why = wb.detect(frame, "knn").explain(3)
    assert "<script>" not in why._repr_html_()
    assert str(why) == why.sentence
    assert why.to_dict()["is_anomaly"] is True
    assert why.to_frame()["feature"].iloc[0] == "<script>x"


def test_a_single_row_file_can_be_explained(machines: pd.DataFrame) -> None:
    model = wb.detect(wb.load(machines, label="broken"), "ocsvm", contamination=0.02).model
    why = model.score(machines.iloc[[123]]).explain(0)
    total = why.base + sum(part.contribution for part in why.contributions)
    assert total == pytest.approx(why.score, rel=1e-9, abs=1e-9)


def test_missing_values_and_categories_are_explained_in_words(machines: pd.DataFrame) -> None:
    model = wb.detect(wb.load(machines, label="broken"), "ecod", contamination=0.02).model
    odd = machines.head(30).copy()
    odd.loc[3, "speed"] = np.nan
    odd.loc[4, "state"] = "exploded"
    found = model.score(odd)
    missing = found.explain(3).contributions[0]
    assert (missing.feature, missing.unusual) == ("speed", True)
    assert "speed is missing" in found.explain(3).sentence
    state = next(part for part in found.explain(4).contributions if part.feature == "state")
    assert state.unusual
    assert state.expected == "run, idle"


def test_lanes_follow_the_explanations(wave: pd.DataFrame) -> None:
    found = wb.detect(wb.load(wave, label="is_anomaly"))
    lanes = found.lanes()
    assert lanes.by == "feature"
    assert lanes.names[:2] == ("overall", "flow")
    assert lanes.matrix.dtype == np.float32
    assert lanes.matrix[0, 400] == pytest.approx(found.severity.iloc[400], rel=1e-5)
    assert lanes.matrix[1, 400] > lanes.matrix[2, 400]


@pytest.mark.parametrize("detector", ["seasonal_residual", "pca", "ocsvm"])
def test_many_rows_are_explained_as_one_by_one(detector: str, wave: pd.DataFrame) -> None:
    from workbench.workflow.explaining import feature_parts, parts_of_rows

    both = pd.concat([wave.assign(pump="a"), wave.assign(pump="b", flow=wave["flow"] * 3)])
    data = wb.load(both.reset_index(drop=True), time="timestamp", entity="pump", label="is_anomaly")
    found = wb.detect(data, detector)
    rows = np.array([400, 904, 17])
    expected = [feature_parts(found, row)[1] for row in rows.tolist()]
    np.testing.assert_allclose(parts_of_rows(found, rows), expected, rtol=1e-9, atol=1e-9)


def test_parts_of_many_rows_are_those_of_each_explanation() -> None:
    import workbench as wb

    found = wb.detect("sample:breast-cancer", "ecod")
    parts = found.contributions([289, 0])
    assert list(parts.index) == [289, 0]
    told = {part.feature: part.contribution for part in found.explain(0).contributions}
    assert parts.loc[0].to_dict() == pytest.approx(told)


def test_a_row_is_explained_once_and_a_moved_threshold_explains_anew() -> None:
    found = wb.detect("sample:breast-cancer", "ecod")
    assert found.explain(3) is found.explain(3)
    moved = found.with_threshold("contamination", contamination=0.01)
    assert moved.explain(3) is not found.explain(3)
