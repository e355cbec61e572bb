import numpy as np
import pandas as pd
import pytest

from workbench.core.explanation import Contribution
from workbench.explainers.expectation import Expectation, learn_expectations, show_number
from workbench.explainers.sentence import show_value, write_sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.567, "1,235"),
        (0.00012345, "0.000123"),
        (3.0, "3"),
        (-1500.0, "-1,500"),
        (12.3456, "12.3"),
        (1e9, "1e+09"),
        (float("nan"), "missing"),
        (float("inf"), "inf"),
        ("x", "x"),
    ],
)
def test_numbers_are_readable_at_any_size(value: object, text: str) -> None:
    assert show_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "missing"),
        (pd.NaT, "missing"),
        (np.nan, "missing"),
        (pd.Timestamp("2026-03-01 10:00"), "2026-03-01 10:00"),
        (np.float64(2.5), "2.5"),
        (True, "True"),
        ("a" * 80, "a" * 57 + "…"),
    ],
)
def test_values_are_readable(value: object, text: str) -> None:
    assert show_value(value) == text


def test_a_range_holds_nearly_all_normal_rows() -> None:
    expected = learn_expectations(pd.DataFrame({"x": np.arange(101.0)}), ("x",))["x"]
    assert (expected.low, expected.high) == (1.0, 99.0)
    assert expected.fits(50)
    assert not expected.fits(100)
    assert not expected.fits(np.nan)
    assert expected.words() == "1 to 99"


def test_categories_and_dates_are_expected_too() -> None:
    frame = pd.DataFrame(
        {"c": ["a"] * 60 + ["b"] * 39 + ["c"], "d": pd.date_range("2026-01-01", periods=100)}
    )
    found = learn_expectations(frame, ("c", "d"))
    assert found["c"].words() == "a, b"
    assert found["c"].fits("b")
    assert not found["c"].fits("c")
    assert found["d"].words() == "2026-01-01 to 2026-04-09"
    assert found["d"].fits(pd.Timestamp("2026-02-01"))
    assert Expectation("category", categories=("a", "b", "c", "d")).words() == "a, b, c …"
    assert Expectation("numeric", 5.0, 5.0).words() == "5"
    assert learn_expectations(pd.DataFrame({"e": [np.nan, np.inf]}), ("e",))["e"].low is None


def part(feature: str, share: float, unusual: bool = True, remark: str = "") -> Contribution:
    return Contribution(feature, 9.0, share, share, 1.0, 2.0, "1 to 2", unusual, remark)


def test_the_sentence_names_at_most_three_reasons() -> None:
    text = write_sentence("Row 1", True, [part(name, 0.25) for name in "abcd"], "")
    assert text.count("expected") == 3


def test_a_remark_replaces_the_talk_of_combinations() -> None:
    parts = [part("flow", 0.9, unusual=False, remark="it hardly moves"), part("x", 0.1)]
    text = write_sentence("Row 1", True, parts, "3 to 4")
    assert text == "Row 1 stands out: flow is 9, it hardly moves (90 % of the reason)."


def test_no_reason_at_all_is_still_a_sentence() -> None:
    assert write_sentence("Row 1", True, [], "") == "Row 1 stands out."
