"""Data that are there already, played back."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.core.errors import DataError
from workbench.streams.base import Surroundings
from workbench.streams.sources.replay import Replay

from ._loop import in_a_thread
from ._reading import read, resumes


def around(frame: pd.DataFrame) -> Surroundings:
    return Surroundings(lambda name: frame)


def table(rows: int = 40, step: str = "s") -> pd.DataFrame:
    times = pd.date_range("2026-01-01", periods=rows, freq=step)
    return pd.DataFrame({"at": times, "v": np.arange(rows)})


def test_data_are_given_from_any_place_in_the_order_of_time() -> None:
    data = around(table().sample(frac=1.0, random_state=0))
    rows = resumes(lambda: Replay("d", "at", speed=0, rows=7), 40, data)
    assert [row["v"] for row in rows] == list(range(40))


def test_history_comes_at_once_and_the_rest_at_its_pace() -> None:
    _, places = read(Replay("d", "at", speed=20, history=25), 40, around=around(table()))
    assert places[0][0] == 25
    assert len(places) > 2


def test_it_is_as_fast_as_was_asked() -> None:
    async def work() -> float:
        start = asyncio.get_running_loop().time()
        async for _ in Replay("d", "at", speed=39).batches(None, around(table())):
            pass
        return asyncio.get_running_loop().time() - start

    took = in_a_thread(work())
    print(f"39 s at 39 times the speed took {took:.2f} s")
    assert took > 0.9


def test_played_again_times_go_on_without_one_twice() -> None:
    frame = pd.concat([table(10), table(10)], ignore_index=True)  # two pumps at each time
    rows, _ = read(Replay("d", "at", speed=0, again=True), 60, around=around(frame))
    times = pd.Series([row["at"] for row in rows[:60]])
    assert times.is_monotonic_increasing
    assert times.value_counts().max() == 2
    assert times[20] - times[19] == pd.Timedelta(1, "s")


def test_a_replay_that_has_ended_ends_again() -> None:
    assert (
        read(Replay("d", "at", speed=0), 99, {"row": 40, "turn": 0}, around=around(table()))[0]
        == []
    )


def test_rows_without_a_time_get_that_at_which_they_come() -> None:
    frame = table().drop(columns="at")
    before = pd.Timestamp.now("UTC")
    rows, places = read(Replay("d", speed=100), 40, around=around(frame))
    times = pd.Series([row["time"] for row in rows])
    assert times.is_unique
    assert times.is_monotonic_increasing
    assert times[0] >= before
    assert times[39] - times[0] == pd.Timedelta(0.39, "s")
    rest, _ = read(Replay("d", speed=100), 5, places[0][1], around=around(frame))
    assert rest[0]["time"] > times[places[0][0] - 1]


def test_times_that_are_numbers_and_times_that_cannot_be_read_stop_nothing() -> None:
    frame = pd.DataFrame({"at": [1_767_225_600, 1_767_225_601, None], "v": [1, 2, 3]})
    rows, _ = read(Replay("d", "at", speed=0), 3, around=around(frame))
    assert rows[1]["at"] == pd.Timestamp("2026-01-01 00:00:01", tz="UTC")
    assert pd.isna(rows[2]["at"])


def test_a_column_that_is_not_there_is_said() -> None:
    with pytest.raises(DataError, match="no column 'when'"):
        read(Replay("d", "when"), 1, around=around(table()))


def test_samples_are_played_back_too() -> None:
    rows: list[dict[str, Any]] = read(Replay("sample:pump", "timestamp", speed=0, rows=100), 100)[0]
    assert len(rows) == 100
