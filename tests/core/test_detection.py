import pandas as pd
import pytest
from hypothesis import strategies as st

from workbench.core.anomaly import band
from workbench.core.dataset import DatasetRecord
from workbench.core.detection import DetectionRecord, Threshold
from workbench.core.severity import SeverityScale

FINITE = st.floats(-1e6, 1e6)


def detection(
    scores: list[float], at: float, frame: pd.DataFrame | None = None, **roles: str
) -> DetectionRecord:
    frame = pd.DataFrame({"x": range(len(scores))}) if frame is None else frame
    kind = "series" if "time" in roles else "tabular"
    data = DatasetRecord(frame, "test", kind, ("x",), **roles)
    series = pd.Series(scores, index=frame.index, dtype=float)
    return DetectionRecord(
        data, series, series, Threshold(at, "manual", {}, ""), SeverityScale(0.0), "knn", {}, 0.0
    )


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (100, "critical"),
        (75, "critical"),
        (74.9, "high"),
        (50, "high"),
        (25, "medium"),
        (3, "low"),
        (2.9, "normal"),
    ],
)
def test_bands_are_named(severity: float, word: str) -> None:
    assert band(severity) == word


def test_rows_above_the_threshold_are_anomalies_and_the_threshold_itself_is_not() -> None:
    found = detection([1, 5, 3, 9], at=3.0)
    assert found.is_anomaly.tolist() == [False, True, False, True]
    assert found.rank.tolist() == [4, 2, 3, 1]
    assert [item.peak for item in found.records] == [3, 1]
    assert found.anomalies["row"].tolist() == [3, 1]


def test_the_table_keeps_every_original_column_even_of_the_same_name() -> None:
    frame = pd.DataFrame({"score": ["a", "b"], "x": [1, 2]})
    table = detection([0, 1], 0.5, frame).table
    assert list(table.columns) == ["score_original", "x", "score", "is_anomaly", "rank", "severity"]
    assert table["score_original"].tolist() == ["a", "b"]


def test_flagged_neighbours_in_time_are_one_anomaly() -> None:
    frame = pd.DataFrame({"t": pd.date_range("2026", periods=12, freq="h"), "x": 0.0})
    scores = [0, 0, 9, 0, 8, 0, 0, 0, 0, 7, 7, 0]
    found = detection(scores, 1.0, frame, time="t")
    assert [(item.start, item.end) for item in found.records] == [(2, 5), (9, 11)]
    assert found.records[0].start_time == frame["t"][2]
    assert found.anomalies["rows"].tolist() == [3, 2]


def test_stretches_follow_the_time_even_when_the_file_does_not() -> None:
    frame = pd.DataFrame({"t": [3, 1, 2, 0], "x": 0.0})
    found = detection([9, 0, 9, 0], 1.0, frame, time="t")
    assert found.order.tolist() == [3, 1, 2, 0]
    assert found.records[0].rows == (2, 0)


def test_anomalies_of_two_entities_are_never_joined() -> None:
    frame = pd.DataFrame({"t": [0, 1, 0, 1], "e": ["a", "a", "b", "b"], "x": 0.0})
    found = detection([0, 9, 9, 0], 1.0, frame, time="t", entity="e")
    assert sorted(item.entity for item in found.records) == ["a", "b"]


def test_ids_are_stable_and_distinct() -> None:
    ids = [[item.id for item in detection([0, 5, 0, 6], 1.0).records] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_no_anomaly_gives_an_empty_table_with_its_columns() -> None:
    found = detection([0, 0], 1.0)
    assert found.records == ()
    assert list(found.anomalies.columns[:3]) == ["id", "row", "score"]
    assert found.bands == {"critical": 0, "high": 0, "medium": 0, "low": 0}


def test_the_fingerprint_tells_data_apart() -> None:
    one = DatasetRecord(pd.DataFrame({"x": [1.0, 2.0]}), "a", "tabular", ("x",))
    same = DatasetRecord(pd.DataFrame({"x": [1.0, 2.0]}), "b", "tabular", ("x",))
    other = DatasetRecord(pd.DataFrame({"x": [1.0, 2.5]}), "a", "tabular", ("x",))
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint
