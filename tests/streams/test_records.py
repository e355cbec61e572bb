"""Records as people send them: what can be used is, what cannot is counted, nothing breaks."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.streams.records import Shape, canonical, from_bytes, to_bytes

TIME = "2026-01-01T00:00:00Z"
MICRO = 1_767_225_600_000_000
SHAPE = Shape(entity="pump", key="id", features=("flow",))


def made(*rows: dict[str, Any]) -> Any:
    return canonical([{"time": TIME, "flow": 1.0, **row} for row in rows], SHAPE)


@pytest.mark.parametrize("odd", [[1], {"a": 1}, "\ud800", 7, 7.5, True])
def test_whatever_names_a_pump_or_a_record_becomes_text(odd: Any) -> None:
    told = made({"pump": odd, "id": odd}, {})
    kept = from_bytes(to_bytes(told.records))
    assert len(kept) == 2
    assert kept.entity[0] == kept.key[0] != ""


def test_a_number_is_the_same_key_beside_records_without_one() -> None:
    alone, beside = made({"id": 7}).records, made({"id": 7}, {}).records
    assert alone.key[0] == beside.key[0] == "7"


def test_a_number_too_large_to_be_one_is_missing() -> None:
    told = made({"flow": 10**400}, {"flow": 2})
    assert told.refused.count == 1
    assert told.records.values.tolist() == [[2.0]]


@pytest.mark.parametrize(
    "times",
    [
        [1_767_225_600, TIME],
        ["1767225600", None],
        ["1767225600", TIME],
        [MICRO // 1_000],
        [MICRO],
        [MICRO * 1_000],
        ["2026-01-01T01:00:00+01:00"],
        ["2026-01-01 00:00:00"],
        [10**400, TIME],
    ],
)
def test_times_may_be_said_in_numbers_and_in_words(times: list[Any]) -> None:
    told = canonical([{"time": time, "flow": 1.0} for time in times], SHAPE)
    assert set(told.records.time.tolist()) == {MICRO}
    assert len(told.records) + told.refused.count == len(times)


def test_a_record_without_fields_is_counted() -> None:
    assert canonical([{}, {}], SHAPE).refused.count == 2
    assert canonical([], SHAPE).refused.count == 0


def test_two_columns_of_one_name_are_refused() -> None:
    table = pa.table([pa.array([1.0]), pa.array([2.0])], names=["flow", "flow"])
    with pytest.raises(DataError, match="same name"):
        canonical(table, SHAPE)


def test_rows_a_frame_and_an_arrow_table_say_the_same() -> None:
    rows = [{"time": TIME, "flow": 1.5, "pump": "a", "id": "1"}]
    frame = pd.DataFrame(rows)
    for told in (rows, frame, pa.Table.from_pandas(frame)):
        kept = canonical(told, SHAPE).records
        assert (kept.time[0], kept.entity[0], kept.key[0], kept.values[0, 0]) == (
            MICRO, "a", "1", 1.5,
        )  # fmt: skip


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)
fields = st.fixed_dictionaries({}, optional=dict.fromkeys(("time", "flow", "pump", "id"), anything))


@given(st.lists(fields, max_size=5))
def test_nothing_that_json_can_say_breaks_the_reading(rows: list[dict[str, Any]]) -> None:
    rows = json.loads(json.dumps(rows))
    try:
        told = canonical(rows, SHAPE)
    except DataError:
        assert not any("time" in row for row in rows)
        return
    kept = from_bytes(to_bytes(told.records))
    assert len(kept) + told.refused.count == len(rows)
    assert np.isfinite(kept.values).all()
