import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.errors import ColumnError, DataError
from workbench.preparation.encoding import Preparation

ANY = st.floats(allow_nan=True, allow_infinity=True)


def prepared(frame: pd.DataFrame, new: pd.DataFrame | None = None) -> np.ndarray:
    fitted = Preparation().fit(frame, list(frame.columns))
    return fitted.transform(frame if new is None else new).values


@given(arrays(float, st.tuples(st.integers(2, 20), st.integers(1, 4)), elements=ANY))
def test_whatever_the_numbers_the_matrix_is_finite(values: np.ndarray) -> None:
    frame = pd.DataFrame(values).rename(columns=str)
    try:
        matrix = prepared(frame)
    except DataError:
        return
    assert np.isfinite(matrix).all()
    assert np.abs(matrix).max() < 1e4


@given(arrays(float, st.integers(3, 30), elements=st.floats(-1e300, 1e300), unique=True))
def test_the_order_of_values_is_kept(values: np.ndarray) -> None:
    frame = pd.DataFrame({"x": values})
    matrix = prepared(frame)[:, 0]
    assert (np.diff(matrix[np.argsort(values)]) >= 0).all()


@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_units_do_not_matter(factor: float, offset: float) -> None:
    values = np.random.default_rng(0).normal(size=60)
    plain = prepared(pd.DataFrame({"x": values}))
    moved = prepared(pd.DataFrame({"x": values * factor + offset}))
    np.testing.assert_allclose(moved, plain, atol=1e-6)


def test_the_middle_is_0_and_the_usual_range_is_1() -> None:
    matrix = prepared(pd.DataFrame({"x": np.arange(101.0)}))[:, 0]
    assert matrix[50] == 0.0
    assert matrix[95] - matrix[5] == pytest.approx(1.0)


def test_missing_cells_are_filled_and_told_by_a_column_of_their_own() -> None:
    matrix = prepared(pd.DataFrame({"x": [1.0, 2.0, np.nan, 3.0, 5.0]}))
    assert matrix.shape == (5, 2)
    assert matrix[2].tolist() == [0.0, 1.0]
    assert matrix[[0, 1, 3, 4], 1].tolist() == [0.0] * 4


def test_infinite_values_lie_beyond_all_others() -> None:
    matrix = prepared(pd.DataFrame({"x": [1.0, 2.0, np.inf, 3.0, -np.inf, 50.0]}))[:, 0]
    assert matrix.argmax() == 2
    assert matrix.argmin() == 4


def test_few_categories_get_a_column_each_and_many_their_rarity() -> None:
    few = pd.DataFrame({"c": ["a", "b", "a", "c"]})
    assert prepared(few).shape == (4, 4)
    many = pd.DataFrame({"c": [f"c{k}" for k in range(30)] * 2 + ["c0"] * 40})
    rarity = prepared(many)
    assert rarity.shape == (100, 1)
    assert rarity[0, 0] < rarity[1, 0]
    new = pd.DataFrame({"c": ["c0", "never", None]})
    assert prepared(many, new)[:, 0].argmin() == 0
    assert prepared(many, new)[1, 0] > rarity.max()


def test_dates_and_booleans_become_numbers() -> None:
    frame = pd.DataFrame(
        {
            "d": pd.date_range("2026-01-01", periods=5),
            "b": [True, False, True, True, False],
            "t": pd.to_timedelta(range(5), unit="h"),
        }
    )
    assert prepared(frame).shape == (5, 3)


def test_numbers_in_text_count_as_numbers() -> None:
    frame = pd.DataFrame({"x": pd.Series(["1", "2", "3", "4"] * 5 + ["broken"], dtype=object)})
    fitted = Preparation().fit(frame, ["x"])
    assert fitted.plans[0].kind == "numeric"
    assert fitted.transform(frame).values[-1, 1] == 1.0


def test_constant_columns_tell_nothing_unless_they_change() -> None:
    frame = pd.DataFrame({"x": np.arange(9.0), "c": 5.0})
    fitted = Preparation().fit(frame, ["x", "c"])
    assert fitted.features == ("x",)
    notices = fitted.transform(pd.DataFrame({"x": [1.0], "c": [6.0]})).notices
    assert "was always 5" in notices[0]


def test_unusable_columns_are_left_out_with_a_reason() -> None:
    frame = pd.DataFrame(
        {
            "x": np.arange(100.0),
            "nested": [[k] for k in range(100)],
            "empty": [None] * 100,
        }
    )
    fitted = Preparation().fit(frame, list(frame.columns))
    assert fitted.features == ("x",)
    assert set(fitted.left_out) == {"nested", "empty"}


def test_nothing_that_varies_and_no_number_is_refused() -> None:
    frame = pd.DataFrame({"c": ["same"] * 5, "e": [None] * 5})
    with pytest.raises(DataError, match=r"'c' is always 'same'.*'e' is empty"):
        Preparation().fit(frame, ["c", "e"])


def test_no_rows_no_features_and_strangers_are_refused() -> None:
    frame = pd.DataFrame({"temp": [1.0, 2.0]})
    with pytest.raises(DataError, match="no rows"):
        Preparation().fit(frame.iloc[:0], ["temp"])
    with pytest.raises(DataError, match="No column is left"):
        Preparation().fit(frame, [])
    with pytest.raises(ColumnError, match=r"'tmep' is not in the data\. Did you mean 'temp'"):
        Preparation().fit(frame, ["tmep"])
    fitted = Preparation().fit(frame, ["temp"])
    with pytest.raises(ColumnError, match="Column 'temp'"):
        fitted.transform(pd.DataFrame({"flow": [1.0]}))


def test_a_preparation_survives_json(machines: pd.DataFrame) -> None:
    frame = machines.drop(columns=["machine_id"])
    fitted = Preparation().fit(frame, list(frame.columns))
    again = Preparation.from_dict(json.loads(json.dumps(fitted.to_dict())))
    new = frame.assign(state="new", speed=np.nan)
    np.testing.assert_array_equal(again.transform(new).values, fitted.transform(new).values)


def test_the_owner_of_each_column_is_its_feature() -> None:
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0], "c": ["a", "b", "a"]})
    matrix = Preparation().fit(frame, ["x", "c"]).transform(frame)
    assert matrix.features == ("x", "c")
    assert matrix.owner.tolist() == [0, 0, 1, 1, 1]
