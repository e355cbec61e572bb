"""Incidents and channels from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from tests.alerts._receivers import Receiver
from tests.alerts._setting import MINUTE, NOW, firing, found, raised
from workbench.cli import main
from workbench.cli.app import app
from workbench.core.settings import settings
from workbench.store.audit import entries
from workbench.store.database import writing
from workbench.store.incidents import change_incident

from .test_schemas import check

HUSH = "hush-hush-hush-hush"


def ran(*words: str, given: str | None = None, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), input=given, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("WORKBENCH_ALLOWED_NETWORKS", "127.0.0.0/8")
    settings.cache_clear()
    with Receiver() as made:
        yield made


def test_an_incident_is_listed_shown_acknowledged_commented_and_resolved() -> None:
    (incident,) = raised(firing(1, text="flow is \x1b[2J26"))
    short = incident.id[:8]
    assert short in ran("incidents", "list")
    ran("incidents", "ack", short)
    ran("incidents", "comment", short, "valve **stuck**")
    assert "resolved (true)" in ran("incidents", "resolve", short, "--outcome", "true")
    assert (found(incident).state, found(incident).outcome) == ("resolved", "true")
    shown = ran("incidents", "show", short)
    assert [word for word in ("acknowledged", "commented", "resolved") if word not in shown] == []
    assert "\x1b" not in shown
    assert {one.event.actor for one in entries()} == {"system"}
    assert "no such incident" in ran("incidents", "list")


def test_the_newest_is_the_worst_of_those_opened_last() -> None:
    raised(firing(1, cause="gap:a", severity=90.0))
    (low, high) = raised(
        firing(2, cause="gap:b", severity=40.0), firing(3, cause="gap:c", severity=60.0),
        now=NOW + MINUTE,
    )  # fmt: skip
    ran("incidents", "ack", "newest")
    assert (found(low).state, found(high).state) == ("open", "acknowledged")


def test_what_is_old_is_counted_and_then_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    (incident,) = raised(firing(1))
    ran("incidents", "resolve", incident.id, "--outcome", "true")
    assert "for ever" in ran("retention")
    with writing() as connection:
        change_incident(connection, incident.id, changed=NOW)
    monkeypatch.setenv("WORKBENCH_KEEP_INCIDENTS", "7")
    settings.cache_clear()
    assert "would go" in ran("retention", "--dry-run")
    assert found(incident).state == "resolved"
    told = json.loads(ran("retention", "--json"))
    assert {rule["what"]: rule["gone"] for rule in told["rules"]}["incidents"] == 1
    assert "no such incident" in ran("incidents", "list", "--state", "resolved")


def test_the_document_of_incidents_is_as_published() -> None:
    for number in range(3):
        raised(firing(number, cause=f"gap:{number}"))
    document = json.loads(ran("incidents", "list", "--count", "2", "--json"))
    check(document, "incidents")
    assert (document["total"], len(document["incidents"])) == (3, 2)


def test_a_channel_is_added_tried_and_listed_without_its_secrets(receiver: Receiver) -> None:
    words = json.dumps({"url": f"{receiver.url}/{HUSH}", "key": HUSH})
    said = ran("channels", "add", "pagers", "--kind", "webhook", "--settings-stdin", given=words)
    assert "pagers" in said
    said += ran("channels", "test", "pagers")
    assert len(receiver.got) == 1
    receiver.status = 500
    said += ran("channels", "test", "pagers", code=1)
    document = json.loads(ran("channels", "list", "--json"))
    check(document, "channels")
    (one,) = document["channels"]
    assert (one["secrets"], one["error"]) == (["key", "url"], "It answers 500.")
    assert HUSH not in said + repr(document) + ran("channels", "list")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("incidents", "ack", "0000"), "no incident '0000'"),
        (("incidents", "report", "newest"), "no incident yet"),
        (("report", "sample:pump", "--template", "post_mortem"), "workbench incidents report"),
        (("incidents", "list", "--state", "opne"), "Did you mean 'open'"),
        (("channels", "test", "none"), "no channel 'none'"),
        (("channels", "add", "x", "--kind", "webhok"), "Did you mean 'webhook'"),
        (("channels", "add", "x", "--kind", "webhook", "--set", "url"), "NAME=VALUE"),
        (("channels", "add", "x", "--kind", "webhook"), "needs the setting 'url'"),
    ],
)
def test_bad_words_are_one_clear_message(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.argv", ["workbench", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
