"""Incidents and channels from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from tests.alerts._receivers import Receiver
from tests.alerts._setting import firing, found, raised
from workbench.cli import main
from workbench.cli.app import app
from workbench.core.settings import settings
from workbench.store.audit import entries

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
