"""What people do about incidents stands in the timeline and in the audit."""

from __future__ import annotations

import pytest

from workbench.alerts.handling import (
    acknowledge,
    assign,
    comment,
    mentions,
    reopen,
    resolve,
    snooze,
    unwatch,
    watch,
)
from workbench.core.errors import NotFound, ParameterError
from workbench.store import incidents as store
from workbench.store.audit import entries
from workbench.store.database import reading, writing

from ._setting import ANA, HOUR, MINUTE, NOW, channel, firing, found, people, raised, timeline

pytestmark = pytest.mark.usefixtures("any_database")


def test_every_deed_is_a_line_of_timeline_and_audit() -> None:
    people("ana", "ben")
    channel()
    (incident,) = raised(firing())
    with writing() as connection:
        acknowledge(connection, incident.id, by=ANA, now=NOW)
        assign(connection, incident.id, "2" * 32, by=ANA, now=NOW)
        comment(connection, incident.id, "hush, @Ben: **look**", by=ANA, now=NOW)
        snooze(connection, incident.id, NOW + HOUR, "parts are ordered", by=ANA, now=NOW)
        resolve(connection, incident.id, "true", "mended", by=ANA, now=NOW + MINUTE)
        reopen(connection, incident.id, by=ANA, now=NOW + MINUTE)
    deeds = [one for one in timeline(incident) if one.actor]
    assert [one.kind for one in deeds] == [
        "acknowledged", "assigned", "commented", "snoozed", "resolved", "reopened",
    ]  # fmt: skip
    assert {one.actor for one in deeds} == {"1" * 32}
    assert deeds[2].body == {"text": "hush, @Ben: **look**", "mentions": ["2" * 32]}
    assert deeds[4].body == {"outcome": "true", "comment": "mended"}
    told = [one.event for one in entries()]
    assert [one.action.partition(".")[2] for one in told] == [
        "acknowledge", "assign", "comment", "snooze", "resolve", "reopen",
    ]  # fmt: skip
    assert {one.object for one in told} == {f"incident:{incident.id}"}
    assert told[4].after == {"state": "resolved", "outcome": "true"}
    assert "hush" not in repr(told)  # what is said stays in the incident
    assert found(incident).version == 7
    with reading() as connection:
        assert store.watchers(connection, incident.id) == ["1" * 32, "2" * 32]


def test_doing_the_same_twice_does_it_once() -> None:
    (incident,) = raised(firing())
    with writing() as connection:
        for _ in range(2):
            acknowledge(connection, incident.id, by=ANA, now=NOW)
        for _ in range(2):
            resolve(connection, incident.id, "expected", by=ANA, now=NOW)
        watch(connection, incident.id, "u")
        watch(connection, incident.id, "u")
        unwatch(connection, incident.id, "u")
        unwatch(connection, incident.id, "u")
    assert [one.kind for one in timeline(incident) if one.actor] == ["acknowledged", "resolved"]


def test_what_cannot_be_is_refused_and_leaves_it_as_it_was() -> None:
    (incident,) = raised(firing())
    wrong = [
        (lambda c: snooze(c, incident.id, NOW, by=ANA, now=NOW), "future"),
        (lambda c: resolve(c, incident.id, "nothing", by=ANA, now=NOW), "outcome"),
        (lambda c: comment(c, incident.id, "  ", by=ANA, now=NOW), "empty"),
        (lambda c: comment(c, incident.id, "x" * 20_001, by=ANA, now=NOW), "20,000"),
        (lambda c: comment(c, incident.id, "a\x00", by=ANA, now=NOW), "NUL"),
    ]
    for act, said in wrong:
        with pytest.raises(ParameterError, match=said), writing() as connection:
            act(connection)
    with pytest.raises(NotFound), writing() as connection:
        assign(connection, incident.id, "9" * 32, by=ANA, now=NOW)
    with pytest.raises(NotFound), writing() as connection:
        acknowledge(connection, "0" * 32, by=ANA, now=NOW)
    with writing() as connection:
        resolve(connection, incident.id, by=ANA, now=NOW)
    for act in (acknowledge, lambda c, i, **by: snooze(c, i, NOW + HOUR, **by)):
        with pytest.raises(ParameterError, match="reopen it first"), writing() as connection:
            act(connection, incident.id, by=ANA, now=NOW)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana and @ana, then @ben.", ["ana", "ben"]),
        ("mail@plant.example, a@@b, @", []),
        ("```\n@home\n``` but (@eve-2)", ["eve-2"]),
        ("`@home` @ünal", ["ünal"]),
    ],
)
def test_mentions_are_names_that_are_called(text: str, names: list[str]) -> None:
    assert mentions(text) == names
