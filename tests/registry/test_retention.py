"""What is old is forgotten where somebody says so, and what people made stays."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.alerts._setting import ANA, channel, firing, raised, sent
from tests.store.conftest import any_database, postgres
from workbench.alerts import handling
from workbench.core.account import Grant
from workbench.core.errors import NotAllowed
from workbench.core.label import Label
from workbench.core.progress import Progress
from workbench.core.registry import (
    DataVersion,
    KeptData,
    KeptDetection,
    KeptModel,
    KeptReport,
    ModelVersion,
    SavedView,
)
from workbench.core.settings import settings
from workbench.jobs.queue import find_job, submit
from workbench.jobs.schedule import add_schedule, submit_due
from workbench.registry.retention import ensure_daily, forget_old, retention_rules
from workbench.registry.work import KINDS
from workbench.store import accounts, registry
from workbench.store.artifacts import artifact, keep
from workbench.store.audit import entries
from workbench.store.channels import OUTBOX
from workbench.store.database import reading, writing
from workbench.store.incidents import FIRINGS, INCIDENTS
from workbench.store.jobs import JOBS, change_job
from workbench.store.labels import add_labels
from workbench.store.registry import DETECTIONS, REPORTS
from workbench.team.access import house
from workbench.team.accounts import create_account
from workbench.team.doer import SYSTEM

__all__ = ["any_database", "postgres"]

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=100)
Setting = Callable[[str, object], None]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Setting:
    def change(name: str, value: object) -> None:
        monkeypatch.setenv(f"WORKBENCH_KEEP_{name}", str(value))
        settings.cache_clear()

    return change


def rows(table: sa.Table) -> set[str]:
    with reading() as connection:
        return set(connection.execute(sa.select(table.c.id)).scalars())


def expired() -> dict[str, int]:
    return {rule.what: rule.expired for rule in retention_rules(house())}


def resolved(cause: str, at: datetime) -> str:
    """Make an incident that was resolved at a time."""
    (one,) = raised(firing(cause=cause, at=at), now=at)
    with writing() as connection:
        handling.resolve(connection, one.id, "true", "mended", by=ANA, now=at)
    return one.id


def delivered() -> None:
    with writing() as connection:
        connection.execute(sa.update(OUTBOX).values(state="sent", sent=LONG_AGO))


# ---- by default --------------------------------------------------------------------------------


def test_by_default_nothing_goes_that_a_person_made(run: Callable[..., str]) -> None:
    channel()
    resolved("gap:a", LONG_AGO)
    delivered()
    run("plain")
    days = {rule.what: rule.days for rule in retention_rules(house())}
    for_ever = dict.fromkeys(("incidents", "firings", "reports", "runs", "audit"))
    assert days == for_ever | {"jobs": 30}
    before = len(list(entries()))
    assert set(forget_old(house(), by=SYSTEM).values()) == {0}
    assert (len(rows(INCIDENTS)), len(rows(DETECTIONS))) == (1, 1)
    assert len(list(entries())) == before  # and nothing is noted where nothing was done


# ---- incidents ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_database")
def test_resolved_incidents_go_with_all_that_is_theirs_and_others_stay(setting: Setting) -> None:
    channel()
    old, young = resolved("gap:a", LONG_AGO), resolved("gap:b", NOW - timedelta(days=2))
    (going_on,) = raised(firing(cause="gap:c", at=LONG_AGO), now=LONG_AGO)
    touched = resolved("gap:d", LONG_AGO)
    delivered()
    waits = resolved("gap:e", LONG_AGO)  # its messages have not arrived yet
    with writing() as connection:
        handling.comment(connection, touched, "still of use", by=ANA, now=NOW)
    assert old in {one.incident for one in sent()}
    setting("INCIDENTS", 30)
    assert (expired()["incidents"], expired()["firings"]) == (1, 1)
    gone = forget_old(house(), by=SYSTEM)
    assert (gone["incidents"], gone["firings"]) == (1, 1)
    assert rows(INCIDENTS) == {young, going_on.id, touched, waits}
    with reading() as connection:
        theirs = set(connection.execute(sa.select(FIRINGS.c.incident)).scalars())
    assert theirs == rows(INCIDENTS)
    assert old not in {one.incident for one in sent()}
    (note,) = [one.event for one in entries() if one.event.action == "retention.forget"]
    assert note.after["incidents"] == 1
    assert expired()["incidents"] == 0


# ---- results ------------------------------------------------------------------------------------


@pytest.fixture
def run() -> Callable[..., str]:
    """Return what keeps a result of 100 days ago; its data are called after it."""

    def make(about: str, /, **more: Any) -> str:
        data = secrets.token_hex(16)
        with writing() as connection:
            registry.add(connection, KeptData(data, "u", about, "", LONG_AGO, 1))
            registry.add(
                connection, DataVersion(data, 1, "0" * 64, "d.csv", {}, {}, {}, "u", LONG_AGO)
            )
            usual: dict[str, Any] = {
                "id": secrets.token_hex(16), "owner": "u", "name": f"ecod on {about}",
                "dataset": data, "version": 1, "detector": "ecod", "model": keep(about.encode()),
                "scores": keep(f"scores of {about}".encode()), "seal": "",
                "facts": {"fingerprint": f"print of {about}"}, "created": LONG_AGO,
            }  # fmt: skip
            one = KeptDetection(**{**usual, **more})
            registry.add(connection, one)
        return one.id

    return make


def found(detection: str) -> KeptDetection:
    with reading() as connection:
        kept: KeptDetection = registry.find(connection, KeptDetection, detection)
        return kept


@pytest.mark.usefixtures("any_database")
def test_only_a_result_goes_that_nobody_labelled_named_shared_or_built_on(
    run: Callable[..., str], setting: Setting
) -> None:
    plain = run("plain")
    files = [found(plain).model, found(plain).scores]
    shared_model = run("twin", model=found(plain).model)  # two results may share a file
    named = run("named", name="what we show on Mondays")
    young = run("young", created=NOW)
    labelled, granted, modelled = run("labelled"), run("granted"), run("modelled")
    reported, viewed, again, worked = run("reported"), run("viewed"), run("again"), run("worked")
    renamed = run("renamed")
    add_labels("print of labelled", [Label(1, "anomaly", "ana", NOW)])
    with writing() as connection:
        data = found(granted).dataset
        accounts.add_grant(connection, Grant("user:v", f"dataset:{data}", "read"))
        version = ModelVersion(
            "m" * 32, 1, "0" * 64, "", modelled, "ecod", "candidate", {}, "", "u", NOW, None
        )
        registry.add(connection, KeptModel("m" * 32, "u", "m", "", NOW, 1, None), version)
        registry.add(connection, KeptReport(
            "a" * 32, "u", "r", f"detection:{reported}", "t", "html", "0" * 64, {}, NOW
        ))  # fmt: skip
        query = f"data=detection%3A{viewed}&row=3"
        registry.add(connection, SavedView("b" * 32, "u", "v", "explore", query, NOW))
        registry.change(connection, KeptData, found(renamed).dataset, name="another name")
    add_schedule("report", {"subject": f"detection:{again}"}, "u", every=3600)
    submit("report", {"subject": f"detection:{worked}"}, "u")
    setting("RUNS", 30)
    assert expired()["runs"] == 2
    gone = forget_old(house(), by=SYSTEM)
    assert (gone["runs"], gone["files"]) == (2, 3)
    assert {plain, shared_model} & rows(DETECTIONS) == set()
    assert rows(DETECTIONS) == {
        named, young, labelled, granted, modelled, reported, viewed, again, worked, renamed,
    }  # fmt: skip
    for digest in files:
        with pytest.raises(OSError, match="no longer"):
            artifact(digest)
    assert artifact(found(named).model).is_file()


def test_a_file_that_another_still_needs_stays(run: Callable[..., str], setting: Setting) -> None:
    plain = run("plain")
    other = run("other", name="kept by name", model=found(plain).model)
    setting("RUNS", 30)
    gone = forget_old(house(), by=SYSTEM)
    assert (gone["runs"], gone["files"]) == (1, 1)
    assert artifact(found(other).model).is_file()


# ---- reports ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_database")
def test_old_reports_go_that_nobody_shared_and_then_the_results_they_were_about(
    run: Callable[..., str], setting: Setting
) -> None:
    subject = run("reported")

    def reported(number: str, created: datetime = LONG_AGO) -> KeptReport:
        file = keep(f"report {number}".encode())
        one = KeptReport(
            number * 32, "u", "weekly", f"detection:{subject}", "t", "html", file, {}, created
        )
        with writing() as connection:
            registry.add(connection, one)
        return one

    old, young, shared = reported("a"), reported("b", NOW), reported("c")
    with writing() as connection:
        accounts.add_grant(connection, Grant("user:v", f"report:{shared.id}", "read"))
    setting("REPORTS", 30)
    setting("RUNS", 30)
    assert (expired()["reports"], expired()["runs"]) == (1, 0)
    gone = forget_old(house(), by=SYSTEM)
    assert (gone["reports"], gone["files"], gone["runs"]) == (1, 1, 0)
    assert rows(REPORTS) == {young.id, shared.id}
    with pytest.raises(OSError, match="no longer"):
        artifact(old.artifact)
    with writing() as connection:
        registry.drop(connection, KeptReport, shared.id)
        registry.drop(connection, KeptReport, young.id)
    assert forget_old(house(), by=SYSTEM)["runs"] == 1


# ---- jobs, the audit, and when ------------------------------------------------------------------


def ended(days: float) -> str:
    job = submit("report", {}, "u")
    with writing() as connection:
        change_job(connection, job.id, "queued", state="done", finished=NOW - timedelta(days=days))
    return job.id


def test_jobs_that_ended_go_after_a_month_and_those_that_wait_never(setting: Setting) -> None:
    old, young, waits = ended(31), ended(29), submit("report", {}, "u").id
    assert expired()["jobs"] == 1
    assert forget_old(house(), by=SYSTEM)["jobs"] == 1
    assert rows(JOBS) == {young, waits}
    setting("JOBS", 7)
    assert forget_old(house(), by=SYSTEM)["jobs"] == 1
    assert find_job(old) is None


def test_the_audit_is_cut_where_that_is_set_and_not_otherwise(setting: Setting) -> None:
    create_account("ana", "admin", password="eleven purple ducks")
    assert expired()["audit"] == 0
    setting("AUDIT", 1)
    later = NOW + timedelta(days=3)
    assert {rule.what: rule.expired for rule in retention_rules(house(), later)}["audit"] == 1
    assert forget_old(house(), by=SYSTEM, now=later)["audit"] == 1
    assert [one.event.action for one in entries()] == ["audit.cut"]


def test_it_comes_every_night_once_and_in_the_name_of_the_house(setting: Setting) -> None:
    channel()
    resolved("gap:a", LONG_AGO)
    delivered()
    setting("INCIDENTS", 30)
    for _ in range(3):  # servers that start
        ensure_daily()
    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
    (job,) = submit_due(tomorrow)
    assert job.kind == "retention"
    told = KINDS["retention"](job, Progress())
    assert told["forgotten"]["incidents"] == 1
    note = [one.event for one in entries() if one.event.action == "retention.forget"][-1]
    assert (note.actor, note.request) == ("system", f"job:{job.id}")
    again = KINDS["retention"](job, Progress())  # begun once more after a crash
    assert again["forgotten"]["incidents"] == 0


def test_who_may_not_change_settings_neither_counts_nor_forgets() -> None:
    less = replace(house(), permissions=frozenset({"audit:read"}))
    with pytest.raises(NotAllowed):
        retention_rules(less)
    with pytest.raises(NotAllowed):
        forget_old(less, by=SYSTEM)
