"""Web push: this server's keys, and messages that one browser alone can read.

Encryption is RFC 8291 over RFC 8188 (``aes128gcm``), by http-ece; who sends is shown by a signed
token (RFC 8292, VAPID), by PyJWT. Both go through :func:`workbench.alerts.channels._http.post`,
which speaks only to hosts that may be spoken to (docs/adr/0023).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from workbench.alerts.channels._http import check_host, post
from workbench.alerts.channels.base import web_address
from workbench.alerts.sealing import open_secrets, seal_secrets
from workbench.core.errors import DeliveryError, ParameterError
from workbench.core.extras import require
from workbench.core.push import PushDevice, PushKey
from workbench.core.settings import settings
from workbench.core.web import allowed_addresses, is_open
from workbench.store import push as store
from workbench.store.audit import append
from workbench.store.database import reading, writing
from workbench.team.doer import SYSTEM

__all__ = [
    "Notice", "check_subscription", "digest_of", "note_outcomes", "own_key", "seal_subscription",
    "send_all",
]  # fmt: skip

#: Seconds that a token is believed; RFC 8292 allows a day.
TOKEN_LIFE = 12 * 3600
#: Bytes of text that fit into the 4,096 that every push service takes (RFC 8291, section 4).
MOST_PAYLOAD = 3993
MOST_ADDRESS = 2000
#: What a push service answers where a browser has thrown its subscription away.
GONE = (404, 410)
#: Ids of messages that a device is known to have taken.
MOST_TAKEN = 30
#: How many are sent at once, and for how many seconds: less than a message is held by its sender.
AT_ONCE, SECONDS = 16, 90.0
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")


@dataclass(frozen=True)
class Notice:
    """What a browser is sent.

    Attributes
    ----------
    payload : bytes
        JSON, see ``serve/pwa/source/push.js``.
    topic : str
        At most 32 characters of base64url: what waits at the push service under it is replaced.
    urgency : {"low", "normal", "high"}
        Whether a device that saves power is woken for it (RFC 8030, section 5.3).
    seconds : int
        How long the push service keeps it for a device that is away.
    """

    payload: bytes
    topic: str
    urgency: str
    seconds: int


# ---- our own keys ------------------------------------------------------------------------------


def own_key() -> PushKey:
    """Return the pair of keys that browsers subscribe with; it is made at first need.

    A pair that was sealed under another key of the server is passed over, not thrown away: it works
    again when the server has its key back.
    """
    with reading() as connection:
        found = _first_that_opens(connection)
    if found is None:
        with writing() as connection:  # writers come one after the other: one pair is made
            found = _first_that_opens(connection) or _made(connection)
    return found


def _first_that_opens(connection: Connection) -> PushKey | None:
    for key in store.all_keys(connection):
        try:
            open_secrets(key.secret, _owner(key))
        except ParameterError:
            continue
        return key
    return None


def _owner(one: PushKey | PushDevice) -> str:
    """Return what a secret is bound to: moved to another row it does not open."""
    return f"push {'key' if isinstance(one, PushKey) else 'device'} {one.id}"


def _made(connection: Connection) -> PushKey:
    require("cryptography", extra="server", why="to make keys for web push")
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pair = ec.generate_private_key(ec.SECP256R1())
    point = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    private = pair.private_numbers().private_value.to_bytes(32, "big")
    key = PushKey(secrets.token_hex(16), _written(point), "", datetime.now(UTC))
    sealed = seal_secrets({"private": _written(private)}, _owner(key))
    key = PushKey(key.id, key.public, sealed, key.created)
    store.add_key(connection, key)
    append(connection, SYSTEM.did("push.key", f"key:{key.id}"))
    return key


# ---- what a browser hands in -------------------------------------------------------------------


def check_subscription(endpoint: str, p256dh: str, auth: str) -> dict[str, str]:
    """Return what a browser handed in, where it may and can be sent to.

    Parameters
    ----------
    endpoint : str
        Address at its push service.
    p256dh : str
        Its public key, an uncompressed point of P-256 in base64url.
    auth : str
        16 secret bytes in base64url.

    Raises
    ------
    NotAllowed
        The host lies in a network that is closed.
    ParameterError
        One of them cannot be.
    UnreadableFile
        The host is not known.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    address = web_address("endpoint", endpoint)
    if len(address) > MOST_ADDRESS:
        raise ParameterError(f"endpoint has at most {MOST_ADDRESS:,} characters.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes("p256dh", p256dh, 65))
    except ValueError as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError("p256dh is a point of the curve P-256.") from error
    _bytes("auth", auth, 16)
    check_host(address)
    parts = urlsplit(address)
    if parts.scheme != "https":
        known = allowed_addresses(str(parts.hostname), parts.port or 80)
        if any(is_open(one, ()) for one in known):
            raise ParameterError("endpoint begins with https://: http:// is for opened networks.")
    return {"endpoint": address, "p256dh": p256dh, "auth": auth}


def digest_of(endpoint: str) -> str:
    """Return what is kept of an address in the open: the same browser is found by it."""
    return hashlib.sha256(endpoint.encode("utf-8")).hexdigest()


def seal_subscription(subscription: dict[str, str], device: str) -> str:
    """Return a subscription as it may be kept."""
    return seal_secrets(subscription, f"push device {device}")


def _bytes(name: str, text: str, count: int) -> bytes:
    found = _read(text) if _BASE64URL.fullmatch(text) and len(text) < 200 else b""
    if len(found) != count:
        raise ParameterError(f"{name} is {count} bytes in base64url.")
    return found


def _read(text: str) -> bytes:
    plain = text.rstrip("=")
    return base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


# ---- sending -----------------------------------------------------------------------------------


def send_all(
    wanted: Sequence[tuple[PushDevice, Notice]],
) -> list[tuple[PushDevice, DeliveryError | None]]:
    """Send to devices side by side; return what hindered each, None where it was taken.

    One that is dead or slow holds up no other.
    """
    with reading() as connection:
        keys = {key.id: key for key in store.all_keys(connection)}
    end = time.monotonic() + SECONDS

    def sent(one: tuple[PushDevice, Notice]) -> tuple[PushDevice, DeliveryError | None]:
        device, notice = one
        if time.monotonic() > end:
            return device, DeliveryError("Its turn did not come.", retry=True)
        try:
            _send(device, keys.get(device.key), notice)
        except DeliveryError as error:
            return device, error
        except ParameterError:
            told = "It subscribed under another key of this server: turn it off and on there."
            return device, DeliveryError(told, retry=False)
        return device, None

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as pool:
        return list(pool.map(sent, wanted))


def _send(device: PushDevice, key: PushKey | None, notice: Notice) -> None:
    if key is None:
        raise ParameterError("no such key")
    to = open_secrets(device.secret, _owner(device))
    private = _private(open_secrets(key.secret, _owner(key))["private"])
    headers = {
        "authorization": f"vapid t={_token(to['endpoint'], private)}, k={key.public}",
        "content-encoding": "aes128gcm", "content-type": "application/octet-stream",
        "ttl": str(notice.seconds), "urgency": notice.urgency, "topic": notice.topic,
    }  # fmt: skip
    post(to["endpoint"], _encrypted(notice.payload, to["p256dh"], to["auth"]), headers)


def _private(text: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(int.from_bytes(_read(text), "big"), ec.SECP256R1())


def _token(endpoint: str, private: Any) -> str:
    """Return who sends, signed, for this push service alone (RFC 8292)."""
    jwt = require("jwt", extra="server", why="to send web push")
    parts = urlsplit(endpoint)
    claims: dict[str, Any] = {
        "aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + TOKEN_LIFE,
    }  # fmt: skip
    origin = (settings().origins or "").split(",")[0].strip().rstrip("/")
    contact = settings().push_contact or (origin if origin.startswith("https://") else "")
    return str(
        jwt.encode(claims | ({"sub": contact} if contact else {}), private, algorithm="ES256")
    )


def _encrypted(payload: bytes, p256dh: str, auth: str) -> bytes:
    ece = require("http_ece", extra="server", why="to send web push")
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(payload) > MOST_PAYLOAD:
        raise DeliveryError(f"It has more than {MOST_PAYLOAD:,} bytes.", retry=False)
    once = ec.generate_private_key(ec.SECP256R1())
    return bytes(
        ece.encrypt(
            payload, private_key=once, dh=_read(p256dh), auth_secret=_read(auth),
            version="aes128gcm",
        )
    )  # fmt: skip


def note_outcomes(
    outcomes: Sequence[tuple[PushDevice, DeliveryError | None]], message: str
) -> None:
    """Keep what became of a message on each device; those that are gone are forgotten."""
    if not outcomes:
        return
    with writing() as connection:
        for device, error in outcomes:
            now = store.find_device(connection, id=device.id)
            if now is None or now.secret != device.secret:
                continue  # it was turned off, or renewed, meanwhile
            if error is None:
                values = {"reached": datetime.now(UTC), "error": "",
                          "took": [*now.took, message][-MOST_TAKEN:]}  # fmt: skip
                store.change_device(connection, device.id, **values)
            elif error.status in GONE:
                store.drop_device(connection, device.id)
                told = {"name": device.name, "service": device.service}
                append(connection, SYSTEM.did("push.gone", f"device:{device.id}", before=told))
            else:
                store.change_device(connection, device.id, error=str(error))
