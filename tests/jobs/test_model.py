"""Whatever happens in whatever order, the queue is as a simple model of it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from workbench.core.job import OVER
from workbench.jobs.queue import ask_cancel, list_jobs, submit, sweep
from workbench.store import claims
from workbench.store.database import writing
from workbench.store.jobs import JOBS

MOST = 3
KINDS = ["score", "learn"]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Line:
    """A job as the model has it."""

    number: int
    owner: str
    kind: str
    state: str = "queued"
    attempts: int = 0
    claim: str = ""
    asked: bool = False
    turn: int | None = None


class Queue(RuleBasedStateMachine):
    """Orders, claims, ends, cancels, kills and sweeps, beside a dictionary that does the same."""

    def __init__(self) -> None:
        super().__init__()
        with writing() as connection:
            connection.execute(sa.delete(JOBS))
        self.lines: dict[str, Line] = {}
        self.numbers = count()
        self.old: list[tuple[str, str]] = []  # claims that were lost

    def _running(self) -> list[tuple[str, Line]]:
        return [(key, line) for key, line in self.lines.items() if line.state == "running"]

    def _free(self, key: str, state: str) -> None:
        line = self.lines[key]
        self.old.append((key, line.claim))
        line.state, line.claim = state, ""
        if state == "queued":
            line.turn = None

    @rule(owner=st.sampled_from("abc"), kind=st.sampled_from(KINDS))
    def order(self, owner: str, kind: str) -> None:
        job = submit(kind, {}, owner)
        self.lines[job.id] = Line(next(self.numbers), owner, kind)

    @rule(kinds=st.sampled_from([KINDS, ["score"]]))
    def claim(self, kinds: list[str]) -> None:
        claim = f"claim {next(self.numbers)}"
        with writing() as connection:
            job = claims.claim_job(connection, kinds, claim)
        expected = self._next(kinds)
        assert (job and job.id) == expected
        if expected is not None:
            line = self.lines[expected]
            line.state, line.claim, line.turn = "running", claim, next(self.numbers)
            line.attempts += 1

    def _next(self, kinds: list[str]) -> str | None:
        def rank(key: str) -> tuple[Any, ...]:
            owner = self.lines[key].owner
            theirs = [line for line in self.lines.values() if line.owner == owner]
            running = sum(line.state == "running" for line in theirs)
            turn = max((line.turn for line in theirs if line.turn is not None), default=-1)
            oldest = min(line.number for line in theirs if line.state == "queued")
            return running, turn, oldest, self.lines[key].number

        waiting = [
            i for i, one in self.lines.items() if one.state == "queued" and one.kind in kinds
        ]
        return min(waiting, key=rank, default=None)

    @rule(data=st.data(), state=st.sampled_from(["done", "failed", "cancelled"]))
    def end(self, data: st.DataObject, state: str) -> None:
        if running := self._running():
            key, line = data.draw(st.sampled_from(running))
            with writing() as connection:
                assert claims.end_job(connection, key, line.claim, state=state) is not None
            self._free(key, state)

    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        if running := self._running():
            key, line = data.draw(st.sampled_from(running))
            with writing() as connection:
                assert claims.beat(connection, key, line.claim, stage="going") is line.asked

    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        if running := self._running():
            key, line = data.draw(st.sampled_from(running))
            with writing() as connection:
                claims.put_back(connection, key, line.claim)
            line.attempts -= not line.asked
            self._free(key, "cancelled" if line.asked else "queued")

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if self.lines:
            key = data.draw(st.sampled_from(list(self.lines)))
            line = self.lines[key]
            if line.state == "queued":
                line.state = "cancelled"
            line.asked = line.asked or line.state == "running"
            assert ask_cancel(key).state == line.state

    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        running = self._running()
        dead = (
            data.draw(st.sets(st.sampled_from(running).map(lambda one: one[0]))) if running else []
        )
        with writing() as connection:
            silent = sa.update(JOBS).where(JOBS.c.id.in_(sorted(dead)))
            connection.execute(silent.values(heartbeat=LONG_AGO))
            taken = claims.take_back(connection, timedelta(hours=1), MOST, {"title": "Given up"})
        for key in [key for key in self.lines if key in dead]:  # ids are random, this order is not
            line = self.lines[key]
            failed = "failed" if line.attempts >= MOST else "queued"
            self._free(key, "cancelled" if line.asked else failed)
        assert {job.id: job.state for job in taken} == {key: self.lines[key].state for key in dead}

    @rule(data=st.data())
    def come_back_from_the_dead(self, data: st.DataObject) -> None:
        if self.old:
            key, claim = data.draw(st.sampled_from(self.old))
            with writing() as connection:
                assert claims.beat(connection, key, claim) is None
                assert claims.end_job(connection, key, claim, state="done") is None
                assert claims.put_back(connection, key, claim) is None

    @rule()
    def forget(self) -> None:
        gone = [key for key, line in self.lines.items() if line.state in OVER]
        assert sweep(datetime.now(UTC) + timedelta(hours=1)) == len(gone)
        for key in gone:
            del self.lines[key]

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        found = {job.id: (job.owner, job.state, job.attempts) for job in list_jobs(limit=200).items}
        said = {key: (one.owner, one.state, one.attempts) for key, one in self.lines.items()}
        assert found == said


@pytest.mark.parametrize(
    ("cases", "steps"), [(12, 30), pytest.param(150, 60, marks=pytest.mark.bars)]
)
def test_the_queue_does_what_its_model_does(any_database: str, cases: int, steps: int) -> None:
    """Claims, ends, cancels, deaths and late returns in any order."""
    run_state_machine_as_test(
        Queue,
        settings=settings(
            max_examples=cases,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
