"""Rows that arrive one batch after the other get the scores that all of them would get at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import DataError
from workbench.view.dashboards.replay import Replay


@pytest.fixture(scope="module")
def replay() -> Replay:
    made = Replay(wb.load("sample:pump"), "seasonal_residual")
    made.learn()
    while made.step(333):
        pass
    return made


def test_most_of_what_is_found_at_once_is_found_live_too(replay: Replay) -> None:
    at_once = replay.found.model.score(replay.data)
    live = replay.found.is_anomaly
    arrived = [item for item in at_once.records if item.start >= replay.first]
    found = [item for item in arrived if live.iloc[list(item.rows)].any()]
    assert len(found) >= len(arrived) - 1


@pytest.mark.parametrize("batch", [7, 100])
def test_where_a_score_depends_on_the_row_alone_batches_do_not_matter(batch: int) -> None:
    replay = Replay(wb.load("sample:breast-cancer"), "ecod")
    replay.learn()
    while replay.step(batch):
        pass
    at_once = replay.found.model.score(replay.data)
    np.testing.assert_allclose(replay.found.scores, at_once.scores, rtol=1e-9)


def test_what_arrives_is_found_and_stands_in_the_lanes(replay: Replay) -> None:
    assert replay.over
    assert replay.at == len(replay.data)
    arrived = [item for item in replay.found.records if item.start >= replay.first]
    assert len(arrived) >= 5
    worst = arrived[0]
    assert replay.severities[0, worst.peak] == pytest.approx(worst.severity, rel=1e-5)
    features = replay.severities[1:, worst.start : worst.end]
    assert features.max() == pytest.approx(worst.severity, rel=1e-5)


def test_a_step_past_the_end_changes_nothing(replay: Replay) -> None:
    before = replay.found
    assert not replay.step(10)
    assert replay.found is before


def test_rows_come_in_the_order_of_time(wave: pd.DataFrame) -> None:
    mixed = wave.sample(frac=1.0, random_state=0)
    replay = Replay(wb.load(mixed, time="timestamp", label="is_anomaly"), "ecod")
    assert replay.data.frame["timestamp"].is_monotonic_increasing
    replay.learn()
    assert replay.step(24)
    assert len(replay.found) == replay.first + 24


def test_a_table_without_times_is_replayed_by_row() -> None:
    replay = Replay(wb.load("sample:breast-cancer"), "ecod")
    replay.learn()
    assert replay.step(50)
    assert replay.found.dataset.time is None


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="needs 100 rows"):
        Replay(wb.load("sample:les-miserables"))
