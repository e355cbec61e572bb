"""What waits in the outbox arrives: at least once, in order, whoever is killed or hangs."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from workbench.alerts.delivery import Deliverer, Manner
from workbench.alerts.handling import resolve
from workbench.core.routes import Route
from workbench.store import channels as store
from workbench.store.database import reading, writing

from ._receivers import Receiver
from ._setting import ANA, HOUR, MAIL, MINUTE, NOW, PAGER, channel, firing, raised, routes, sent

pytestmark = pytest.mark.usefixtures("any_database", "opened")

SOON = 60.0
EAGER = Manner(look=0.02, lease=1.0, first=0.05, longest=0.2, rest=0.05)


def ids(receiver: Receiver) -> list[str]:
    return [one.headers["webhook-id"] for one in receiver.got]


def until(what: object, seconds: float = SOON) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_what_waits_is_sent_once(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    raised(firing())
    deliverer = Deliverer()
    assert (deliverer.run_once(NOW), deliverer.run_once(NOW + HOUR)) == (1, 0)
    (one,) = sent()
    assert (one.state, one.attempts, one.sent) == ("sent", 1, NOW)
    assert ids(receiver) == [one.id]
    with reading() as connection:
        kept = store.find_channel(connection, id=PAGER)
    assert kept is not None
    assert (kept.latest, kept.error) == (NOW, "")


def test_a_failure_is_tried_again_later_each_time_and_then_given_up(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    receiver.status = 500
    raised(firing())
    deliverer = Deliverer(Manner(first=8.0, longest=20.0, jitter=0.5, attempts=4))
    now, waits = NOW, []
    for _ in range(3):
        assert deliverer.run_once(now) == 0
        (one,) = sent()
        waits.append((one.next - now).total_seconds())
        assert deliverer.run_once(one.next - timedelta(seconds=0.1)) == 0  # not before its time
        now = one.next
    assert all(low <= wait <= high for wait, low, high in zip(waits, (4, 8, 10), (8, 16, 20),
                                                              strict=True))  # fmt: skip
    deliverer.run_once(now)
    (dead,) = sent()
    assert (dead.state, dead.attempts, dead.error) == ("dead", 4, "It answers 500.")
    assert len(set(ids(receiver))) == 1
    receiver.status = 204
    with writing() as connection:
        assert store.put_again(connection, dead.id, now)
        assert not store.put_again(connection, "0" * 32, now)
    assert deliverer.run_once(now) == 1
    assert sent()[0].state == "sent"


def test_what_no_second_try_helps_is_given_up_at_once(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    receiver.status = 404
    raised(firing())
    Deliverer().run_once(NOW)
    assert [(one.state, one.error) for one in sent()] == [("dead", "It answers 404.")]


def test_who_asks_to_wait_is_given_the_time(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    receiver.status, receiver.answer = 429, {"retry-after": "600"}
    raised(firing())
    Deliverer().run_once(NOW)
    assert sent()[0].next >= NOW + timedelta(seconds=600)


def test_resolved_does_not_overtake_opened(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    receiver.status = lambda got: 500 if json.loads(got.body)["reason"] == "opened" else 200
    (incident,) = raised(firing())
    deliverer = Deliverer()
    deliverer.run_once(NOW)
    with writing() as connection:
        resolve(connection, incident.id, by=ANA, now=NOW)
    deliverer.run_once(NOW)
    receiver.status = 200
    deliverer.run_once(NOW + HOUR)
    told = [json.loads(one.body)["reason"] for one in receiver.got]
    assert told == ["opened", "opened", "resolved"]


def test_a_poisoned_message_holds_up_no_other(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    receiver.status = lambda got: 500 if b"flow is 1" in got.body else 200
    raised(firing(1, cause="anomaly:a"))
    raised(firing(2, cause="anomaly:b"), now=NOW + MINUTE)
    with Deliverer(EAGER):
        until(lambda: [one.state for one in sent()] == ["waiting", "sent"])


def test_a_channel_that_hangs_holds_up_no_other(receiver: Receiver) -> None:
    receiver.gate.clear()
    with Receiver() as quick:
        channel(PAGER, "webhook", url=receiver.url)
        channel(MAIL, "webhook", url=quick.url)
        ways = routes(Route(PAGER), Route(MAIL))
        with Deliverer(EAGER):
            raised(firing(1), by=ways)
            assert receiver.came.acquire(timeout=SOON)
            raised(firing(2, cause="anomaly:b"), firing(3, cause="anomaly:c"), by=ways)
            for _ in range(3):
                assert quick.came.acquire(timeout=SOON)
            receiver.gate.set()
            until(lambda: {one.state for one in sent()} == {"sent"})
        assert len(set(ids(receiver))) == 3


def test_two_who_deliver_at_once_send_each_message_once(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    raised(*(firing(number, cause=f"anomaly:{number}") for number in range(30)))
    lasting = Manner(look=0.02)
    with Deliverer(lasting), Deliverer(lasting):
        until(lambda: {one.state for one in sent()} == {"sent"})
    assert sorted(ids(receiver)) == sorted(one.id for one in sent())


def test_killed_between_sending_and_marking_it_comes_once_more_with_the_same_id(
    receiver: Receiver,
) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    receiver.gate.clear()
    raised(firing())
    program = (
        "import time; from workbench.alerts.delivery import Deliverer, Manner\n"
        "Deliverer(Manner(look=0.02, lease=1.0)).start(); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        assert receiver.came.acquire(timeout=SOON), "it was never sent"
    finally:
        process.kill()
        process.wait()
    assert [one.state for one in sent()] == ["waiting"]
    receiver.gate.set()
    with Deliverer(EAGER):
        until(lambda: [one.state for one in sent()] == ["sent"])
    assert ids(receiver) == [sent()[0].id] * 2


def test_killed_at_any_moment_everything_arrives_at_most_once_more_for_each_kill(
    receiver: Receiver,
) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    raised(*(firing(number, cause=f"anomaly:{number}") for number in range(60)))
    wanted = {one.id for one in sent()}
    program = (
        "import time; from workbench.alerts.delivery import Deliverer, Manner\n"
        "Deliverer(Manner(look=0.01, lease=0.5)).start(); time.sleep(600)"
    )
    chance, kills = random.Random(3), 0
    while {one.state for one in sent()} != {"sent"} and kills < 3:
        before = len(receiver.got)
        process = subprocess.Popen([sys.executable, "-c", program])
        try:
            until(lambda before=before: len(receiver.got) > before)
            time.sleep(chance.uniform(0.0, 0.05))
        finally:
            process.kill()
            process.wait()
        kills += 1
    with Deliverer(EAGER):
        until(lambda: {one.state for one in sent()} == {"sent"})
    arrived = ids(receiver)
    print(f"{len(wanted)} messages, {kills} kills, {len(arrived) - len(wanted)} repeats")
    assert set(arrived) == wanted
    assert len(arrived) - len(wanted) <= kills


def test_who_held_a_message_too_long_changes_nothing_any_more(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    raised(firing())
    lease = timedelta(seconds=1)
    with writing() as connection:
        old = store.claim_outgoing(connection, PAGER, "old", NOW, lease)
        assert store.claim_outgoing(connection, PAGER, "new", NOW, lease) is None
        assert old is not None
    Deliverer().run_once(NOW + MINUTE)
    with writing() as connection:
        assert not store.end_outgoing(connection, old.id, "old", state="dead")
    assert sent()[0].state == "sent"


def test_channels_that_are_gone_off_or_sealed_elsewhere_give_up_in_words() -> None:
    channel(PAGER, "webhook", url="https://h.example/hush")
    raised(firing())
    with writing() as connection:
        store.change_channel(connection, PAGER, secret="1:AAAA")
    Deliverer().run_once(NOW)
    assert "enter them anew" in sent()[0].error
    with writing() as connection:
        store.change_channel(connection, PAGER, enabled=False)
        store.put_again(connection, sent()[0].id, NOW)
    Deliverer().run_once(NOW)
    assert sent()[0].error == "The channel is turned off."


def test_what_arrived_long_ago_is_forgotten_and_what_did_not_stays(receiver: Receiver) -> None:
    channel(PAGER, "webhook", url=receiver.url)
    raised(firing(1), firing(2, cause="anomaly:b"))
    receiver.status = lambda got: 404 if b"flow is 2" in got.body else 200
    Deliverer().run_once(NOW)
    with writing() as connection:
        assert store.sweep_outbox(connection, datetime.now(UTC)) == 1
    assert [one.state for one in sent()] == ["dead"]


def test_no_log_line_holds_a_secret(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel(PAGER, "webhook", url=f"{receiver.url}/hush", key="hush" * 4, headers={"a": "hush"})
    channel(MAIL, "apprise", url=f"{receiver.url.replace('http', 'json')}/hush")
    receiver.status = 500
    ways = routes(Route(PAGER), Route(MAIL))
    raised(firing(), by=ways)
    Deliverer().run_once(NOW)
    assert len(receiver.got) == 2
    lines = [line for line in caplog.messages if "did not take message" in line]
    assert len(lines) == 2
    assert "hush" not in caplog.text + repr(sent())
