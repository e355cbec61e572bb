"""The same functions on a cluster of Dask's with two workers: the same results, nothing left."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from _tables import ODD, ROWS, numbers, table, write

import workbench as wb
from workbench.core.errors import Cancelled, DataError, ParameterError
from workbench.scaling.cluster import Cluster, connected

#: How long anything may take that should take a second.
PATIENCE = 60.0


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of two workers in processes of their own, as `dask worker` starts them."""
    import distributed

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", silence_logs="CRITICAL",
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as found,
    ):  # fmt: skip
        yield found


def nothing_left(client: Any) -> bool:
    """Wait until the scheduler holds no task; returns whether it came to that."""
    until = threading.Event()
    for _ in range(200):
        if not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
            return True
        until.wait(0.05)
    return False


@pytest.mark.usefixtures("few_rows")
@pytest.mark.parametrize("name", ["hbos", "ecod", "iforest", "pca"])
def test_two_workers_give_the_scores_of_this_machine(
    name: str, client: Any, tmp_path: Path
) -> None:
    path = write(table(), tmp_path)
    here = wb.detect(path, name, memory="1GB", out=tmp_path / "here.parquet")
    there = wb.detect(path, name, client=client, out=tmp_path / "there.parquet")
    scores = [pq.read_table(tmp_path / f"{one}.parquet")["score"] for one in ("here", "there")]
    if name == "pca":  # sums in another order
        np.testing.assert_allclose(*scores, rtol=1e-9)
    else:
        assert scores[0].equals(scores[1])
    assert there.flagged == here.flagged
    assert there.anomalies.equals(here.anomalies) or name == "pca"
    assert "cluster of 2 workers" in there.engine
    assert there.dashboard.startswith("http://127.0.0.1:")
    assert there.dashboard in there._repr_html_()
    assert nothing_left(client)


@pytest.mark.usefixtures("few_rows")
def test_a_frame_of_dasks_is_data_like_any_other(client: Any, tmp_path: Path) -> None:
    import dask.dataframe as dd

    path = write(table(), tmp_path)
    frame = dd.from_pandas(table(), npartitions=5)
    there = wb.detect(frame, "hbos", client=client, out=tmp_path / "there.parquet")
    here = wb.detect(path, "hbos", memory="1GB", out=tmp_path / "here.parquet")
    assert pq.read_table(tmp_path / "there.parquet").equals(
        pq.read_table(tmp_path / "here.parquet")
    )
    assert there.flagged == here.flagged
    assert set(ODD) <= set(there.anomalies["row"])
    data = wb.scan(frame, label=None, client=client, exclude=["state"])
    assert "state" not in data.features
    assert len(data) == ROWS
    batches = list(wb.detect(data, "loda").batches())
    assert sum(map(len, batches)) == ROWS


@pytest.mark.usefixtures("few_rows")
def test_a_worker_that_is_killed_half_way_changes_nothing(client: Any, tmp_path: Path) -> None:
    path = write(table(), tmp_path)
    expected = wb.detect(path, "hbos", memory="1GB", out=tmp_path / "here.parquet")
    killed: list[int] = []

    def kill(share: float, stage: str) -> None:
        if stage == "scoring" and share > 0.85 and not killed:
            victim = next(iter(client.run(os.getpid).values()))
            killed.append(victim)
            os.kill(victim, signal.SIGKILL)

    found = wb.detect(
        path, "hbos", client=client, out=tmp_path / "there.parquet", progress=wb.Progress(kill)
    )
    assert killed
    assert pq.read_table(tmp_path / "there.parquet").equals(
        pq.read_table(tmp_path / "here.parquet")
    )
    assert found.flagged == expected.flagged
    client.wait_for_workers(2, timeout=PATIENCE)


@pytest.mark.usefixtures("few_rows")
@pytest.mark.parametrize("stage", ["counting", "scoring"])
def test_cancelling_leaves_no_task_and_no_file(stage: str, client: Any, tmp_path: Path) -> None:
    path = write(table(), tmp_path)
    progress = wb.Progress(lambda _, now: progress.cancel() if now == stage else None)
    with pytest.raises(Cancelled):
        wb.detect(path, "hbos", client=client, out=tmp_path / "s.parquet", progress=progress)
    assert [one.name for one in tmp_path.iterdir()] == ["table.parquet"]
    assert nothing_left(client)


def test_an_error_of_a_worker_is_said_here(client: Any, tmp_path: Path) -> None:
    frame = numbers().head(400)
    model = wb.detect(frame, "hbos").model
    words = frame.assign(flow="broken pipe")
    with pytest.raises(DataError, match="Column 'flow' held numbers in training"):
        model.score(write(words, tmp_path), client=client)
    assert nothing_left(client)


def test_comparing_on_workers_is_comparing(client: Any) -> None:
    data = wb.load("sample:breast-cancer")
    ways = ["ecod", "hbos", ("knn", {"n_neighbors": 7}), "matrix_profile"]
    there = wb.compare(data, ways, client=client)
    here = wb.compare(data, ways)
    pd.testing.assert_frame_equal(there.scores, here.scores)
    assert there.failures == here.failures
    assert there.dataset is data or there.dataset.frame is data.frame
    assert there.detections["ecod"].explain(3).score == here.detections["ecod"].explain(3).score


def test_trials_on_workers_are_trials(client: Any) -> None:
    data = wb.load("sample:breast-cancer")
    there = wb.tune(data, 6, detectors=["ecod", "hbos", "lof"], client=client)
    assert len(there.trials) == 6
    assert all(trial.state == "done" for trial in there.trials)
    # The defaults come first in both, and are judged by the same parts.
    here = wb.tune(data, 3, detectors=["ecod", "hbos", "lof"])
    values = {one.detector: one.value for one in there.trials if not one.params}
    assert values == {one.detector: one.value for one in here.trials}


def test_what_runs_on_a_cluster_is_an_execution(client: Any) -> None:
    cluster = Cluster(client)
    assert cluster.workers == 2
    assert cluster.map(abs, [-1, 2, -3]) == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        cluster.map(lambda item: 1 / item, [1, 0, 2])
    seen: list[float] = []
    cluster.map(abs, [1, 2], progress=wb.Progress(lambda share, _: seen.append(share)))
    assert seen[-1] == 1.0


def test_an_address_leads_there_and_a_wrong_one_is_said(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(client.scheduler.address) as found:
        assert len(found.scheduler_info()["workers"]) == 2
    assert client.status == "running"
    with pytest.raises(ParameterError, match="client must be"), connected(42):
        pass
    monkeypatch.setattr("workbench.scaling.cluster.PATIENCE_SECONDS", 1.0)
    with (
        pytest.raises(ParameterError, match=r"No scheduler answers at 'tcp://127\.0\.0\.1:9'"),
        connected("tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize("words", ["detect", "compare --detectors ecod,hbos", "tune", "score"])
def test_each_command_speaks_to_the_scheduler_that_it_is_told(words: str, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from workbench.cli.app import app

    command, *more = words.split()
    if command == "score":
        more = [str(wb.save(wb.detect("sample:breast-cancer", "hbos"), tmp_path / "model.wb"))]
    line = [command, *more, "sample:breast-cancer", "--scheduler", "nowhere://here"]
    error = CliRunner().invoke(app, line).exception
    assert isinstance(error, ParameterError)
    assert "No scheduler answers at 'nowhere://here'" in str(error)


def test_workers_of_our_own_end_with_the_work(tmp_path: Path) -> None:
    import psutil

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    found = wb.detect(write(numbers(), tmp_path), "hbos", client="local", memory="2GB")
    assert set(ODD) <= set(found.anomalies["row"])
    after = {child.pid for child in psutil.Process().children(recursive=True)}
    names = {psutil.Process(pid).name() for pid in after - before if psutil.pid_exists(pid)}
    trackers = [pid for pid in after - before if "resource_tracker" in _command(pid)]
    assert len(after - before) == len(trackers), names


def _command(pid: int) -> str:
    import psutil

    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return "resource_tracker"
