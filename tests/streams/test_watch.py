"""A monitor that is killed and goes on says what one says that was never disturbed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.core.errors import StoreError
from workbench.store.database import writing
from workbench.store.monitors import MONITORS
from workbench.streams import watch as watch_module
from workbench.streams.watch import Lost

from ._watching import Watched, differ, once

SHAPE = {"time": "time", "entity": "pump", "features": ["flow", "heat"], "lateness": 5.0}


def table(rows: int = 3_000, seed: int = 0) -> pd.DataFrame:
    """Two pumps with spikes, a stuck sensor, a fifth late and a fifth twice, as they arrive."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "time": pd.Timestamp("2026-11-01", tz="UTC") + pd.to_timedelta(np.arange(rows), "s"),
            "pump": rng.choice(["a", "b"], rows),
            "flow": rng.normal(12, 0.3, rows), "heat": rng.normal(61, 0.8, rows),
        }
    )  # fmt: skip
    frame.loc[rng.choice(np.arange(500, rows), 12, replace=False), "flow"] = 30.0
    frame.loc[1_500:1_620, "heat"] = 60.0
    frame.loc[2_000:2_012, "flow"] = 40.0
    arrival = np.arange(rows) + np.where(rng.random(rows) < 0.2, rng.uniform(0, 4, rows), 0.0)
    twice = rng.choice(rows, rows // 5, replace=False)
    when = np.concatenate([arrival, arrival[twice] + rng.uniform(0, 3, len(twice))])
    what = np.concatenate([np.arange(rows), twice])
    return frame.iloc[what[np.argsort(when, kind="stable")]].reset_index(drop=True)


def cut(frame: pd.DataFrame, rng: np.random.Generator, parts: int) -> list[pd.DataFrame]:
    at = np.sort(rng.integers(0, len(frame), parts - 1))
    ends = [0, *at.tolist(), len(frame)]
    return [frame.iloc[a:b] for a, b in zip(ends, ends[1:], strict=False) if b > a]


@pytest.mark.parametrize("seed", [0, 1, pytest.param(2, marks=pytest.mark.bars)])
@pytest.mark.parametrize("detector", ["ewma", "half_space_trees"])
def test_however_often_it_is_killed_it_finds_the_same_bit_for_bit(
    seed: int, detector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(watch_module, "KEEP_POINTS", 700)
    watched = Watched(SHAPE, detector=detector)
    frame, kills = table(seed=seed), 0
    watch: Any = None
    for part in cut(frame, rng, 40):
        watched.take(part)
        if watch is None or rng.random() < 0.4:
            watch, kills = watched.watch(), kills + 1
        if rng.random() < 0.7:
            watch.step()
    while watch.step():
        pass
    found = watched.found()
    assert differ(found, once(watched, frame)) == []
    rules = {told[0] for told in found[1].values()}
    assert rules >= ({"anomaly", "stuck", "thrice"} if detector == "ewma" else {"stuck"})
    print(f"{kills} kills, {len(found[0])} points, {len(found[1])} firings")


def test_a_step_is_kept_again_where_the_database_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    watched, frame = Watched(SHAPE), table()
    watched.take(frame)
    watch = watched.watch()
    add = watch_module.add_points

    def away(*told: Any) -> None:
        raise StoreError("away")

    monkeypatch.setattr(watch_module, "add_points", away)
    for _ in range(3):
        with pytest.raises(StoreError):
            watch.step()
    monkeypatch.setattr(watch_module, "add_points", add)
    while watch.step():
        pass
    assert differ(watched.found(), once(watched, frame)) == []


def test_a_step_whose_keeping_was_not_heard_of_is_not_kept_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched, frame = Watched(SHAPE), table()
    watched.take(frame)
    watch = watched.watch()
    real = watch_module.writing

    class Unheard:
        """Keeps, and then the connection is cut before it could say so."""

        def __enter__(self) -> Any:
            self._inside = real()
            return self._inside.__enter__()

        def __exit__(self, *error: Any) -> None:
            self._inside.__exit__(*error)
            if error[0] is None:
                raise StoreError("the connection was cut")

    monkeypatch.setattr(watch_module, "writing", Unheard)
    with pytest.raises(StoreError):
        watch.step()
    monkeypatch.setattr(watch_module, "writing", real)
    while watch.step():
        pass
    assert differ(watched.found(), once(watched, frame)) == []


def test_who_watches_no_longer_keeps_nothing() -> None:
    watched = Watched(SHAPE)
    watched.take(table())
    old, new = watched.watch("old"), watched.watch("new")
    with pytest.raises(Lost):
        old.step()
    assert new.step()


def test_two_with_one_claim_do_not_keep_a_step_twice() -> None:
    watched, frame = Watched(SHAPE), table()
    watched.take(frame.iloc[:1_000])
    one, other = watched.watch(), watched.watch()
    one.step()
    watched.take(frame.iloc[1_000:])
    with pytest.raises(Lost):
        other.step()
    one.step()
    assert differ(watched.found(), once(watched, frame)) == []


def test_silence_is_told_also_where_nothing_came_since_it_was_started_again() -> None:
    watched = Watched(SHAPE, rules=[{"rule": "missing", "seconds": 1.0}])
    watched.take(table())
    watch = watched.watch()
    while watch.step():
        pass
    again = watched.watch()
    assert again._arrived is None
    again._since = datetime.now(UTC) - timedelta(seconds=5)
    again._ticked -= 10
    again.step()
    assert [told[1] for told in watched.found()[1].values()] == ["missing"]


def test_a_firing_about_silence_is_owed_until_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(SHAPE, rules=[{"rule": "missing", "seconds": 1.0}])
    watched.take(table())
    watch = watched.watch()
    while watch.step():
        pass
    watch._arrived = datetime.now(UTC) - timedelta(seconds=5)
    watch._ticked -= 10
    real = watch_module.writing

    def away() -> Any:
        raise StoreError("away")

    monkeypatch.setattr(watch_module, "writing", away)
    with pytest.raises(StoreError):
        watch.step()
    monkeypatch.setattr(watch_module, "writing", real)
    watch._ticked -= 10
    watch.step()
    assert len(watched.found()[1]) == 1


def test_records_that_wait_for_others_get_their_turn_when_none_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched, frame = Watched(SHAPE), table()
    watched.take(frame)
    watch = watched.watch()
    while watch.step():
        pass
    assert len(watch.time) > 0
    watch._heard -= 60
    watch._ticked -= 10
    watch.step()
    watch = watched.watch()  # what was said of silence is kept too
    watch.step()
    assert len(watch.time) == 0
    assert len(watched.found()[0]) == frame["time"].nunique()


def test_what_it_came_to_is_gone_further_only_from_where_it_was() -> None:
    watched = Watched(SHAPE)
    watched.take(table())
    watch = watched.watch()
    with writing() as connection:
        connection.execute(MONITORS.update().values(done=999))
    with pytest.raises(Lost):
        watch.step()
