import numpy as np
import pandas as pd
import pytest

from workbench.core.errors import DataError
from workbench.preparation.gate import check_matrix, check_scores


def test_good_numbers_pass_as_float64() -> None:
    checked = check_matrix([[1, 2], [3, 4]])
    assert checked.dtype == np.float64
    assert checked.flags["C_CONTIGUOUS"]
    assert check_matrix(pd.DataFrame({"a": [True, False]})).tolist() == [[1.0], [0.0]]
    assert check_matrix([["1.5", "2"]]).tolist() == [[1.5, 2.0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones(3), "1 dimension"),
        (np.ones((2, 2, 2)), "3 dimension"),
        (np.empty((3, 0)), "no columns"),
        ([[1.0, np.nan]], "Row 0, column 1 is missing"),
        ([[1.0, -np.inf]], "Row 0, column 1 is -inf"),
        ([[1.0], [1e300]], "Row 1, column 0 is 1e[+]300"),
        ([["a", 1]], r"Row 0, column 0 \('a'\) is not a number"),
        ([[1 + 2j]], "Complex"),
        (pd.DataFrame({"d": pd.date_range("2026", periods=2)}), "Dates"),
        (pd.DataFrame({"flow": [1.0, np.nan]}), "Row 1, column 'flow' is missing"),
        (np.array([["x" * 100]], dtype=object), "…"),
        (np.array(["a"], dtype=object), "Row 0"),
    ],
)
def test_what_cannot_be_used_is_named(values: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_matrix(values)


def test_rows_and_columns_are_counted() -> None:
    with pytest.raises(DataError, match="fitted on 3 columns, found 2"):
        check_matrix(np.ones((2, 2)), columns=3)
    with pytest.raises(DataError, match="At least 5 rows"):
        check_matrix(np.ones((2, 2)), min_rows=5)


def test_scores_must_be_finite_and_as_many_as_rows() -> None:
    assert check_scores([1, 2], 2, "x").tolist() == [1.0, 2.0]
    with pytest.raises(DataError, match="3 scores for 2 rows"):
        check_scores([1, 2, 3], 2, "x")
    with pytest.raises(DataError, match="first: row 1"):
        check_scores([1, np.nan], 2, "x")
