"""What is ordered is kept, found, cancelled and forgotten as it should be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core.errors import NotFound, ParameterError
from workbench.core.job import Job
from workbench.jobs.queue import ask_cancel, find_job, list_jobs, submit, sweep
from workbench.store.claims import claim_job, end_job
from workbench.store.database import writing

pytestmark = pytest.mark.usefixtures("any_database")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def finish(job: Job) -> None:
    with writing() as connection:
        claimed = claim_job(connection, ["score"], "a claim")
        assert claimed is not None
        assert claimed.id == job.id
        end_job(connection, job.id, "a claim", state="done", result={})


def test_what_is_ordered_waits_and_is_found_again() -> None:
    job = submit("score", {"rows": [1, 2]}, "ann")
    assert find_job(job.id) == job
    assert (job.state, job.fraction, job.attempts, job.result) == ("queued", 0.0, 0, None)
    assert find_job("nobody's") is None


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(params=st.dictionaries(st.text(), VALUES, max_size=4))
def test_any_json_comes_back_as_it_was(params: dict[str, Any]) -> None:
    job = submit("score", params, "ann")
    found = find_job(job.id)
    assert found is not None
    assert json.dumps(found.params) == json.dumps(params)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"x": float("nan")}, "must be JSON"),
        ({"x": float("inf")}, "must be JSON"),
        ({"x": datetime(2026, 1, 1)}, "must be JSON: Object of type datetime"),
        ({"x": "y" * 100_001}, "may have 100,000 characters of JSON, found 100,0"),
        ([1, 2], "must be a mapping, found list"),
    ],
)
def test_what_is_no_json_or_too_long_is_refused(params: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        submit("score", params, "ann")


def test_what_holds_itself_is_refused() -> None:
    params: dict[str, Any] = {}
    params["self"] = params
    with pytest.raises(ParameterError, match="must be JSON"):
        submit("score", params, "ann")
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ParameterError, match="must be JSON"):
        submit("score", {"deep": deep}, "ann")


def test_a_kind_and_an_owner_fit_into_the_table() -> None:
    with pytest.raises(ParameterError, match="kind of a job has 1 to 40 characters, found 41"):
        submit("k" * 41, {}, "ann")
    with pytest.raises(ParameterError, match="owner of a job has 1 to 32 characters, found 0"):
        submit("score", {}, "")


def test_an_order_in_a_transaction_that_fails_was_none() -> None:
    def fails() -> None:
        with writing() as connection:
            submit("score", {}, "ann", connection=connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert list_jobs().items == []


def test_pages_hold_each_job_once_the_newest_first() -> None:
    ordered = [submit("score", {"n": n}, "ann").id for n in range(7)]
    seen, after = [], ""
    while True:
        page = list_jobs(limit=3, after=after)
        assert page.total == 7 + len(seen) // 3  # one more comes between two pages
        seen += [job.id for job in page.items]
        if not (after := page.next):
            break
        submit("score", {}, "ann")  # newer than all of these: on none of the next pages
    assert seen == ordered[::-1]


def test_lists_hold_what_was_asked_for() -> None:
    mine, other = submit("score", {}, "ann"), submit("learn", {}, "bob")
    ask_cancel(other.id)
    assert [job.id for job in list_jobs(owner="ann").items] == [mine.id]
    assert [job.id for job in list_jobs(state="cancelled").items] == [other.id]
    assert [job.id for job in list_jobs(kind="learn").items] == [other.id]
    with pytest.raises(ParameterError, match="Did you mean 'running'"):
        list_jobs(state="runing")


def test_a_job_that_waits_is_cancelled_at_once() -> None:
    job = ask_cancel(submit("score", {}, "ann").id)
    assert job.state == "cancelled"
    assert job.finished is not None
    with writing() as connection:
        assert claim_job(connection, ["score"], "a claim") is None


def test_a_job_that_runs_is_asked_and_one_that_ended_stays() -> None:
    job = submit("score", {}, "ann")
    with writing() as connection:
        claim_job(connection, ["score"], "a claim")
    assert ask_cancel(job.id).state == "running"
    with writing() as connection:
        end_job(connection, job.id, "a claim", state="done", result={"rows": 3})
    assert ask_cancel(job.id) == find_job(job.id)
    assert ask_cancel(job.id).state == "done"
    with pytest.raises(NotFound, match="no job 'nobody's'"):
        ask_cancel("nobody's")


def test_only_what_ended_before_a_time_is_forgotten() -> None:
    old = submit("score", {}, "ann")
    finish(old)
    waiting = submit("score", {}, "ann")
    now = datetime.now(UTC)
    assert sweep(now - timedelta(hours=1)) == 0
    assert sweep(now + timedelta(hours=1)) == 1
    assert [job.id for job in list_jobs().items] == [waiting.id]
    with pytest.raises(ParameterError, match="in which zone"):
        sweep(datetime(2026, 1, 1))
