"""The audit shows where it was altered."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from workbench.core.audit import Event
from workbench.core.errors import ParameterError
from workbench.store.audit import AUDIT, append, head
from workbench.store.database import writing
from workbench.team.auditing import audit_lines, verify_audit


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
