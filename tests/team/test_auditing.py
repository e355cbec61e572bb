"""The audit shows where it was altered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from workbench.core.audit import FIRST, Event, seal
from workbench.core.errors import DataError, ParameterError
from workbench.store.audit import AUDIT, append, entries, head
from workbench.store.database import writing
from workbench.team.auditing import (
    audit_lines,
    count_old,
    cut_audit,
    verify_audit,
    verify_latest,
)
from workbench.team.doer import SYSTEM


def filled(count: int) -> None:
    with writing() as connection:
        for number in range(count):
            told = {"rows": number, "name": "Zoë \U0001f986"}
            append(connection, Event("user:1", "dataset.add", f"dataset:{number}", after=told))


def altered(statement: sa.Executable) -> None:
    with writing() as connection:
        connection.execute(statement)


@pytest.mark.usefixtures("any_database")
def test_an_audit_that_nobody_touched_is_whole() -> None:
    assert verify_audit().whole
    filled(50)
    found = verify_audit()
    last = head()
    assert last is not None
    assert (found.whole, found.count, found.head) == (True, 50, last.hash)
    assert [line["number"] for line in audit_lines(first=48)] == [48, 49, 50]
    assert len(list(audit_lines(where={"object": "dataset:7"}))) == 1


@pytest.mark.parametrize(
    ("count", "cases"), [(300, 12), pytest.param(10_000, 60, marks=pytest.mark.bars)]
)
def test_an_entry_that_was_edited_deleted_or_moved_is_found_there(count: int, cases: int) -> None:
    filled(count)
    random = np.random.default_rng(20261125)
    anchor = verify_audit().head
    names = ["time", "actor", "action", "object", "after", "request", "address", "hash"]
    for case in range(cases):
        number = int(random.integers(2, count))
        here = AUDIT.c.number == number
        with writing() as connection:
            kept = [dict(row._mapping) for row in connection.execute(sa.select(AUDIT).where(
                AUDIT.c.number.in_([number, number + 1])).order_by(AUDIT.c.number))]  # fmt: skip
        way = case % 3
        if way == 0:
            name = names[(case // 3) % len(names)]
            value = {"time": kept[1]["time"], "after": {"rows": -1}}.get(name, "altered")
            altered(sa.update(AUDIT).where(here).values({name: value}))
        elif way == 1:
            altered(sa.delete(AUDIT).where(here))
        else:  # the contents of two neighbours change places
            for line, other in (kept, kept[::-1]):
                moved = {k: v for k, v in other.items() if k != "number"}
                same = AUDIT.c.number == line["number"]
                altered(sa.update(AUDIT).where(same).values(**moved))
        found = verify_audit()
        moved_time = way == 0 and name == "time" and kept[0]["time"] == kept[1]["time"]
        assert moved_time or (found.whole, found.broken) == (False, number), (way, found)
        altered(sa.delete(AUDIT).where(AUDIT.c.number.in_([number, number + 1])))
        altered(sa.insert(AUDIT).values(kept))
    assert verify_audit(anchor).whole


def test_a_cut_at_the_end_shows_beside_an_anchor_only() -> None:
    filled(20)
    anchor = verify_audit().head
    altered(sa.delete(AUDIT).where(AUDIT.c.number > 15))
    assert verify_audit().whole
    found = verify_audit(anchor)
    assert not found.whole
    assert "cut off" in found.reason
    with pytest.raises(ParameterError, match="64"):
        verify_audit("abc")


def test_what_was_not_done_is_not_told() -> None:
    def fails() -> None:
        with writing() as connection:
            append(connection, Event("user:1", "dataset.add"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert head() is None


def aged(until: int, days: int) -> None:
    """Make the first entries older, sealed anew as if they had been written then."""
    then, previous = datetime.now(UTC) - timedelta(days=days), FIRST
    for entry in list(entries()):
        time = then if entry.number <= until else entry.time
        new = seal(entry.number, time, entry.event, previous)
        here = AUDIT.c.number == entry.number
        altered(sa.update(AUDIT).where(here).values(time=time, previous=previous, hash=new))
        previous = new


@pytest.mark.usefixtures("any_database")
def test_the_head_is_cut_off_and_the_rest_is_verified_by_what_a_later_entry_says() -> None:
    filled(50)
    aged(20, 400)
    year = datetime.now(UTC) - timedelta(days=365)
    (line,) = audit_lines(first=20, most=1)
    at_the_cut = line["hash"]
    assert count_old(year) == 20
    assert cut_audit(year, by=SYSTEM) == 20
    found = verify_audit(at_the_cut)  # an anchor that was taken there holds
    assert (found.whole, found.first, found.count) == (True, 21, 31)
    assert verify_audit(verify_audit().head).whole
    latest = list(audit_lines())[-1]
    assert (latest["action"], latest["actor"]) == ("audit.cut", "system")
    assert latest["after"] == {"number": 20, "hash": at_the_cut}
    assert verify_latest(5).whole
    assert verify_latest().whole
    filled(3)
    assert verify_audit().count == 34
    assert cut_audit(year, by=SYSTEM) == 0  # nothing is that old any more: no entry of a cut
    assert verify_audit().count == 34
    # Later all of it is old: the cut takes the entry of the cut before along.
    assert cut_audit(datetime.now(UTC) + timedelta(days=1), by=SYSTEM) == 34
    found = verify_audit()
    assert (found.whole, found.first, found.count) == (True, 55, 1)


def test_a_cut_that_nobody_wrote_down_shows() -> None:
    filled(30)
    (line,) = audit_lines(first=3, most=1)
    anchor = line["hash"]
    altered(sa.delete(AUDIT).where(AUDIT.c.number <= 10))
    found = verify_audit()
    assert (found.whole, found.broken, found.first) == (False, 1, 11)
    assert "entry 1 is missing" in found.reason
    # An entry that names another hash does not say so either.
    with writing() as connection:
        append(connection, Event("system", "audit.cut", "audit", after={"number": 10, "hash": "0"}))
    assert not verify_audit().whole
    altered(sa.delete(AUDIT))
    filled(30)
    aged(10, 400)
    cut_audit(datetime.now(UTC) - timedelta(days=1), by=SYSTEM)
    assert verify_audit().whole
    old = verify_audit(anchor)  # of an entry that was cut off: nobody can tell any more
    assert "older than entry 11" in old.reason
    altered(sa.delete(AUDIT).where(AUDIT.c.number == 11))
    assert not verify_audit().whole


def test_an_audit_that_is_broken_is_not_cut() -> None:
    filled(30)
    aged(20, 400)
    altered(sa.update(AUDIT).where(AUDIT.c.number == 7).values(actor="user:2"))
    with pytest.raises(DataError, match="entry 7 was altered"):
        cut_audit(datetime.now(UTC) - timedelta(days=1), by=SYSTEM)
    assert verify_audit().broken == 7
