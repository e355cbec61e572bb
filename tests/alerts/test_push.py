"""Web push: told once, encrypted, to those who may and want it; nothing secret lies about."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from workbench.alerts.delivery import Deliverer
from workbench.alerts.handling import resolve
from workbench.alerts.push import own_key
from workbench.core.account import Grant, LoginSession
from workbench.core.errors import NotAllowed, NotFound, NotSignedIn, ParameterError
from workbench.core.push import BREAKS, QuietHours
from workbench.core.routes import Route
from workbench.core.settings import settings
from workbench.registry import devices
from workbench.store import accounts, credentials
from workbench.store.database import reading, writing
from workbench.team.access import Identity, identity_of
from workbench.team.accounts import change_account
from workbench.team.signing import end_session

from ._push_service import Subscribed, from_base64url
from ._receivers import Receiver
from ._setting import ANA, HOUR, NOW, PAGER, channel, firing, people, raised, routes, sent

pytestmark = pytest.mark.usefixtures("opened")
ANAS, BENS = "1" * 32, "2" * 32


@pytest.fixture(autouse=True)
def team(own_home: None) -> None:
    """Ana owns the monitor; Ben is an operator who sees it only where it is granted."""
    people("ana", "ben")


def signed_in(user: str, session: str = "") -> Identity:
    """Return somebody who came by a session; it is opened where there is none of the name."""
    id_, now = session or f"5{user[1:]}", datetime.now(UTC)
    with writing() as connection:
        if id_ not in {one.id for one in credentials.sessions_of(connection, user)}:
            lasts = now + timedelta(days=7)
            made = LoginSession(id_, user, now, now, lasts, "127.0.0.1", "Firefox")
            credentials.add_session(connection, made, f"{id_}{id_}")
        found = accounts.find_user(connection, id=user)
        assert found is not None
        return identity_of(connection, found, f"session:{id_}")


def subscribed(receiver: Receiver, user: str = ANAS, name: str = "one", **more: Any) -> Subscribed:
    """Let somebody turn notifications on in a browser."""
    browser = Subscribed(receiver, name)
    who = signed_in(user, **more)
    devices.add_device(who, **browser.keys, name=f"Browser {name}", by=who.doer())
    return browser


def granted(user: str = BENS) -> None:
    with writing() as connection:
        accounts.add_grant(connection, Grant(f"user:{user}", "monitor:m", "read"))


def left(user: str = ANAS) -> list[str]:
    return sorted(one.name for one in devices.list_devices(signed_in(user, user[0] + "7" * 31)))


def test_the_browser_of_these_tests_reads_the_example_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    number = int.from_bytes(from_base64url("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = Subscribed(
        Receiver.__new__(Receiver), private=ec.derive_private_key(number, ec.SECP256R1()),
        auth=from_base64url("BTBZMqHH6r4Tts7J_aSIgg"),
    )  # fmt: skip
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA"
        "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs"
        "j_Qulcy4a-fN"
    )
    assert browser.read(from_base64url(body)) == b"When I grow up, I want to be a watermelon"


def test_what_is_sent_only_the_browser_reads_and_a_push_service_takes(receiver: Receiver) -> None:
    browser = subscribed(receiver)
    channel(PAGER, "web_push")
    (incident,) = raised(firing(7, severity=80.0))
    assert Deliverer().run_once(NOW) == 1
    (got,) = browser.got()
    browser.verify(got, devices.server_key())
    assert b"pump" not in got.body
    headers = {name: got.headers[name] for name in ("topic", "ttl", "urgency")}
    assert headers == {"topic": incident.id, "ttl": "86400", "urgency": "high"}
    (told,) = browser.shown()
    assert told["title"] == "New: ◆ critical – Pumps / pump-3: something is odd in the data"
    assert "flow is 7" in told["body"]
    assert (told["tag"], told["band"], told["page"]) == (
        incident.id, "critical", f"/incident?id={incident.id}",
    )  # fmt: skip
    assert [one["action"] for one in told["actions"]] == ["acknowledge", "snooze"]
    (device,) = devices.list_devices(signed_in(ANAS))
    assert device.reached is not None
    with writing() as connection:
        resolve(connection, incident.id, by=ANA, now=NOW)
    Deliverer().run_once(NOW)
    (told,) = browser.shown()  # in place of what was there
    assert told["title"].startswith("Resolved")
    assert (told["actions"], told["again"]) == ([], False)
    assert browser.got()[-1].headers["urgency"] == "low"


def test_a_thousand_firings_of_an_incident_are_one_notification(receiver: Receiver) -> None:
    browser = subscribed(receiver)
    channel(PAGER, "web_push")
    for first in range(0, 1000, 100):  # from medium over high to critical
        raised(*(firing(first + one, severity=30.0 + (first + one) / 15) for one in range(100)))
        Deliverer().run_once(NOW)
    assert [one.headers["topic"] for one in browser.got()] == [sent()[0].incident] * 3
    (told,) = browser.shown()
    assert told["title"].startswith("Worse: ◆ critical")


def test_a_browser_that_is_gone_is_forgotten_and_holds_up_no_other(receiver: Receiver) -> None:
    gone, old, lives = (subscribed(receiver, name=name) for name in ("gone", "old", "lives"))
    channel(PAGER, "web_push")
    receiver.status = lambda got: {gone.path: 410, old.path: 404}.get(got.path, 201)
    raised(firing())
    assert Deliverer().run_once(NOW) == 1
    assert len(lives.shown()) == 1
    assert left() == ["Browser lives"]
    receiver.status = 410
    raised(firing(1, cause="anomaly:b"))
    Deliverer().run_once(NOW)
    assert left() == []
    last = [one for one in sent() if one.state == "dead"]
    assert [one.error for one in last] == ["No device took it: It answers 410."]


def test_only_who_did_not_take_it_is_tried_again(receiver: Receiver) -> None:
    away, near = subscribed(receiver, name="away"), subscribed(receiver, name="near")
    channel(PAGER, "web_push")
    receiver.answer = {"retry-after": "600"}
    receiver.status = lambda got: 429 if got.path == away.path else 201
    raised(firing())
    assert Deliverer().run_once(NOW) == 0
    (one,) = sent()
    assert one.next >= NOW + timedelta(seconds=600)
    assert one.error == "1 of 2 devices did not take it: It answers 429."
    receiver.status = 201
    assert Deliverer().run_once(NOW + HOUR) == 1
    assert (len(away.got()), len(near.got())) == (2, 1)
    assert left() == ["Browser away", "Browser near"]


def test_quiet_hours_hold_all_but_what_breaks_through(receiver: Receiver) -> None:
    browser, who = subscribed(receiver), signed_in(ANAS)
    channel(PAGER, "web_push")
    now = datetime.now(UTC)
    clock = [(now + timedelta(hours=hours)).strftime("%H:%M") for hours in (-1, 1)]
    devices.keep_quiet_hours(who, QuietHours("UTC", *clock, breaks="critical"), by=who.doer())
    raised(firing(1, severity=60.0))
    assert Deliverer().run_once(NOW) == 1
    assert browser.got() == []
    raised(firing(2, severity=80.0))  # it gets worse
    assert Deliverer().run_once(NOW) == 1
    assert [one["band"] for one in browser.shown()] == ["critical"]
    devices.keep_quiet_hours(who, None, by=who.doer())
    raised(firing(3, severity=10.0, cause="anomaly:b"))
    Deliverer().run_once(NOW)
    assert [one["band"] for one in browser.shown()] == ["critical", "low"]


@pytest.mark.parametrize("breaks", BREAKS)
def test_a_band_breaks_through_with_all_above_it(breaks: str) -> None:
    night = QuietHours("UTC", "22:00", "07:00", breaks)
    through = [word for word, severity in zip(BREAKS, (80.0, 60.0, 30.0, 5.0), strict=False)
               if not night.holds(NOW.replace(hour=3), severity)]  # fmt: skip
    assert through == ([] if breaks == "nothing" else list(BREAKS[: BREAKS.index(breaks) + 1]))
    assert night.holds(NOW.replace(hour=22), 0.0)
    assert not night.holds(NOW.replace(hour=7), 0.0)
    with pytest.raises(ParameterError, match="such as 22:00"):
        QuietHours("UTC", "22", "07:00")


def test_only_those_are_told_who_may_see_the_monitor_and_whom_the_channel_names(
    receiver: Receiver,
) -> None:
    anas, bens = subscribed(receiver), subscribed(receiver, BENS, "ben")
    channel(PAGER, "web_push")
    raised(firing(1))
    Deliverer().run_once(NOW)
    assert (len(anas.got()), len(bens.got())) == (1, 0)
    granted()
    raised(firing(2, cause="anomaly:b"))
    Deliverer().run_once(NOW)
    assert (len(anas.got()), len(bens.got())) == (2, 1)
    assert bens.shown()[0]["actions"] == []  # to read is not to acknowledge
    assert anas.shown()[1]["actions"]
    channel("b" * 32, "web_push", people=["Ben"])
    channel("c" * 32, "web_push", concerned=True)
    raised(firing(3, cause="anomaly:c"), by=routes(Route("b" * 32), Route("c" * 32)))
    Deliverer().run_once(NOW)
    assert (len(anas.got()), len(bens.got())) == (2, 2)
    assert [one.error for one in sent() if one.state == "dead"] == [
        "Nobody whom this is for has turned notifications on in a browser."
    ]


def test_a_device_goes_with_its_session_and_with_the_account(receiver: Receiver) -> None:
    for name in ("phone", "desk"):
        subscribed(receiver, name=name, session=name[0] * 32)
    end_session("d" * 32)
    assert left() == ["Browser phone"]
    with writing() as connection:  # that a session is over by its time takes nothing away
        late = datetime.now(UTC) + timedelta(days=30)
        credentials.sweep(connection, late, late)
    assert left() == ["Browser phone"]
    subscribed(receiver, BENS, "ben")
    change_account("ben", active=False)
    assert left(BENS) == []


def test_a_browser_says_that_it_is_there_still_and_comes_back_by_nothing_else(
    receiver: Receiver,
) -> None:
    browser, elsewhere = subscribed(receiver), signed_in(ANAS, "9" * 32)
    (known,) = devices.list_devices(elsewhere)
    devices.renew_device(elsewhere, known.id, **browser.keys, by=ANA)
    end_session(f"5{ANAS[1:]}")  # the session that it was turned on in
    moved = Subscribed(receiver, "moved")
    devices.renew_device(elsewhere, known.id, **moved.keys, by=ANA)
    assert devices.try_device(elsewhere, known.id, by=ANA).sent
    assert [one["title"] for one in moved.shown()] == ["Notifications work here"]
    with pytest.raises(NotFound):
        devices.remove_device(signed_in(BENS), known.id, by=ANA)
    devices.remove_device(elsewhere, known.id, by=ANA)
    with pytest.raises(NotFound):
        devices.renew_device(elsewhere, known.id, **moved.keys, by=ANA)
    end_session("9" * 32)
    with pytest.raises(NotSignedIn):
        devices.add_device(elsewhere, **moved.keys, by=ANA)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"endpoint": "https://10.1.2.3/push"}, NotAllowed, "private network"),
        ({"endpoint": "http://[::ffff:169.254.169.254]/push"}, NotAllowed, "private network"),
        ({"endpoint": "http://8.8.8.8/push"}, ParameterError, "begins with https"),
        ({"endpoint": "file:///etc/passwd"}, ParameterError, "https"),
        ({"p256dh": "B" * 87}, ParameterError, "P-256"),
        ({"auth": "AAAA"}, ParameterError, "16 bytes"),
    ],
)
def test_what_no_push_service_can_be_is_refused(
    receiver: Receiver, wrong: dict[str, str], error: type[Exception], words: str
) -> None:
    who = signed_in(ANAS)
    with pytest.raises(error, match=words):
        devices.add_device(who, **{**Subscribed(receiver).keys, **wrong}, by=ANA)
    key = Identity(who.user, who.permissions, {}, "token:x")
    with pytest.raises(NotAllowed, match="Only a browser"):
        devices.add_device(key, **Subscribed(receiver).keys, by=ANA)


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give the server another key than before."""

    def give(key: str) -> None:
        monkeypatch.setenv("WORKBENCH_SECRET", key)
        settings.cache_clear()

    return give


def test_under_another_key_of_the_server_another_pair_is_made_and_the_first_one_waits(
    receiver: Receiver, keyed: Callable[[str], None]
) -> None:
    first, second = "0123456789abcdef" * 2, "fedcba9876543210" * 2
    keyed(first)
    browser, was = subscribed(receiver), own_key().public
    (known,) = devices.list_devices(signed_in(ANAS))
    keyed(second)
    assert own_key().public != was
    tried = devices.try_device(signed_in(ANAS), known.id, by=ANA)
    assert (tried.sent, "turn it off and on" in tried.error) == (False, True)
    keyed(first)
    assert own_key().public == was
    assert devices.try_device(signed_in(ANAS), known.id, by=ANA).sent
    assert len(browser.got()) == 1


def test_no_key_and_no_address_lies_about(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = subscribed(receiver)
    channel(PAGER, "web_push")
    receiver.status = 503
    raised(firing())
    Deliverer().run_once(NOW)
    receiver.status = 410
    Deliverer().run_once(NOW + HOUR)
    receiver.status = 201
    again = subscribed(receiver, name="again")
    raised(firing(1, cause="anomaly:b"))
    Deliverer().run_once(NOW + HOUR)
    secret = [one for seen in (browser, again) for one in (*seen.keys.values(), seen.path)]
    with reading() as connection:
        rows = [
            str(row)
            for table in ("push_devices", "push_keys", "audit", "outbox", "channels")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    assert (len(browser.got()), len(again.shown())) == (2, 1)
    assert len(rows) > 8
    assert not [one for one in secret if any(one in row for row in (*rows, caplog.text))]
    assert not [one for one in secret if one in repr(devices.list_devices(signed_in(ANAS)))]
