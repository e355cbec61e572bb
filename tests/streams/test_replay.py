"""Real series through a monitor, in random cuts, say what one pass over them says."""

from __future__ import annotations

import csv
import json
import os
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ._watching import Watched, differ, once

#: Where the full count notes how far it is, so that an interrupted run goes on.
PROGRESS = Path(os.environ.get("WORKBENCH_REPLAYS", tempfile.gettempdir()))
SHAPE = {"time": "time", "features": ["value"], "lateness": 0.0}
#: Each with a threshold from which on it says something.
DETECTORS = {"ewma": 1e-4, "half_space_trees": 1e-2, "online_loda": 1e-2}


def paths(folder: Path) -> list[str]:
    """Return the paths of all series of NAB and of Microsoft's cloud monitoring."""
    with (folder / "index.csv").open() as index:
        return [
            line["path"] for line in csv.DictReader(index)
            if line["path"].startswith(("ts_uni/nab/", "ts_uni/mscloud/"))
        ]  # fmt: skip


def read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path)
    names = {name.lower(): name for name in frame.columns}
    time = pd.to_datetime(frame[names["timestamp"]], utc=True)
    value = pd.to_numeric(frame[names["value"]], errors="coerce")
    return pd.DataFrame({"time": time, "value": value}).sort_values("time", kind="stable")


def replayed(folder: Path, path: str, detector: str) -> tuple[int, int, list[str]]:
    """Watch a series in random cuts; return points, firings, and what differs from one pass."""
    rng = np.random.default_rng(zlib.crc32(path.encode()))
    frame = read(folder / path).dropna().reset_index(drop=True)
    watched = Watched(SHAPE, detector=detector, judging={"rate": DETECTORS[detector]})
    ends = np.unique(np.r_[0, rng.integers(0, len(frame), 25), len(frame)])
    watch = watched.watch()
    for start, end in zip(ends, ends[1:], strict=False):
        watched.take(frame.iloc[start:end])
        if rng.random() < 0.5:
            watch.step()
        if rng.random() < 0.1:
            watch = watched.watch()  # as after a kill
    while watch.step():
        pass
    found = watched.found()
    return len(found[0]), len(found[1]), list(differ(found, once(watched, frame)))


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_sample_of_real_series_gives_the_same_alerts_as_one_pass(
    shared_data: Path, detector: str
) -> None:
    some = np.random.default_rng(6).choice(paths(shared_data), 2, replace=False)
    for path in some.tolist():
        points, firings, wrong = replayed(shared_data, path, detector)
        print(f"{path} {detector}: {points} points, {firings} firings")
        assert wrong == []
        assert points > 0


@pytest.mark.bars
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("detector", DETECTORS)
def test_every_real_series_gives_the_same_alerts_as_one_pass(
    shared_data: Path, detector: str
) -> None:
    notes = PROGRESS / f"workbench-replays-{detector}.json"
    done = json.loads(notes.read_text()) if notes.exists() else {}
    for path in paths(shared_data):
        if path not in done:
            done[path] = replayed(shared_data, path, detector)
            notes.write_text(json.dumps(done))
    points, firings = (sum(one[place] for one in done.values()) for place in (0, 1))
    print(f"{detector}: {len(done)} series, {points:,} points, {firings:,} firings, all the same")
    assert {path: told[2] for path, told in done.items() if told[2]} == {}
    notes.unlink()
