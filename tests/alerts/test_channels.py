"""Every channel speaks with a real receiver, goes only where it may, and keeps its secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.alerts.channels import CHANNELS, make_channel
from workbench.alerts.channels._http import post
from workbench.alerts.channels.base import parameters_of, split
from workbench.alerts.sealing import open_secrets, seal_secrets
from workbench.core.errors import DeliveryError, NotAllowed, ParameterError, UnknownName
from workbench.core.message import REASONS, Message
from workbench.core.routes import Routes
from workbench.core.settings import settings
from workbench.serve.local import free_port

from ._alertmanager import running_alertmanager
from ._receivers import Receiver
from ._setting import MINUTE, NOW

KEY = "0123456789abcdef-hush"
MESSAGE = Message(
    id="e" * 32, reason="opened", incident="d" * 32, monitor="m" * 32, name="Pumps",
    title="Pumps / pump-3: something is odd in the data", text="flow is 26, expected 10 to 20",
    kind="anomaly", entity="pump-3", severity=60.0, bands=("high",), firings=1000, started=NOW,
    latest=NOW + MINUTE, at=NOW + MINUTE, detail={"actual": {"flow": 26.0}},
)  # fmt: skip

needs_loopback = pytest.mark.usefixtures("opened")


@needs_loopback
def test_a_webhook_is_signed_and_says_who_it_is(receiver: Receiver) -> None:
    hook = make_channel(
        "webhook", {"url": f"{receiver.url}/T1?t=1", "key": KEY, "headers": {"X-Team": "pumps"}}
    )
    hook.send(MESSAGE)
    (got,) = receiver.got
    assert got.path == "/T1?t=1"
    told = got.headers
    assert (told["webhook-id"], told["idempotency-key"], told["x-team"]) == (
        MESSAGE.id, MESSAGE.id, "pumps",
    )  # fmt: skip
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + got.body
    mine = base64.b64encode(hmac.new(KEY.encode(), signed, hashlib.sha256).digest()).decode()
    assert told["webhook-signature"] == f"v1,{mine}"
    body = json.loads(got.body)
    assert Message.of(body) == MESSAGE
    assert (body["band"], body["firings"]) == ("high", 1000)


@needs_loopback
@pytest.mark.parametrize(
    ("status", "retry"), [(500, True), (503, True), (429, True), (404, False), (302, False)]
)
def test_what_a_webhook_answers_says_whether_to_try_again(
    receiver: Receiver, status: int, retry: bool
) -> None:
    receiver.status, receiver.answer = status, {"retry-after": "7", "location": "http://10.0.0.1"}
    with pytest.raises(DeliveryError, match=str(status)) as told:
        make_channel("webhook", {"url": f"{receiver.url}/hush"}).send(MESSAGE)
    assert (told.value.retry, told.value.seconds) == (retry, 7.0)
    assert "hush" not in str(told.value)


@needs_loopback
def test_nobody_there_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for kind, more in (
        ("webhook", {"url": f"http://127.0.0.1:{port}/"}),
        ("alertmanager", {"url": f"http://127.0.0.1:{port}"}),
        ("mail", {"host": "127.0.0.1", "port": port, "sender": "a@b.example", "to": ["c@d.example"],
                  "security": "none"}),
    ):  # fmt: skip
        with pytest.raises(DeliveryError, match="does not answer") as told:
            make_channel(kind, more).send(MESSAGE)
        assert told.value.retry


@needs_loopback
def test_who_hangs_is_left_after_a_time_and_tried_again(receiver: Receiver) -> None:
    receiver.gate.clear()
    with pytest.raises(DeliveryError, match="ReadTimeout") as told:
        post(receiver.url, b"{}", {}, seconds=0.2)
    assert told.value.retry


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://2130706433/", "http://0x7f.1/", "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/", "http://192.168.1.1:9093", "http://0.0.0.0/", "http://[fe80::1]/",
    ],
)  # fmt: skip
def test_private_networks_are_closed_to_every_channel(url: str) -> None:
    for kind in ("webhook", "alertmanager"):
        made = make_channel(kind, {"url": url})
        with pytest.raises(NotAllowed, match="WORKBENCH_ALLOWED_NETWORKS"):
            made.check()
        with pytest.raises(DeliveryError) as told:
            made.send(MESSAGE)
        assert not told.value.retry


def test_apprise_connects_to_no_closed_network(receiver: Receiver) -> None:
    port = receiver.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(DeliveryError, match="private network") as told:
            make_channel("apprise", {"url": f"json://{host}:{port}/hush"}).send(MESSAGE)
        assert not told.value.retry
        assert "hush" not in str(told.value)
    assert receiver.got == []


@needs_loopback
def test_apprise_sends_where_it_may(receiver: Receiver) -> None:
    made = make_channel("apprise", {"url": f"{receiver.url.replace('http', 'json')}/hush"})
    made.check()
    made.send(MESSAGE)
    body = json.loads(receiver.got[0].body)
    assert body["title"] == "New: ▲ high – Pumps / pump-3: something is odd in the data"
    assert "flow is 26, expected 10 to 20" in body["message"]
    receiver.status = 500
    with pytest.raises(DeliveryError, match="did not take it") as told:
        made.send(MESSAGE)
    assert told.value.retry


@needs_loopback
def test_apprise_follows_no_redirect_into_a_closed_network(receiver: Receiver) -> None:
    receiver.status, receiver.answer = 307, {"location": "http://[::1]:9/"}
    with pytest.raises(DeliveryError, match="private network"):
        make_channel("apprise", {"url": f"{receiver.url.replace('http', 'json')}/"}).send(MESSAGE)


def test_what_speaks_to_the_machine_itself_is_refused() -> None:
    for url in ("syslog://", "dbus://", "no address"):
        with pytest.raises(ParameterError):
            make_channel("apprise", {"url": url})
    with pytest.raises(ParameterError, match="does not understand") as told:
        make_channel("apprise", {"url": "slack://hush"}).check()
    assert "hush" not in str(told.value)


@pytest.fixture
def post_office() -> Iterator[Any]:
    """Return a mail server that keeps what it takes, or refuses it."""
    from aiosmtpd.controller import Controller

    class Box:
        def __init__(self) -> None:
            self.letters: list[Any] = []
            self.says = "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if self.says.startswith("250"):
                self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
            return self.says

    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]  # type: ignore[attr-defined]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)  # type: ignore[attr-defined]
    controller.start()
    yield box
    controller.stop()


def _mail(post_office: Any, **more: Any) -> Any:
    usual = {"host": "127.0.0.1", "port": post_office.port, "sender": "bench@plant.example",
             "to": ["ana@plant.example", "ben@plant.example"], "security": "none"}  # fmt: skip
    return make_channel("mail", {**usual, **more})


@needs_loopback
def test_mail_arrives_as_one_conversation(post_office: Any) -> None:
    made = _mail(post_office)
    made.send(MESSAGE)
    made.send(replace(MESSAGE, id="f" * 32, reason="resolved", title="bad\r\nBcc: x@y.example"))
    (people, first), (_, second) = post_office.letters
    assert people == ["ana@plant.example", "ben@plant.example"]
    assert first["Message-ID"] == f"<{MESSAGE.id}@plant.example>"
    assert first["References"] == second["References"] == f"<{MESSAGE.incident}@plant.example>"
    assert second["Bcc"] is None
    assert "flow is 26" in first.get_payload(decode=True).decode()


@needs_loopback
@pytest.mark.parametrize(("says", "retry"), [("451 later", True), ("554 no", False)])
def test_what_a_mail_server_answers_says_whether_to_try_again(
    post_office: Any, says: str, retry: bool
) -> None:
    post_office.says = says
    with pytest.raises(DeliveryError, match=says[:3]) as told:
        _mail(post_office).send(MESSAGE)
    assert told.value.retry is retry


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Return a certificate for localhost that its own key signed, and that key."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_mail_over_an_encrypted_line_goes_only_to_whom_the_certificate_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    monkeypatch.setenv("WORKBENCH_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128")
    settings.cache_clear()
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    came: list[Any] = []

    class Box:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            came.append((session.auth_data.login, session.auth_data.password))
            return "250 OK"

    def signed_in(*words: Any) -> AuthResult:
        return AuthResult(success=True, auth_data=words[-1])

    port = free_port()
    controller = Controller(
        Box(), hostname="localhost", port=port, tls_context=context, require_starttls=True,
        authenticator=signed_in, auth_required=True,
    )  # fmt: skip
    controller.start()
    try:
        made = make_channel("mail", {
            "host": "localhost", "port": port, "sender": "a@b.example", "to": ["c@d.example"],
            "user": "bench", "password": "hush",
        })  # fmt: skip
        with pytest.raises(DeliveryError, match="SSLCertVerificationError") as told:
            made.send(MESSAGE)  # nobody vouches for that certificate
        assert (told.value.retry, came) == (False, [])
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        made.send(MESSAGE)
    finally:
        controller.stop()
    assert came == [(b"bench", b"hush")]


@needs_loopback
def test_a_password_goes_only_over_an_encrypted_line(post_office: Any) -> None:
    with pytest.raises(ParameterError, match="encrypted"):
        _mail(post_office, user="u", password="hush")
    made = _mail(post_office, user="u", password="hush", security="starttls")
    with pytest.raises(DeliveryError) as told:  # this server has no TLS to offer
        made.send(MESSAGE)
    assert isinstance(told.value.__cause__, smtplib.SMTPNotSupportedError)
    assert post_office.letters == []


@needs_loopback
def test_a_real_alertmanager_takes_incidents_and_ends_them() -> None:
    with running_alertmanager() as alerts:
        made = make_channel("alertmanager", {"url": alerts.url, "labels": {"team": "pumps"}})
        for _ in range(2):
            made.send(alerts.now(MESSAGE))
        (one,) = alerts.active()
        assert one["labels"] == {
            "alertname": "WorkbenchIncident", "severity": "high", "incident": MESSAGE.incident,
            "kind": "anomaly", "monitor": "Pumps", "entity": "pump-3", "team": "pumps",
        }  # fmt: skip
        made.send(alerts.now(MESSAGE, reason="worse", severity=80.0, bands=("high", "critical")))
        assert [one["labels"]["severity"] for one in alerts.active()] == ["critical"]
        made.send(alerts.now(MESSAGE, reason="resolved", bands=("high", "critical")))
        assert alerts.active() == []


def test_every_reason_can_be_said() -> None:
    for reason in REASONS:
        told = replace(MESSAGE, reason=reason, entity="", name="", link="https://w.example/i")
        assert told.subject().startswith(REASONS[reason])
        assert told.body().endswith("https://w.example/i")
        assert Message.of(json.loads(json.dumps(told.document()))) == told


@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        ("webhook", {}, "needs the setting 'url'"),
        ("webhook", {"url": "ftp://a.example"}, "https://"),
        ("webhook", {"url": "https://a:b@c.example"}, "password"),
        ("webhook", {"url": "https://a.example", "key": "short"}, "16"),
        ("webhook", {"url": "https://a.example", "headers": {"a\r\nb": "c"}}, "header"),
        ("webhook", {"url": "https://a.example", "headers": {"a": "c\r\nd: e"}}, "printable"),
        ("webhook", {"url": "https://a.example", "headers": {"Host": "b"}}, "ours"),
        ("webhook", {"url": "https://a.example", "ulr": 1}, "Did you mean 'url'"),
        ("webhook", {"url": 3}, "line"),
        ("alertmanager", {"url": "https://a.example", "labels": {"a-b": "c"}}, "label"),
        ("mail", {"host": "h", "sender": "no", "to": ["a@b.example"]}, "no address"),
        ("mail", {"host": "h", "sender": "a@b.example", "to": []}, "1 to 100"),
        ("mail", {"host": "h", "sender": "a@b.example", "to": "a@b.example", "port": 0}, "port"),
        ("mail", {"host": "h", "sender": "a@b.example", "to": "a@b.example", "security": "no"},
         "starttls"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(kind: str, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        make_channel(kind, wrong)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text(max_size=9)
    | st.sampled_from(["https://a.example", "http://[", "a@b.example", "a@", "@", "x://y", "a"]),
    lambda parts: st.lists(parts, max_size=3)
    | st.dictionaries(st.text(max_size=4), parts, max_size=3),
    max_leaves=5,
)  # fmt: skip


@pytest.mark.parametrize("kind", CHANNELS.names())
@given(data=st.data())
def test_whatever_is_said_a_channel_is_made_or_refused_in_words(
    kind: str, data: st.DataObject
) -> None:
    known = [*parameters_of(CHANNELS.get(kind)), "kind", "self"]
    words = data.draw(st.dictionaries(st.sampled_from(known), JSON))
    try:
        assert make_channel(kind, words).address() is not None
    except ParameterError as error:
        assert str(error)


@given(words=st.dictionaries(st.sampled_from(["routes", "regroup", "resolve_after"]), JSON))
def test_whatever_is_said_routes_are_made_or_refused(words: dict[str, Any]) -> None:
    try:
        made = Routes.of(words)
    except (ParameterError, TypeError) as error:
        assert str(error)
    else:
        assert Routes.of(json.loads(json.dumps(made.document(), allow_nan=False))) == made


def test_a_mistyped_channel_gets_a_proposal() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'webhook'"):
        make_channel("webhok", {})


def test_no_channel_shows_its_secrets() -> None:
    hush = {
        "webhook": {"url": "https://h.example/hush", "key": "hush" * 4, "headers": {"a": "hush"}},
        "alertmanager": {"url": "https://h.example", "token": "hush"},
        "apprise": {"url": "slack://hush/hush/hush"},
        "mail": {"host": "h.example", "sender": "a@b.example", "to": ["a@b.example"],
                 "user": "u", "password": "hush"},
        "in_page": {}, "web_push": {},
    }  # fmt: skip
    assert set(hush) == set(CHANNELS.names())
    for kind, words in hush.items():
        made = make_channel(kind, words)
        shown, secret = split(kind, words)
        assert "hush" not in repr(made) + repr(shown)
        sealed = seal_secrets(secret, "c")
        assert "hush" not in sealed
        assert open_secrets(sealed, "c") == secret


def test_sealed_secrets_open_for_their_channel_and_key_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = seal_secrets({"key": "hush"}, "c")
    assert sealed != seal_secrets({"key": "hush"}, "c")
    for wrong, owner in ((sealed, "d"), (sealed[:-8] + "AAAAAAA=", "c"), ("1:nonsense", "c")):
        with pytest.raises(ParameterError, match="enter them anew"):
            open_secrets(wrong, owner)
    monkeypatch.setenv("WORKBENCH_SECRET", "another key of this server, of 32 bytes")
    settings.cache_clear()
    with pytest.raises(ParameterError, match="another key"):
        open_secrets(sealed, "c")
