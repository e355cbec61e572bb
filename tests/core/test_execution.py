from __future__ import annotations

import multiprocessing
import threading

import pytest

from workbench.core.errors import Cancelled, DataError, ParameterError
from workbench.core.execution import (
    Execution,
    blocks,
    processes,
    serial,
    threads,
    worker_count,
)
from workbench.core.progress import Progress
from workbench.core.settings import settings


def square(number: int) -> int:
    return number * number


def refuse_from_two(number: int) -> int:
    if number >= 2:
        raise DataError(f"Item {number} cannot be used.")
    return number


def start_method(_: int) -> str | None:
    return multiprocessing.get_start_method(allow_none=True)


def default_count(_: int) -> int:
    return worker_count()


ENGINES = [serial(), threads(1), threads(3), processes(2)]
NAMES = ["serial", "one thread", "three threads", "two processes"]


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_results_come_in_the_order_of_the_items(engine: Execution) -> None:
    assert engine.map(square, range(7)) == [0, 1, 4, 9, 16, 25, 36]
    assert engine.map(square, []) == []


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_the_first_error_in_order_comes_out_as_it_is(engine: Execution) -> None:
    with pytest.raises(DataError, match="Item 2 cannot"):
        engine.map(refuse_from_two, [0, 1, 2])


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_cancelled_work_does_not_start(engine: Execution) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        engine.map(square, range(5), progress=progress)


def test_cancelling_lets_started_items_finish_and_starts_no_more() -> None:
    progress, started, release = Progress(), threading.Event(), threading.Event()
    seen: list[int] = []

    def work(number: int) -> None:
        seen.append(number)
        started.set()
        assert release.wait(timeout=60)
        # Gives the watching thread its turn: a cancel is seen between two items.
        threading.Event().wait(0.001)

    def cancel_then_release() -> None:
        assert started.wait(timeout=60)
        progress.cancel()
        release.set()

    helper = threading.Thread(target=cancel_then_release)
    helper.start()
    with pytest.raises(Cancelled):
        threads(2).map(work, range(20_000), progress=progress)
    helper.join()
    assert len(seen) < 20_000


def test_two_threads_really_run_at_once() -> None:
    meet = threading.Barrier(2, timeout=60)

    def wait_for_the_other(_: int) -> bool:
        meet.wait()
        return True

    assert threads(2).map(wait_for_the_other, range(2)) == [True, True]


@pytest.mark.parametrize("engine", ENGINES[:3], ids=NAMES[:3])
def test_progress_goes_up_and_names_the_stage(engine: Execution) -> None:
    seen: list[tuple[float, str]] = []
    engine.map(
        square, range(4), progress=Progress(lambda *told: seen.append(told)), stage="growing trees"
    )
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert {stage for _, stage in seen} == {"growing trees"}


def test_processes_are_spawned_not_forked() -> None:
    assert processes(1).map(start_method, [0]) == ["spawn"]


def test_a_worker_that_asks_for_threads_gets_one() -> None:
    assert threads(2).map(default_count, range(2)) == [1, 1]


def test_the_default_count_is_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_THREADS", "5")
    settings.cache_clear()
    assert worker_count() == threads().workers == 5


@pytest.mark.parametrize("count", [0, -1, True, 1.5])
def test_a_count_that_cannot_work_is_refused(count: object) -> None:
    with pytest.raises(ParameterError, match="workers"):
        threads(count)  # type: ignore[arg-type]


def test_blocks_cover_everything_once() -> None:
    assert [list(range(10))[part] for part in blocks(10, 4)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]
    assert blocks(0, 4) == []
