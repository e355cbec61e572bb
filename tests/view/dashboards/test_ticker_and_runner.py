"""Behind a dashboard: ticks on the kernel's loop, work in one thread, an honest end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.core.errors import DataError
from workbench.core.progress import Progress
from workbench.view.dashboards.runner import Runner
from workbench.view.dashboards.ticker import Ticker


def in_a_loop(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run in a thread of its own: in this one a browser's loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(main())).result(60)


def without_a_loop(work: Callable[[], None]) -> None:
    """Run where no loop is."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result(60)


def test_a_ticker_calls_until_it_is_told_that_all_is_done() -> None:
    calls: list[int] = []
    done = asyncio.Event()

    def work() -> bool:
        calls.append(len(calls))
        if len(calls) == 3:
            done.set()
        return len(calls) < 3

    async def main() -> None:
        ticker = Ticker(0.0, work)
        ticker.start()
        ticker.start()  # twice is once
        assert ticker.ticking
        await asyncio.wait_for(done.wait(), 30)
        await asyncio.sleep(0)
        assert not ticker.ticking

    in_a_loop(main)
    assert calls == [0, 1, 2]


def test_a_stopped_ticker_calls_no_more_and_can_begin_again() -> None:
    calls: list[str] = []
    twice = asyncio.Event()

    def work() -> bool:
        calls.append("tick")
        if len(calls) == 2:
            twice.set()
        return True

    async def main() -> None:
        ticker = Ticker(0.0, work)
        ticker.start()
        ticker.stop()
        await asyncio.sleep(0)
        assert calls == []
        ticker.start()
        await asyncio.wait_for(twice.wait(), 30)
        ticker.stop()
        assert not ticker.ticking

    in_a_loop(main)


def test_without_a_loop_nothing_is_called() -> None:
    ticker = Ticker(0.0, lambda: True)
    without_a_loop(ticker.start)
    assert not ticker.ticking


def test_work_that_ends_is_handed_on_from_the_loop_itself() -> None:
    shown: list[object] = []
    arrived = asyncio.Event()

    async def main() -> None:
        runner, here = Runner(), threading.current_thread()

        def show(result: object) -> None:
            shown.extend([result, threading.current_thread() is here])
            arrived.set()

        runner.start(lambda progress: 42, show)
        assert runner.stage == "running"
        await asyncio.wait_for(arrived.wait(), 30)
        assert runner.stage == "done"

    in_a_loop(main)
    assert shown == [42, True]


def test_progress_is_told_in_words_and_cancelled_work_shows_nothing() -> None:
    reached, go = threading.Event(), threading.Event()
    shown: list[object] = []

    def work(progress: Progress) -> str:
        progress.step(0.4, "fitting")
        reached.set()
        go.wait(30)
        progress.step(0.8, "scoring")
        return "never"

    runner = Runner()
    runner.start(work, shown.append)
    assert reached.wait(30)
    assert runner.poll()
    assert (runner.words, runner.fraction) == ("fitting", 0.4)
    runner.cancel()
    go.set()
    assert runner.stage == "cancelled"
    assert not runner.poll()
    assert shown == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DataError("Column 'a' is empty. Choose another."), "Column 'a' is empty"),
        (ZeroDivisionError("none"), "Something unexpected happened: ZeroDivisionError: none"),
    ],
)
def test_work_that_breaks_says_so(error: Exception, words: str) -> None:
    def work(progress: Progress) -> None:
        raise error

    runner = Runner()
    runner.start(work, print)
    runner.wait(30)
    assert runner.stage == "failed"
    assert words in runner.words


def test_a_result_that_cannot_be_shown_says_so() -> None:
    def show(result: object) -> None:
        raise KeyError("lanes")

    runner = Runner()
    runner.start(lambda progress: 1, show)
    runner.wait(30)
    assert runner.stage == "failed"
    assert "KeyError" in runner.words


def test_new_work_takes_the_place_of_what_ran_before() -> None:
    go = threading.Event()
    shown: list[object] = []
    runner = Runner()
    runner.start(lambda progress: go.wait(30), shown.append)
    runner.start(lambda progress: "second", shown.append)
    go.set()
    runner.wait(30)
    assert shown == ["second"]
