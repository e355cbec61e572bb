"""Firings of one cause are one incident, told once on each channel, however often they come."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.alerts.handling import acknowledge, reopen, resolve, snooze, tend
from workbench.core.incident import Incident
from workbench.core.routes import Route
from workbench.store import incidents as store
from workbench.store.channels import OUTBOX
from workbench.store.database import reading, writing

from ._setting import (
    ANA,
    HOUR,
    MAIL,
    MINUTE,
    NOW,
    PAGER,
    channel,
    firing,
    found,
    raised,
    reasons,
    routes,
    sent,
    silence,
    timeline,
)

pytestmark = pytest.mark.usefixtures("any_database")


def rows() -> dict[str, list[object]]:
    """Return all that alerts keep, in a fixed order."""
    with reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(
                *table.primary_key.columns))]
            for table in (store.INCIDENTS, store.FIRINGS, store.EVENTS, OUTBOX)
        }  # fmt: skip


def tended(now: object) -> list[Incident]:
    with writing() as connection:
        return tend(connection, now)  # type: ignore[arg-type]


def test_a_thousand_firings_of_one_cause_are_one_group_and_one_message_a_channel() -> None:
    channel(PAGER), channel(MAIL)
    many = [firing(number, severity=60 + number / 50, at=NOW + number * MINUTE)
            for number in range(1000)]  # fmt: skip
    ways = routes(Route(PAGER), Route(MAIL))
    (incident,) = raised(*many, by=ways)
    assert (incident.firings, incident.started) == (1000, NOW)
    assert (incident.latest, incident.severity) == (many[-1].end, many[-1].severity)
    assert incident.detail["text"] == "flow is 999"
    assert sorted(one.channel for one in sent()) == [PAGER, MAIL]
    assert sent()[0].payload["title"] == "Pumps / pump-3: something is odd in the data"
    assert [one.kind for one in timeline(incident)] == ["opened", "fired", "told"]


def test_firings_that_are_known_change_nothing() -> None:
    channel()
    many = [firing(number) for number in range(20)]
    raised(*many)
    before = rows()
    assert raised(*many, now=NOW + HOUR) == []
    assert rows() == before


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_monitor_that_was_killed_and_reads_again_leaves_the_same(data: st.DataObject) -> None:
    run = str(data.draw(st.integers(0, 10**9), label="cause"))
    batches = data.draw(
        st.lists(
            st.lists(
                st.tuples(st.integers(0, 4), st.integers(0, 5), st.floats(0, 100)), max_size=4
            ),
            max_size=4,
        )
    )
    for number, batch in enumerate(batches):
        made = [
            firing(which, cause=f"anomaly:{run}", severity=severity, end=NOW + minutes * MINUTE)
            for which, minutes, severity in batch
        ]
        now = NOW + number * MINUTE
        raised(*made, now=now)
        once = rows()
        raised(*made, now=now)  # committed, and then read again before its position was known
        assert rows() == once


def test_one_that_goes_on_is_not_counted_again_and_tells_only_of_a_higher_band() -> None:
    channel()
    (incident,) = raised(firing(severity=60))
    raised(firing(severity=70, end=NOW + MINUTE), now=NOW + MINUTE)
    assert (found(incident).firings, found(incident).latest) == (1, NOW + MINUTE)
    assert reasons() == ["opened"]
    raised(firing(severity=80, end=NOW + 2 * MINUTE), now=NOW + 2 * MINUTE)
    assert reasons() == ["opened", "worse"]
    assert sent()[-1].payload["bands"] == ["high", "critical"]
    assert found(incident).detail["text"] == "flow is 0"


def test_each_cause_has_an_incident_of_its_own() -> None:
    channel()
    both = raised(firing(1), firing(2, cause="missing", kind="missing", entity=""))
    assert len({one.id for one in both}) == len(sent()) == 2


def test_a_new_firing_soon_after_reopens_and_later_opens_another() -> None:
    channel()
    (incident,) = raised(firing(1))
    with writing() as connection:
        resolve(connection, incident.id, "true", by=ANA, now=NOW + MINUTE)
    (again,) = raised(firing(2), now=NOW + 2 * MINUTE)
    assert (again.id, again.state, again.outcome) == (incident.id, "open", "")
    with writing() as connection:
        resolve(connection, incident.id, by=ANA, now=NOW + 3 * MINUTE)
    (other,) = raised(firing(3), now=NOW + 3 * HOUR)
    assert other.id != incident.id
    assert reasons() == ["opened", "resolved", "reopened", "resolved", "opened"]


def test_what_is_resolved_by_a_person_stays_so_while_it_goes_on_unless_it_gets_worse() -> None:
    channel()
    (incident,) = raised(firing(1))
    with writing() as connection:
        resolve(connection, incident.id, "false alarm", by=ANA, now=NOW)
    raised(firing(1, end=NOW + MINUTE), now=NOW + MINUTE)
    assert (found(incident).state, found(incident).latest) == ("resolved", NOW + MINUTE)
    raised(firing(1, severity=90, end=NOW + 2 * MINUTE), now=NOW + 2 * MINUTE)
    assert found(incident).state == "open"
    assert reasons() == ["opened", "resolved", "reopened"]


def test_a_suppressed_firing_is_kept_and_seen_and_tells_nobody() -> None:
    channel()
    silence("suppress", match={"entity": "pump-*"})
    (incident,) = raised(firing(1), now=NOW + MINUTE)
    assert (incident.state, incident.firings, sent()) == ("open", 1, [])
    line = timeline(incident)[-1]
    assert (line.kind, line.body["reasons"]) == ("suppressed", ["the pump is being mended"])
    with reading() as connection:
        assert [one.suppressed for one in store.firings_page(connection, incident.id).items] == [
            True
        ]
    raised(firing(2, at=NOW + 2 * HOUR), now=NOW + 2 * HOUR)
    assert reasons() == ["opened"]


def test_what_begins_in_a_silence_and_goes_on_after_it_is_told_then() -> None:
    for effect in ("suppress", "expected"):
        cause = f"anomaly:{effect}"
        if effect == "suppress":
            channel()
            made = silence(effect)
        else:
            silence(effect, id="d" * 32)
        (incident,) = raised(firing(1, cause=cause))
        before = len(sent())
        raised(firing(1, cause=cause, end=NOW + HOUR / 2), now=NOW + HOUR / 2)
        assert len(sent()) == before
        raised(firing(1, cause=cause, end=NOW + 2 * HOUR), now=NOW + 2 * HOUR)
        assert len(sent()) == before + 1
        assert found(incident).state == "open"
    assert made.effect == "suppress"


def test_an_expected_one_is_resolved_at_once_and_not_counted_as_a_false_alarm() -> None:
    channel()
    silence("expected", match={"monitor": "m", "kind": "anomaly", "rule": "h*"})
    (incident,) = raised(firing(1))
    assert (incident.state, incident.outcome, sent()) == ("resolved", "expected", [])
    (other,) = raised(firing(2, cause="gap", kind="gap", rule="gap"))
    assert other.state == "open"


def test_too_little_severity_for_a_way_is_kept_and_told_when_it_rises() -> None:
    channel()
    (incident,) = raised(firing(1, severity=30), by=routes(Route(PAGER, least=50)))
    assert sent() == []
    raised(firing(2, severity=55), by=routes(Route(PAGER, least=50)))
    assert reasons() == ["opened"]
    assert found(incident).firings == 2


def test_it_escalates_until_somebody_acknowledges() -> None:
    channel(PAGER), channel(MAIL)
    ways = routes(Route(MAIL), Route(PAGER, after=600))
    (first,) = raised(firing(1), by=ways)
    (second,) = raised(firing(2, cause="anomaly:b"), by=ways)
    with writing() as connection:
        acknowledge(connection, first.id, by=ANA, now=NOW + MINUTE)
    assert tended(NOW + 5 * MINUTE) == []
    assert [one.id for one in tended(NOW + 11 * MINUTE)] == [second.id]
    assert (reasons(MAIL), reasons(PAGER)) == (["opened", "opened"], ["escalated"])
    assert tended(NOW + 60 * MINUTE) == []


def test_a_snoozed_one_is_quiet_wakes_and_is_told_again_if_it_went_on() -> None:
    channel()
    (quiet,) = raised(firing(1))
    (going_on,) = raised(firing(2, cause="anomaly:b"))
    with writing() as connection:
        for one in (quiet, going_on):
            snooze(connection, one.id, NOW + HOUR, "known", by=ANA, now=NOW)
    raised(firing(3, cause="anomaly:b"), now=NOW + MINUTE)
    assert reasons() == ["opened", "opened"]
    assert {one.state for one in tended(NOW + HOUR)} == {"open"}
    assert reasons() == ["opened", "opened", "reopened"]
    assert sent()[-1].incident == going_on.id


def test_a_snoozed_one_that_gets_worse_wakes_at_once() -> None:
    channel()
    (incident,) = raised(firing(1, severity=40))
    with writing() as connection:
        snooze(connection, incident.id, NOW + HOUR, by=ANA, now=NOW)
    raised(firing(2, severity=80), now=NOW + MINUTE)
    assert (found(incident).state, found(incident).snoozed_until) == ("open", None)
    assert reasons() == ["opened", "worse"]


def test_quiet_resolves_by_itself_and_those_who_were_told_hear_of_it() -> None:
    channel()
    ways = routes(resolve_after=600)
    (incident,) = raised(firing(1), by=ways)
    raised(firing(1, end=NOW + 5 * MINUTE), by=ways, now=NOW + 5 * MINUTE)
    assert tended(NOW + 11 * MINUTE) == []
    assert [one.state for one in tended(NOW + 15 * MINUTE)] == ["resolved"]
    assert reasons() == ["opened", "resolved"]
    assert timeline(incident)[-2].body == {"quiet": True}
    assert tended(NOW + HOUR) == []


def test_a_channel_that_is_off_or_gone_is_owed_and_told_later() -> None:
    from workbench.store.channels import change_channel

    channel(PAGER)
    with writing() as connection:
        change_channel(connection, PAGER, enabled=False)
    raised(firing(1), by=routes(Route(PAGER), Route("f" * 32)))
    assert sent() == []
    with writing() as connection:
        change_channel(connection, PAGER, enabled=True)
    raised(firing(2))
    assert reasons() == ["opened"]


def test_names_and_numbers_from_hostile_data_are_kept_by_any_database() -> None:
    channel()
    bad = firing(
        1, severity=float("nan"), entity="p\x00\ud800" + "x" * 2000, cause="a:\x00" + "y" * 999,
        text="<script>\x00" + "z" * 9999, score=float("inf"), actual={"a\x00": float("nan")},
        parts={"a": 1.0}, expected={"a": (float("-inf"), 1.0)},
    )  # fmt: skip
    (incident,) = raised(bad)
    assert incident.severity == 0.0
    assert found(incident).detail["parts"] == {"a": 1.0}
    assert raised(bad) == []


def test_a_person_reopens_and_whoever_was_told_hears_of_it() -> None:
    channel()
    (incident,) = raised(firing(1))
    with writing() as connection:
        resolve(connection, incident.id, by=ANA, now=NOW)
        reopen(connection, incident.id, by=ANA, now=NOW)
    assert reasons() == ["opened", "resolved", "reopened"]


def test_what_got_worse_is_noted_once_though_nobody_could_be_told() -> None:
    channel()
    (incident,) = raised(firing(1, severity=30), by=routes())
    for number in range(3):
        raised(firing(2 + number, severity=60), by=routes(Route("f" * 32)))
    assert [one.kind for one in timeline(incident)].count("worse") == 1
