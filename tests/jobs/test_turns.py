"""Who orders much waits for that, and not everybody else."""

from __future__ import annotations

import pytest

from workbench.jobs.queue import submit
from workbench.store.claims import claim_job, end_job, put_back, waits
from workbench.store.database import reading, writing

pytestmark = pytest.mark.usefixtures("any_database")


def ordered(*owners: str) -> list[str]:
    return [submit("score", {}, owner).id for owner in owners]


def next_owner(*, ends: bool) -> str:
    with writing() as connection:
        job = claim_job(connection, ["score"], "a claim")
        assert job is not None
        if ends:
            end_job(connection, job.id, "a claim", state="done")
        return job.owner


@pytest.mark.parametrize("ends", [True, False])
def test_owners_take_turns_whether_jobs_are_quick_or_slow(ends: bool) -> None:
    ordered(*"aaaaa", *"bb", *"c")
    assert [next_owner(ends=ends) for _ in range(8)] == [*"abcab", *"aaa"]


def test_who_has_fewer_running_comes_first() -> None:
    ordered(*"aaa")
    assert [next_owner(ends=False) for _ in range(2)] == ["a", "a"]
    ordered(*"bbb")
    assert [next_owner(ends=False) for _ in range(4)] == ["b", "b", "a", "b"]


def test_a_newcomer_waits_for_one_job_of_a_thousand_at_most() -> None:
    ordered(*"a" * 30)
    for _ in range(10):
        next_owner(ends=True)
    ordered("b")
    assert next_owner(ends=True) == "b"


def test_each_owners_jobs_come_oldest_first_also_those_that_came_back() -> None:
    first, second = ordered("a", "a")
    with writing() as connection:
        claim_job(connection, ["score"], "one")
        put_back(connection, first, "one")
        again = [claim_job(connection, ["score"], claim) for claim in ("two", "three")]
    assert [job.id for job in again if job] == [first, second]


def test_only_kinds_that_the_runner_knows_are_claimed() -> None:
    submit("of another version", {}, "a")
    with reading() as connection:
        assert not waits(connection, ["score"])
        assert not waits(connection, [])
    with writing() as connection:
        assert claim_job(connection, ["score"], "a claim") is None
