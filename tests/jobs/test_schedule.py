"""What comes again comes at the right time, once, and in the right zone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.jobs._watch import QUICK, Watch
from workbench.core.errors import NotFound, ParameterError
from workbench.core.schedule import Schedule
from workbench.jobs.queue import ask_cancel, find_job, list_jobs
from workbench.jobs.runner import Runner
from workbench.jobs.schedule import (
    add_schedule,
    change_schedule,
    coming_times,
    find_schedule,
    list_schedules,
    remove_schedule,
    submit_due,
)
from workbench.store.database import writing
from workbench.store.schedules import SCHEDULES

BERLIN = ZoneInfo("Europe/Berlin")


def hourly() -> Schedule:
    return add_schedule("report", {"rows": 3}, "ann", every=3600)


def end_all() -> None:
    for job in list_jobs().items:
        ask_cancel(job.id)


def local(times: list[datetime], zone: ZoneInfo = BERLIN) -> list[str]:
    return [time.astimezone(zone).strftime("%d %H:%M %z") for time in times]


@pytest.mark.usefixtures("any_database")
def test_what_is_due_gives_a_job_and_has_a_next_time() -> None:
    made = hourly()
    assert made.next is not None
    assert submit_due(made.next - timedelta(seconds=1)) == []
    (job,) = submit_due(made.next)
    assert (job.kind, job.params, job.owner, job.state) == ("report", {"rows": 3}, "ann", "queued")
    assert find_job(job.id) == job
    found = find_schedule(made.id)
    assert found is not None
    assert (found.job, found.latest) == (job.id, made.next)
    assert found.next == made.next + timedelta(hours=1)


@pytest.mark.usefixtures("any_database")
def test_times_that_were_missed_give_one_job_and_the_beat_is_kept() -> None:
    made = hourly()
    assert made.next is not None
    late = made.next + timedelta(days=3, minutes=20)
    assert len(submit_due(late)) == 1
    found = find_schedule(made.id)
    assert found is not None
    assert found.next == made.next + timedelta(days=3, hours=1)
    assert submit_due(late) == []


@pytest.mark.usefixtures("any_database")
def test_no_second_job_comes_while_the_last_one_still_waits() -> None:
    made = hourly()
    assert made.next is not None
    assert len(submit_due(made.next)) == 1
    assert submit_due(made.next + timedelta(hours=1)) == []
    end_all()
    assert submit_due(made.next + timedelta(hours=1)) == []  # that time has passed
    assert len(submit_due(made.next + timedelta(hours=2))) == 1


@pytest.mark.usefixtures("any_database")
def test_many_who_look_at_once_give_each_time_one_job() -> None:
    made = [hourly() for _ in range(20)]
    due = max(one.next for one in made if one.next)
    ready = threading.Barrier(4)

    def look() -> int:
        ready.wait()
        return len(submit_due(due))

    with ThreadPoolExecutor(4) as looking:
        given_out = [looked.result() for looked in [looking.submit(look) for _ in range(4)]]
    assert sum(given_out) == 20
    assert list_jobs().total == 20


@pytest.mark.usefixtures("any_database")
def test_a_runner_orders_what_is_due_and_does_it() -> None:
    made, watch = hourly(), Watch()
    with writing() as connection:
        connection.execute(sa.update(SCHEDULES).values(next=datetime(2026, 1, 1, tzinfo=UTC)))
    with Runner({"report": lambda job, progress: {}}, 1, on_change=watch, pace=QUICK):
        job = watch.wait(lambda heard: heard.state == "done")
    found = find_schedule(made.id)
    assert found is not None
    assert found.job == job.id
    assert list_jobs().total == 1


@pytest.mark.usefixtures("any_database")
def test_a_schedule_is_changed_turned_off_and_removed() -> None:
    made = hourly()
    changed = change_schedule(made.id, cron="0 7 * * MON-FRI", zone="Europe/Berlin")
    assert (changed.every, changed.params) == (None, {"rows": 3})
    assert changed.next is not None
    assert changed.next.astimezone(BERLIN).hour == 7
    assert change_schedule(made.id, params={"rows": 4}) == replace(changed, params={"rows": 4})
    off = change_schedule(made.id, enabled=False)
    assert (off.next, off.cron) == (None, "0 7 * * MON-FRI")
    assert submit_due(datetime(2100, 1, 1, tzinfo=UTC)) == []
    assert change_schedule(made.id, enabled=True, params={}).next == changed.next
    assert list_schedules(owner="ann").items == [find_schedule(made.id)]
    assert list_schedules(owner="bob").items == []
    remove_schedule(made.id)
    assert find_schedule(made.id) is None
    with pytest.raises(NotFound, match="no schedule"):
        remove_schedule(made.id)
    with pytest.raises(NotFound, match="no schedule"):
        change_schedule(made.id, enabled=True)


@pytest.mark.usefixtures("any_database")
def test_a_zone_that_is_gone_turns_one_schedule_off_and_no_other() -> None:
    broken = add_schedule("report", {}, "ann", cron="0 7 * * *", zone="Europe/Berlin")
    good = hourly()
    with writing() as connection:
        same = SCHEDULES.c.id == broken.id
        connection.execute(sa.update(SCHEDULES).where(same).values(zone="Europe/Atlantis"))
    assert len(submit_due(datetime(2100, 1, 1, tzinfo=UTC))) == 2
    found, other = find_schedule(broken.id), find_schedule(good.id)
    assert found is not None
    assert other is not None
    assert (found.enabled, found.next, other.enabled) == (False, None, True)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({}, "either cron"),
        ({"cron": "0 7 * * *", "every": 3600}, "either cron"),
        ({"every": 59}, "every is 60 to 31,622,400 seconds, found 59"),
        ({"cron": "0 7 * *"}, "five fields: minute, hour, day, month, weekday; found '0 7"),
        ({"cron": "* 0 7 * * *"}, "five fields"),
        ({"cron": "61 7 * * *"}, "not understood .Bad minute."),
        ({"cron": "@daily"}, "five fields"),
        ({"cron": "0 0 31 2 *"}, "not understood|never comes"),
        ({"cron": "0 0 */20 * 1L"}, "never comes"),
        ({"cron": "0 7 * * *", "zone": "Europe/Berln"}, "Did you mean 'Europe/Berlin'"),
        ({"cron": "0 7 * * *", "zone": "../../etc/passwd"}, "no time zone"),
        ({"cron": "0 7 * * *", "zone": "Europe"}, "no time zone"),
        ({"cron": "0 7 * * *", "zone": ""}, "no time zone"),
        ({"cron": "0 7 * * *", "zone": "x" * 300}, "no time zone"),
    ],
)
def test_times_that_cannot_be_are_told(times: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        add_schedule("report", {}, "ann", **times)


def test_a_time_that_the_clock_skips_comes_right_after_the_gap() -> None:
    now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    times = coming_times("30 2 * * *", zone="Europe/Berlin", count=3, now=now)
    assert local(times) == ["28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200"]


def test_a_time_that_is_there_twice_comes_once() -> None:
    now = datetime(2026, 10, 24, 12, tzinfo=UTC)
    times = coming_times("30 2 * * *", zone="Europe/Berlin", count=3, now=now)
    assert [time.astimezone(BERLIN).strftime("%d %H:%M") for time in times] == [
        "25 02:30", "26 02:30", "27 02:30",
    ]  # fmt: skip


def test_seven_in_the_morning_stays_seven_in_the_morning() -> None:
    now = datetime(2026, 10, 23, 12, tzinfo=UTC)
    times = coming_times("0 7 * * *", zone="Europe/Berlin", count=3, now=now)
    assert local(times) == ["24 07:00 +0200", "25 07:00 +0100", "26 07:00 +0100"]


@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]
)
def test_every_quarter_of_an_hour_goes_by_the_minutes_that_pass(day: datetime) -> None:
    times = coming_times("*/15 * * * *", zone="Europe/Berlin", count=30, now=day)
    assert times == [day + timedelta(minutes=15 * (number + 1)) for number in range(30)]


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
FIELDS = [
    "*/7 * * * *",
    "30 1-3 * * *",
    "15 */2 * * *",
    "0 2 * * SUN",
    "45 1 L * *",
    "5,35 2 * * *",
]


@settings(max_examples=200)
@given(
    cron=st.sampled_from(FIELDS),
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_asking_after_each_time_gives_each_time_once_and_always_later(
    cron: str, zone: str, now: datetime
) -> None:
    times = coming_times(cron, zone=zone, count=6, now=now)
    assert times == sorted(set(times))
    assert now < times[0]
    between = now + (times[0] - now) / 2  # a server that looks in between changes nothing
    assert coming_times(cron, zone=zone, count=1, now=between) == times[:1]
