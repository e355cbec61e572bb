"""Reports come when they shall, by real mail or as files: again after a failure, and once."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.alerts._setting import MINUTE, NOW, PAGER, channel, firing, raised, routes, sent
from tests.reports._cases import monitor as a_monitor
from tests.reports._cases import points as some_points
from workbench.alerts import handling
from workbench.alerts.channels import mail as mail_room
from workbench.alerts.channels import make_channel
from workbench.alerts.delivery import Deliverer, Manner
from workbench.core.errors import DeliveryError, NotAllowed, NotFound, ParameterError
from workbench.core.message import Attachment, Message
from workbench.core.progress import Progress
from workbench.core.routes import Route
from workbench.core.settings import settings
from workbench.core.stream import Stream
from workbench.jobs.schedule import submit_due
from workbench.registry._tables import kept_table
from workbench.registry.channels import add_channel, send_again
from workbench.registry.datasets import keep_data
from workbench.registry.reports import (
    _TYPES,
    ReportRequest,
    check_report,
    list_reports,
    make_report,
)
from workbench.registry.schedules import order_again
from workbench.registry.work import KINDS
from workbench.store.artifacts import artifact, keep
from workbench.store.database import reading, writing
from workbench.store.monitors import add_monitor, add_points
from workbench.store.streams import add_stream
from workbench.streams import kept_points
from workbench.team.access import Identity, house, identity_of
from workbench.team.accounts import create_account
from workbench.team.doer import SYSTEM


class PostOffice:
    """Takes mail as a real server does, or answers what it is told to."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.says = "250 OK"
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.says.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.says


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    from aiosmtpd.controller import Controller

    monkeypatch.setenv("WORKBENCH_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("WORKBENCH_ORIGINS", "https://bench.plant.example")
    settings.cache_clear()
    box = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def ana() -> Identity:
    user = create_account("ana", "operator", password="eleven purple ducks")
    with reading() as connection:
        return identity_of(connection, user, "session:s")


def mail(post_office: PostOffice) -> str:
    words = {"host": "127.0.0.1", "port": post_office.port, "sender": "bench@plant.example",
             "to": ["team@plant.example"], "security": "none"}  # fmt: skip
    return add_channel(house(), "team mail", "mail", words, by=SYSTEM).id


def a_resolved_incident(owner: str) -> str:
    channel()
    by = replace(routes(Route(PAGER)), owner=owner)
    (one,) = raised(firing(severity=82.0, actual={"flow": 26.0}), by=by)
    with writing() as connection:
        handling.comment(connection, one.id, "<b>stuck</b> valve", by=SYSTEM, now=NOW + MINUTE)
        handling.resolve(connection, one.id, "true", by=SYSTEM, now=NOW + 2 * MINUTE)
    return one.id


def test_a_weekly_report_comes_by_mail_again_after_a_failure_and_once(
    post_office: PostOffice, ana: Identity
) -> None:
    way, incident = mail(post_office), a_resolved_incident(ana.user.id)
    words = {"subject": f"incident:{incident}", "channels": [way], "params": {"title": "Week 9"}}
    made = order_again(ana, "report", words, cron="0 7 * * MON", by=ana.doer())
    assert made.next is not None
    (job,) = submit_due(made.next)
    told = KINDS["report"](job, Progress())
    assert KINDS["report"](job, Progress()) == told  # begun once more after a crash
    (waiting,) = [one for one in sent() if one.channel == way]
    # The mail server is out of order; then it refuses for good; then somebody sends it again.
    post_office.says = "451 come back later"
    deliverer = Deliverer(Manner(attempts=2))
    at = datetime.now(UTC)
    assert deliverer.run_once(at) == 2  # what the pager was told, and no mail
    later = at + timedelta(hours=1)
    deliverer.run_once(later)
    (dead,) = [one for one in sent() if one.channel == way]
    assert (dead.state, dead.attempts, dead.error) == ("dead", 2, "It answers 451.")
    assert post_office.letters == []
    post_office.says = "250 OK"
    send_again(house(), dead.id, by=SYSTEM)
    assert deliverer.run_once(later + timedelta(hours=1)) == 1
    (letter,) = post_office.letters
    assert letter["Subject"] == "Report: Week 9"
    assert letter["Message-ID"] == f"<{waiting.id}@plant.example>"
    text = letter.get_body(("plain",)).get_content()
    assert "High" in text or "Critical" in text
    assert f"https://bench.plant.example/api/v1/reports/{told['report']}/file" in text
    (page,) = list(letter.iter_attachments())
    assert page.get_content_type() == "text/html"
    assert page.get_filename().endswith(".html")
    html = page.get_content()
    assert page.get_content_charset() == "utf-8"
    assert "&lt;b&gt;stuck&lt;/b&gt; valve" in html
    kept = list_reports(ana, subject=f"incident:{incident}").items
    assert [one.id for one in kept] == [told["report"]]
    assert artifact(kept[0].artifact).read_bytes().decode() == html.replace("\r\n", "\n")


def a_watched_stream(owner: str) -> str:
    """Keep a monitor that has scored the points of the last hours."""
    now = datetime.now(UTC)
    one = a_monitor(owner=owner, latest=now, points=240)
    shown = some_points()
    shift = np.datetime64(now.replace(tzinfo=None), "us") - shown.time[-1]
    shown = replace(shown, time=shown.time + shift)
    stream = Stream(
        one.stream,
        "plant",
        owner,
        "push",
        {},
        {},
        "running",
        "",
        None,
        1,
        240,
        0,
        now,
        now,
        now,
        now,
    )
    with writing() as connection:
        add_stream(connection, stream, "")
        add_monitor(connection, one)
        add_points(connection, one.id, kept_points.kept(shown))
    return one.id


def test_a_daily_report_of_a_monitor_is_written_to_the_folder_that_is_open(
    ana: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = a_watched_stream(ana.user.id)
    asked = ReportRequest(f"monitor:{monitor}", params={"hours": 12}, file="pumps-{date}.html")
    with pytest.raises(NotAllowed, match="WORKBENCH_REPORT_FOLDER"):
        check_report(ana, asked)
    monkeypatch.setenv("WORKBENCH_REPORT_FOLDER", str(tmp_path))
    settings.cache_clear()
    for bad in ("../x.html", "/x.html", "a/b.html", ".html", "x.pdf", "{day}.html", "x\n.html"):
        with pytest.raises(ParameterError, match="file"):
            check_report(ana, replace(asked, file=bad))
    made = make_report(ana, asked, Progress(), by=ana.doer())
    (path,) = tmp_path.iterdir()
    assert path.name == f"pumps-{datetime.now(UTC):%Y-%m-%d}.html"
    assert path.read_bytes() == artifact(made.artifact).read_bytes()
    summary = made.facts["summary"]
    assert (summary["records"], summary["anomalies"]) == (240, 13)
    assert made.template == "watch_report"


def test_what_could_not_be_delivered_is_said_when_it_is_ordered(
    post_office: PostOffice, ana: Identity
) -> None:
    incident = a_resolved_incident(ana.user.id)
    asked = ReportRequest(f"incident:{incident}", channels=[mail(post_office)])
    assert check_report(ana, asked).incident.id == incident
    with pytest.raises(ParameterError, match=r"in_page.* carries no files\. These do: mail"):
        check_report(ana, replace(asked, channels=[PAGER]))
    with pytest.raises(NotFound, match="no channel"):
        check_report(ana, replace(asked, channels=["f" * 32]))
    with pytest.raises(NotFound, match="no incident"):
        check_report(ana, replace(asked, subject="incident:" + "0" * 32))
    with pytest.raises(ParameterError, match="monitor:ID"):
        check_report(ana, replace(asked, subject="channel:1"))
    with pytest.raises(ParameterError, match="about an incident"):
        check_report(ana, replace(asked, subject=f"monitor:{a_watched_stream(ana.user.id)}",
                                  template="post_mortem"))  # fmt: skip
    less = replace(ana, permissions=ana.permissions - {"monitors:write"})
    check_report(less, replace(asked, channels=[]))
    with pytest.raises(NotAllowed, match="monitors:write"):
        check_report(less, asked)
    other = replace(ana, user=replace(ana.user, id="9" * 32))
    with pytest.raises(NotFound):
        check_report(other, asked)


@pytest.mark.parametrize("form", ["html", "pdf", "ipynb"])
def test_a_file_arrives_byte_by_byte_and_one_that_is_gone_or_too_large_is_named(
    post_office: PostOffice, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    words = {"host": "127.0.0.1", "port": post_office.port, "sender": "bench@plant.example",
             "to": ["team@plant.example"], "security": "none"}  # fmt: skip
    made, content = make_channel("mail", words), "<p>\u25c6 – ü</p>\r\n\n.\n".encode() * 400
    digest = keep(content)
    message = Message(
        id="e" * 32, reason="report", incident="", monitor="", name="r", title="Week\r\nBcc: x@y.z",
        text="Quiet.", kind="report", entity="", severity=0.0, bands=(), firings=0, started=NOW,
        latest=NOW, at=NOW, attachments=(Attachment(f"r.{form}", digest, _TYPES[form]),),
    )  # fmt: skip
    made.send(Message.of(json.loads(json.dumps(message.document()))))
    (letter,) = post_office.letters
    assert letter["Bcc"] is None
    assert "Attached: r." in letter.get_body(("plain",)).get_content()
    (file,) = list(letter.iter_attachments())
    assert file.get_payload(decode=True) == content
    monkeypatch.setattr(mail_room, "MOST_BYTES", 1000)
    made.send(message)
    assert list(post_office.letters[-1].iter_attachments()) == []
    assert "Too large for mail" in post_office.letters[-1].get_content()
    artifact(digest).unlink()
    with pytest.raises(DeliveryError, match="is not kept any more") as told:
        made.send(message)
    assert told.value.retry is False


def test_the_newest_data_are_looked_at_for_a_report_on_anomalies(ana: Identity) -> None:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(60, 2)), columns=["flow", "heat"])
    data, _ = keep_data(ana, "scans", kept_table(frame), "d.parquet", roles={}, source={},
                        by=ana.doer())  # fmt: skip
    asked = ReportRequest(f"dataset:{data.id}", template="monitoring", detector="pca")
    made = make_report(ana, asked, Progress(), by=ana.doer())
    assert (made.template, made.name) == ("monitoring_report", "monitoring_report of scans")
    assert made.facts["summary"]["detector"] == "pca"
    assert made.facts["summary"]["rows"] == 60
    with pytest.raises(ParameterError, match="about data"):
        check_report(
            ana, ReportRequest(f"monitor:{a_watched_stream(ana.user.id)}", detector="ecod")
        )
