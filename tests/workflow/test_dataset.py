from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import ColumnError, DataError, DataWarning, ParameterError


def test_ids_are_left_out_and_it_says_so(machines: pd.DataFrame) -> None:
    data = wb.load(machines, label="broken")
    assert "machine_id" not in data.features
    assert "occurs once" in data.excluded["machine_id"]
    assert any("machine_id" in notice for notice in data.notices)


def test_an_id_that_is_asked_for_is_used(machines: pd.DataFrame) -> None:
    data = wb.load(machines, features=["speed", "machine_id"])
    assert data.features == ("speed", "machine_id")


def test_a_column_that_looks_like_a_label_never_leaks_into_the_features(wave: pd.DataFrame) -> None:
    data = wb.load(wave)
    assert "is_anomaly" not in data.features
    assert "label='is_anomaly'" in data.excluded["is_anomaly"]


def test_excluded_columns_stay_out(machines: pd.DataFrame) -> None:
    data = wb.load(machines, label="broken", exclude=["state"])
    assert "state" not in data.features
    assert data.excluded["state"] == "it was excluded"


def test_regular_dates_make_a_series(wave: pd.DataFrame) -> None:
    data = wb.load(wave, label="is_anomaly")
    assert (data.kind, data.time) == ("series", "timestamp")
    assert any("taken as the time" in notice for notice in data.notices)


def test_irregular_dates_are_events_not_a_series() -> None:
    random = np.random.default_rng(0)
    when = pd.Timestamp("2026-01-01") + pd.to_timedelta(random.exponential(3600, 300).cumsum(), "s")
    data = wb.load(pd.DataFrame({"when": when, "amount": random.normal(size=300)}), time="when")
    assert data.kind == "tabular"


def test_text_dates_become_dates() -> None:
    frame = pd.DataFrame({"t": [f"2026-01-{day:02d}" for day in range(1, 21)], "x": range(20)})
    data = wb.load(frame.astype({"t": object}), time="t", features=["x"])
    assert pd.api.types.is_datetime64_any_dtype(data.frame["t"])


def test_a_time_that_is_none_names_the_cell() -> None:
    frame = pd.DataFrame({"t": ["2026-01-01", "soon", "2026-01-03"], "x": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match=r"row 1 holds 'soon'"):
        wb.load(frame, time="t")


@pytest.mark.parametrize("role", ["time", "label", "entity"])
def test_a_mistyped_role_gets_a_proposal(role: str, wave: pd.DataFrame) -> None:
    with pytest.raises(
        ColumnError, match=r"Column 'timestmp' is not in the data\. Did you mean 'timestamp'"
    ):
        wb.load(wave, **{role: "timestmp"})


@pytest.mark.parametrize("option", ["features", "exclude"])
def test_a_mistyped_feature_gets_a_proposal(option: str, wave: pd.DataFrame) -> None:
    with pytest.raises(ColumnError, match="Did you mean 'flow'"):
        wb.load(wave, **{option: ["flwo"]})


def test_a_feature_cannot_have_a_role_too(wave: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="both a feature and a role"):
        wb.load(wave, label="is_anomaly", features=["is_anomaly"])


def test_an_unknown_kind_is_refused(wave: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="kind must be one of"):
        wb.load(wave, kind="movie")  # type: ignore[arg-type]


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError):
        wb.load(pd.DataFrame({"x": []}))


def test_two_columns_of_one_name_are_told_apart_and_it_says_so() -> None:
    data = wb.load(pd.DataFrame([[1.0, 2.0], [2.0, 1.0]], columns=["x", "x"]))
    assert data.features == ("x", "x_2")
    assert any("repeated column name" in notice for notice in data.notices)


def test_column_names_of_any_type_become_text() -> None:
    data = wb.load(pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3))))
    assert data.features == ("0", "1", "2")


def test_loading_never_changes_what_it_was_given(wave: pd.DataFrame) -> None:
    kept = wave.copy()
    wb.detect(wb.load(wave, label="is_anomaly"))
    pd.testing.assert_frame_equal(wave, kept)


def test_a_dataset_shows_itself(machines: pd.DataFrame, tmp_path: Path) -> None:
    machines.to_csv(tmp_path / "ma<b>chines.csv", index=False)
    data = wb.load(tmp_path / "ma<b>chines.csv", label="broken")
    assert "300 rows" in repr(data)
    assert "&lt;b&gt;" in data._repr_html_()
    assert "<b>chines" not in data._repr_html_()


def test_excluding_the_label_of_a_sample_leaves_no_label() -> None:
    data = wb.load("sample:breast-cancer", exclude=["is_anomaly"])
    assert data.label is None
    assert "is_anomaly" not in data.features


def test_a_row_is_named_by_position_time_or_label_and_by_nothing_else(wave: pd.DataFrame) -> None:
    from workbench.workflow.dataset import row_position

    data = wb.load(wave)
    moment = data.frame[data.time].iloc[400]
    assert (
        row_position(data, 400)
        == row_position(data, moment)
        == row_position(data, str(moment))
        == 400
    )
    zoned = wb.load(wave.assign(**{data.time: data.frame[data.time].dt.tz_localize("UTC")}))
    assert row_position(zoned, str(moment)) == 400
    for wrong in ("yesterday", "2031-01-01", [1, 2], data.frame.iloc[0], None, 99_999):
        with pytest.raises(ParameterError):
            row_position(data, wrong)


def test_what_contradicts_itself_is_refused_or_told() -> None:
    frame = pd.DataFrame({"flow": np.arange(60.0), "heat": np.arange(60.0) % 7})
    with pytest.raises(ParameterError, match="be excluded"):
        wb.load(frame, features=["flow"], exclude=["flow"])
    assert "60 different values" in str(wb.load(frame, label="flow").notices)
    with pytest.raises(ParameterError, match="itself takes time"):
        wb.load(frame, target="flow")


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """A series with one word among its numbers and one among its times."""
    path = tmp_path / "spoiled.csv"
    times = pd.date_range("2026-01-01", periods=100, freq="h").strftime("%Y-%m-%d %H:%M").tolist()
    flow = [f"{value:.5f}" for value in np.random.default_rng(0).normal(size=100)]
    times[20], flow[16] = "yesterday", "<b>abc"
    pairs = zip(times, flow, strict=True)
    path.write_text("time,flow\n" + "".join(f"{t},{x}\n" for t, x in pairs))
    return path


def test_one_bad_value_is_said_aloud_with_its_line(spoiled: Path) -> None:
    with pytest.warns(DataWarning) as heard:
        data = wb.load(spoiled)
    assert [str(one.message) for one in heard] == list(data.warnings)
    assert "line 22 of the file" in data.warnings[0]
    assert "'<b>abc' in row 17 of the data, which is line 18" in data.warnings[1]
    assert data.notices[:2] == data.warnings
    assert [item.level for item in data.profile().findings[:2]] == ["warning", "warning"]


def test_a_cell_shows_the_warnings_of_its_data(spoiled: Path) -> None:
    with pytest.warns(DataWarning):
        page = wb.load(spoiled)._repr_html_()
    assert page.count('class="wb-warning"') == 2
    assert "&lt;b&gt;abc" in page
    assert "<b>abc" not in page


def test_numbers_with_a_stray_stay_a_feature_and_no_id(spoiled: Path) -> None:
    with pytest.warns(DataWarning):
        data = wb.load(spoiled)
    assert data.features == ("flow",)
    assert "read as text because of a few values" in data.excluded["time"]


def test_a_coerced_column_is_what_it_should_be_and_nothing_is_warned_of(spoiled: Path) -> None:
    data = wb.load(spoiled, coerce=["time", "flow"])
    assert (data.time, data.features, data.warnings) == ("time", ("flow",), ())
    assert data.frame.isna().sum().tolist() == [1, 1]


def test_a_spoiled_time_that_is_named_stops_with_the_line(spoiled: Path) -> None:
    with pytest.raises(DataError, match=r"'yesterday' in row 21 .* line 22 of the file"):
        wb.load(spoiled, time="time")


def test_detecting_in_a_file_warns_as_loading_does(spoiled: Path) -> None:
    with pytest.warns(DataWarning) as heard:
        found = wb.detect(spoiled, "ecod")
    assert [str(one.message) for one in heard] == list(found.dataset.warnings)
