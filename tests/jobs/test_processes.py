"""Several processes on one database: no job twice, none lost, and nobody writes over another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs._watch import PATIENCE, QUICK, Watch
from workbench.core.job import Job
from workbench.core.progress import Progress
from workbench.jobs.queue import find_job, list_jobs, submit
from workbench.jobs.runner import Runner

pytestmark = pytest.mark.usefixtures("any_database")

PROGRAM = Path(__file__).with_name("_program.py")
#: Takes at once what a dead runner left: nobody else lives whose silence could be mistaken.
HASTY = replace(QUICK, silent=1.0)


@contextmanager
def runner_process(
    workers: int, *, silent: float = 30.0, beat: float = 0.1, out: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Start a runner in a process of its own, which is ended with the block at the latest."""
    pipe = subprocess.PIPE
    words = [sys.executable, str(PROGRAM), str(workers), str(silent), str(beat)]
    with subprocess.Popen(words, stdin=pipe, stdout=out, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def begun(process: subprocess.Popen[str]) -> str:
    """Return the id of the next job that the process says it has begun."""
    assert process.stdout is not None
    for line in process.stdout:
        word, _, job = line.strip().partition(" ")
        if word == "begun":
            return job
    raise AssertionError("It has ended: " + (process.stderr.read() if process.stderr else ""))


def here(job: Job, progress: Progress) -> dict[str, str]:
    return {"by": "this one"}


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.bars)])
def test_two_processes_do_all_jobs_and_each_of_them_once(count: int) -> None:
    ordered = {submit("count", {}, f"owner {number % 7}").id for number in range(count)}
    told: dict[str, Counter[str]] = {"begun": Counter(), "done": Counter()}
    end, begin = os.pipe()  # one for both: lines come whole
    with runner_process(2, out=begin) as one, runner_process(2, out=begin) as other:
        os.close(begin)
        with os.fdopen(end, encoding="utf-8") as lines:
            while told["done"].total() < count:
                word, _, job = next(lines).strip().partition(" ")
                told.setdefault(word, Counter())[job] += 1
        for process in (one, other):
            _, said = process.communicate("", PATIENCE)
            assert (process.returncode, said) == (0, "")
    assert told["begun"] == told["done"] == Counter(ordered)
    kept = list_jobs(limit=200).items
    assert {(job.id, job.state, job.attempts) for job in kept} == {(x, "done", 1) for x in ordered}
    # Who is quick may do them all: SQLite gives the lock to whoever asks at the right moment.
    assert {job.result["by"] for job in kept if job.result} <= {one.pid, other.pid}


def test_a_process_that_is_killed_loses_nothing_and_another_ends_its_job() -> None:
    job, watch = submit("hold", {}, "ann"), Watch()
    with runner_process(1) as process:
        assert begun(process) == job.id
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    with Runner({"hold": here}, 1, on_change=watch, pace=HASTY):
        ended = watch.over(job)
    assert (ended.state, ended.attempts, ended.result) == ("done", 2, {"by": "this one"})
    assert find_job(job.id) == ended


def test_a_process_that_was_paused_for_long_writes_over_nobody() -> None:
    first, watch = submit("count", {}, "ann"), Watch()
    # Long between signs of life: paused in the middle of one, it would keep SQLite from everybody.
    with runner_process(1, beat=60.0) as process:
        assert begun(process) == first.id
        job = submit("hold", {}, "ann")
        assert begun(process) == job.id
        process.send_signal(signal.SIGSTOP)
        with Runner({"hold": here}, 1, on_change=watch, pace=HASTY):
            ended = watch.over(job)
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate("go on\n", PATIENCE)
        assert process.returncode == 0
    assert "taken over by another runner" in said
    assert ended.result == {"by": "this one"}
    assert find_job(job.id) == ended


def test_processes_that_are_killed_again_and_again_lose_no_job() -> None:
    ordered = {submit("count", {}, "ann").id for _ in range(60)}
    for after in (7, 13):
        with runner_process(2, silent=2.0) as process:
            for _ in range(after):
                begun(process)
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)
    watch = Watch()
    with Runner({"count": here}, 2, on_change=watch, pace=HASTY):
        for job in list_jobs(limit=200).items:
            watch.over(job) if job.state != "done" else None
    kept = list_jobs(limit=200).items
    assert {job.id for job in kept} == ordered
    assert {job.state for job in kept} == {"done"}
