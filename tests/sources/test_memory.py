"""Objects in memory are taken as they are, and never changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from workbench.core.errors import DataError, ParameterError
from workbench.sources import read

SAME = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})


@pytest.mark.parametrize(
    "source",
    [
        SAME,
        pl.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}),
        pl.LazyFrame({"a": [1, 2], "b": [0.5, 1.5]}),
        pa.table({"a": [1, 2], "b": [0.5, 1.5]}),
        {"a": [1, 2], "b": [0.5, 1.5]},
        [{"a": 1, "b": 0.5}, {"a": 2, "b": 1.5}],
        np.array([(1, 0.5), (2, 1.5)], dtype=[("a", "i8"), ("b", "f8")]),
    ],
    ids=lambda source: f"{type(source).__module__}.{type(source).__name__}",
)
def test_every_kind_of_table_gives_the_same_frame(source: Any) -> None:
    pd.testing.assert_frame_equal(read(source).frame, SAME)


def test_arrays_get_counted_columns() -> None:
    assert list(read(np.zeros((3, 2))).frame.columns) == ["x1", "x2"]
    assert list(read(np.zeros(3)).frame.columns) == ["x1"]
    assert read([[1, 2], [3, 4], [5, 6]]).frame.shape == (3, 2)


def test_a_series_keeps_its_name() -> None:
    assert list(read(pd.Series([1, 2], name="flow")).frame.columns) == ["flow"]
    assert list(read(pd.Series([1, 2])).frame.columns) == ["value"]


def test_an_index_of_times_becomes_a_column() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2024", periods=2))
    table = read(frame)
    assert list(table.frame.columns) == ["time", "a"]
    assert any("index" in notice for notice in table.notices)
    assert list(frame.columns) == ["a"]
    assert frame.index.name is None


def test_labels_of_rows_stay_the_index() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=["p", "q"])
    assert list(read(frame).frame.index) == ["p", "q"]


def test_names_become_unique_strings() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", 7])
    assert list(read(frame).frame.columns) == ["a", "a_2", "7"]
    assert list(frame.columns) == ["a", "a", 7]


def test_a_name_can_be_given() -> None:
    assert read(SAME, name="pumps").name == "pumps"
    assert read(SAME).name == "table"


@pytest.mark.parametrize("source", [pd.DataFrame(), {}, [], {"a": []}, np.zeros((0, 3))])
def test_nothing_is_refused(source: Any) -> None:
    with pytest.raises(DataError, match="nothing to look at"):
        read(source)


@pytest.mark.parametrize("source", [{"a": [1], "b": [1, 2]}, [[1, 2], [3]]])
def test_ragged_objects_are_refused(source: Any) -> None:
    with pytest.raises(DataError, match="one length"):
        read(source)


@pytest.mark.parametrize("source", [object(), 5, None, b"abc"])
def test_what_is_no_table_is_refused(source: Any) -> None:
    with pytest.raises(ParameterError, match="Pass a path, a DataFrame"):
        read(source)


def test_arrays_of_three_dimensions_are_refused() -> None:
    with pytest.raises(ParameterError, match="found 3"):
        read(np.zeros((2, 2, 2)))
