"""Labels belong to the data, steer learning, and the next questions are worth asking."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import DataError, ParameterError


@pytest.fixture
def found() -> wb.Detection:
    return wb.detect("sample:breast-cancer", "ecod")


def test_labels_come_back_as_a_table_with_author_and_time(
    found: wb.Detection, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = found.label(289, "anomaly", comment=" huge cell ", tag="size", author="ann")
    assert (said.row, said.comment) == (289, "huge cell")
    found.label(3, "normal", author="bob")
    table = found.labels
    assert list(table.columns) == ["row", "verdict", "tag", "comment", "author", "time"]
    assert table["row"].tolist() == [289, 3]
    assert (pd.Timestamp.now("UTC") - table["time"].max()).total_seconds() < 60


def test_every_detection_on_the_same_data_sees_them(found: wb.Detection) -> None:
    found.label(5, "normal")
    assert wb.detect("sample:breast-cancer", "hbos").labels["row"].tolist() == [5]
    assert wb.detect("sample:glucose", "hbos").labels.empty


def test_what_was_said_can_be_taken_back(found: wb.Detection) -> None:
    found.label(5, "normal")
    found.label(5, None)
    assert found.labels.empty


def test_a_row_that_is_not_there_gets_no_label(found: wb.Detection) -> None:
    with pytest.raises(ParameterError, match="There is no row 100000"):
        found.label(100_000, "anomaly")
    assert found.labels.empty


def test_learning_takes_the_stored_labels_without_the_unsure(found: wb.Detection) -> None:
    with pytest.raises(DataError, match="labels of both kinds"):
        wb.learn(found)
    truth = found.dataset.frame["is_anomaly"].to_numpy() > 0
    for row in range(120):
        found.label(row, "anomaly" if truth[row] else "normal")
    found.label(0, "unsure")
    learned = wb.learn(found)
    gain = learned.provenance["learning"]
    assert gain["labelled"] == 119
    assert gain["after"] >= gain["before"] - 0.05
    assert "held out" in learned.reason


def test_the_next_questions_are_not_yet_answered_and_differ(found: wb.Detection) -> None:
    first = found.suggest(6)
    assert len(set(first["row"])) == 6
    assert first["row"].iloc[0] == int(found.scores.to_numpy().argmax())
    for row in first["row"]:
        found.label(row, "anomaly")
    assert not set(found.suggest(6)["row"]) & set(first["row"])
    with pytest.raises(ParameterError, match="at least 1"):
        found.suggest(0)


def test_a_stretch_of_a_series_is_one_question() -> None:
    found = wb.detect("sample:pump", "seasonal_residual")
    asked = found.suggest(8)["row"].to_numpy()
    for item in found.records:
        assert np.isin(asked, item.rows).sum() <= 1
    found.label(found.records[0].rows[0], "anomaly")
    assert found.records[0].peak not in found.suggest(8)["row"].to_numpy()


def test_asking_where_it_teaches_beats_asking_at_random() -> None:
    data = wb.load("sample:breast-cancer")
    truth = data.frame["is_anomaly"].to_numpy(dtype=float)

    def odd_found(rows: np.ndarray) -> float:
        return truth[rows].mean()

    found = wb.detect(data, "ecod")
    asked = found.suggest(20)["row"].to_numpy()
    at_random = np.random.default_rng(0).choice(len(truth), 20, replace=False)
    assert odd_found(asked) > odd_found(at_random)
