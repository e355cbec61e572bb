"""A runner does what waits, tells how far it is, stops when asked, and says how it ended."""

from __future__ import annotations

import logging
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.jobs._watch import PATIENCE, QUICK, Watch
from workbench.core.errors import ColumnError, ParameterError
from workbench.core.job import Job
from workbench.core.progress import Progress
from workbench.jobs.queue import ask_cancel, find_job, list_jobs, submit
from workbench.jobs.runner import Runner
from workbench.store import claims
from workbench.store.database import writing

pytestmark = pytest.mark.usefixtures("any_database")


class Held:
    """Work that begins, goes on when it may, and takes steps until it is stopped."""

    def __init__(self, result: dict[str, Any] | None = None) -> None:
        self.result = result
        self.begun, self.may, self.ended, self.never = (threading.Event() for _ in range(4))

    def __call__(self, job: Job, progress: Progress) -> dict[str, Any]:
        self.begun.set()
        try:
            assert self.may.wait(PATIENCE)
            while self.result is None:
                progress.step(0.5, "turning")
                self.never.wait(0.01)
            return self.result
        finally:
            self.ended.set()


def result_of(work: Any, **options: Any) -> tuple[Job, Watch]:
    watch = Watch()
    with Runner({"work": work}, 1, on_change=watch, pace=QUICK, **options):
        job = watch.over(submit("work", {"rows": 3}, "ann"))
    assert find_job(job.id) == job
    return job, watch


def test_work_is_done_and_its_result_kept() -> None:
    job, watch = result_of(lambda job, progress: {"twice": 2 * job.params["rows"]})
    assert (job.state, job.fraction, job.attempts) == ("done", 1.0, 1)
    assert job.result == {"twice": 6}
    assert job.started is not None
    assert job.finished is not None
    assert job.created <= job.started <= job.finished
    assert [heard.state for heard in watch.heard] == ["running", "done"]


def test_progress_never_goes_back_and_the_last_word_is_kept() -> None:
    watch, goes_on = Watch(), threading.Event()

    def work(job: Job, progress: Progress) -> dict[str, Any]:
        for fraction in (0.2, 0.1, float("nan"), 0.6, 0.4):
            progress.part(0.0, 0.9).step(fraction, f"at {fraction}")
        assert goes_on.wait(PATIENCE)
        progress.step(0.95, "\0 almost \ud800")
        raise ParameterError("no more")

    with Runner({"work": work}, 1, on_change=watch, pace=QUICK):
        job = submit("work", {}, "ann")
        watch.wait(lambda heard: heard.stage == "at 0.4")
        goes_on.set()
        ended = watch.over(job)
    fractions = [heard.fraction for heard in watch.heard]
    assert fractions == sorted(fractions)
    assert (ended.fraction, ended.stage) == (0.95, "  almost ?")
    assert find_job(job.id) == ended


def test_thousands_of_steps_cost_few_notes() -> None:
    def work(job: Job, progress: Progress) -> dict[str, Any]:
        for step in range(20_000):
            progress.step(step / 20_000, "counting")
        return {}

    watch = Watch()
    with Runner({"work": work}, 1, on_change=watch, schedules=False):  # at its usual pace
        watch.over(submit("work", {}, "ann"))
    seconds = (watch.heard[-1].finished - watch.heard[0].started).total_seconds()  # type: ignore[operator]
    assert len(watch.heard) <= 3 + 2 * seconds


def test_an_error_of_the_house_is_told_in_its_words() -> None:
    def work(job: Job, progress: Progress) -> dict[str, Any]:
        raise ColumnError("Column 'tmep' is not in pump.csv. Did you mean 'temp'?")

    job, _ = result_of(work)
    detail = "Column 'tmep' is not in pump.csv. Did you mean 'temp'?"
    assert (job.state, job.error) == ("failed", {"title": "ColumnError", "detail": detail})


def test_an_error_may_say_what_the_data_said() -> None:
    def work(job: Job, progress: Progress) -> dict[str, Any]:
        raise ColumnError("Column '\0 \ud800 \U0001f986' is not there.")

    job, _ = result_of(work)
    assert job.error is not None
    assert job.error["detail"] == "Column '\0 \ud800 \U0001f986' is not there."


def test_a_database_that_is_away_for_a_moment_costs_no_result(any_database: str) -> None:
    """The table is not there when the work ends, and is when it is looked for again."""
    work, watch = Held({"rows": 3}), Watch()

    def rename(old: str, new: str) -> None:
        with writing() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")

    caught = _Caught("cannot be ended")
    logging.getLogger("workbench.jobs").addHandler(caught)
    try:
        with Runner({"work": work}, 1, on_change=watch, pace=QUICK):
            job = submit("work", {}, "ann")
            assert work.begun.wait(PATIENCE)
            rename("jobs", "away")
            work.may.set()
            assert caught.seen.wait(PATIENCE)
            rename("away", "jobs")
            ended = watch.over(job)
    finally:
        logging.getLogger("workbench.jobs").removeHandler(caught)
    assert (ended.state, ended.result) == ("done", {"rows": 3})
    assert find_job(job.id) == ended


class _Caught(logging.Handler):
    """Notes when the log says some words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words, self.seen = words, threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self.words in record.getMessage():
            self.seen.set()


@pytest.mark.parametrize("how", ["raise", "exit", "nan", "list", "object", "too long"])
def test_any_other_error_is_told_to_the_log_alone(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    def work(job: Job, progress: Progress) -> Any:
        if how == "raise":
            raise RuntimeError("the secret path")
        if how == "exit":
            sys.exit(3)
        wrong = {"nan": float("nan"), "object": object(), "too long": "x" * 5_000_001}
        return {"value": wrong[how]} if how in wrong else [1]

    with caplog.at_level(logging.ERROR, "workbench.jobs"):
        job, _ = result_of(work)
    assert (job.state, job.result) == ("failed", None)
    assert job.error is not None
    assert job.error["title"] == "Our fault"
    assert "secret" not in str(job)
    assert job.id in caplog.text
    assert ("the secret path" in caplog.text) == (how == "raise")


def test_a_job_that_runs_is_cancelled_at_its_next_step() -> None:
    watch, work = Watch(), Held()
    with Runner({"work": work}, 1, on_change=watch, pace=QUICK):
        job = submit("work", {}, "ann")
        assert work.begun.wait(PATIENCE)
        work.may.set()
        ask_cancel(job.id)
        ended = watch.over(job)
    assert (ended.state, ended.stage, ended.result) == ("cancelled", "cancelled", None)
    assert find_job(job.id) == ended


def test_work_that_ends_before_it_hears_of_the_cancel_is_done() -> None:
    watch, work = Watch(), Held({"rows": 3})
    with Runner({"work": work}, 1, on_change=watch, pace=QUICK):
        job = submit("work", {}, "ann")
        assert work.begun.wait(PATIENCE)
        ask_cancel(job.id)
        work.may.set()
        assert watch.over(job).state == "done"


def test_a_stop_puts_what_runs_back_unharmed_and_another_runner_does_it() -> None:
    watch, work = Watch(), Held()
    runner = Runner({"work": work}, 1, on_change=watch, pace=QUICK)
    runner.start()
    job = submit("work", {}, "ann")
    assert work.begun.wait(PATIENCE)
    work.may.set()
    runner.stop(PATIENCE)
    back = find_job(job.id)
    assert back is not None
    assert (back.state, back.attempts, back.started, back.fraction) == ("queued", 0, None, 0.0)
    assert watch.heard[-1] == back
    ended, _ = done_by_another(job)
    assert (ended.state, ended.attempts) == ("done", 1)


def done_by_another(job: Job) -> tuple[Job, Watch]:
    watch = Watch()
    with Runner({"work": lambda job, progress: {"by": "another"}}, 1, on_change=watch, pace=QUICK):
        return watch.over(job), watch


def test_what_ends_while_the_runner_stops_has_ended() -> None:
    work = Held({"rows": 3})
    runner = Runner({"work": work}, 1, pace=QUICK)
    runner.start()
    job = submit("work", {}, "ann")
    assert work.begun.wait(PATIENCE)
    stopping = threading.Thread(target=runner.stop, args=(PATIENCE,))
    stopping.start()
    work.may.set()
    stopping.join(PATIENCE)
    found = find_job(job.id)
    assert found is not None
    assert (found.state, found.result) == ("done", {"rows": 3})


def test_what_does_not_stop_in_time_goes_back_and_its_result_is_not_taken() -> None:
    work = Held({"by": "the deaf one"})
    runner = Runner({"work": work}, 1, pace=QUICK)
    runner.start()
    job = submit("work", {}, "ann")
    assert work.begun.wait(PATIENCE)
    runner.stop(0.0)
    ended, _ = done_by_another(job)
    work.may.set()
    for thread in runner._workers:
        thread.join(PATIENCE)
    assert ended.result == {"by": "another"}
    assert find_job(job.id) == ended


def test_what_was_to_be_cancelled_does_not_wait_again_after_a_stop() -> None:
    work = Held({})
    runner = Runner({"work": work}, 1)  # so slow that it does not hear of it
    runner.start()
    job = submit("work", {}, "ann")
    assert work.begun.wait(PATIENCE)
    ask_cancel(job.id)
    runner.stop(0.0)
    found = find_job(job.id)
    work.may.set()
    assert found is not None
    assert found.state == "cancelled"


def test_a_runner_that_lost_its_claim_is_stopped_and_writes_over_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work, watch = Held({"by": "the one that was away"}), Watch()
    with Runner({"work": work}, 1, on_change=watch, pace=QUICK) as runner:
        job = submit("work", {}, "ann")
        assert work.begun.wait(PATIENCE)
        with writing() as connection:  # as another process does it after a long silence
            (back,) = claims.take_back(connection, timedelta(0), 3, {})
            assert back.state == "queued"
            again = claims.claim_job(connection, ["work"], "another's claim")
        assert again is not None
        assert again.attempts == 2
        work.may.set()
        assert work.ended.wait(PATIENCE)
        runner.stop(PATIENCE)
    with writing() as connection:
        ended = claims.end_job(
            connection, job.id, "another's claim", state="done", result={"by": "another"}
        )
    assert ended is not None
    assert ended.result == {"by": "another"}
    assert "taken over" in caplog.text
    assert {heard.state for heard in watch.heard} == {"running"}


def test_work_of_a_kind_that_nobody_knows_waits() -> None:
    unknown = submit("of another version", {}, "ann")
    job, _ = result_of(lambda job, progress: {})
    assert job.state == "done"
    found = find_job(unknown.id)
    assert found is not None
    assert found.state == "queued"


def test_a_listener_that_fails_stops_nothing() -> None:
    watch = Watch()

    def listen(job: Job) -> None:
        watch(job)
        raise RuntimeError("a listener's")

    with Runner({"work": lambda job, progress: {}}, 1, on_change=listen, pace=QUICK):
        assert watch.over(submit("work", {}, "ann")).state == "done"
        assert watch.over(submit("work", {}, "ann")).state == "done"


def test_a_runner_without_workers_does_nothing_and_none_starts_twice() -> None:
    with Runner({"work": lambda job, progress: {}}, 0):
        submit("work", {}, "ann")
    assert [job.state for job in list_jobs().items] == ["queued"]
    runner = Runner({}, 1)
    with runner, pytest.raises(ParameterError, match="started once"):
        runner.start()
