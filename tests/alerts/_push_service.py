"""A browser and its push service: reads what came as RFC 8030, 8188, 8291 and 8292 say.

Written from the RFCs over bare primitives, not with the library that the workbench encrypts with:
a mistake of that one would not cancel itself out here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import struct
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ._receivers import Got, Receiver

__all__ = ["Subscribed", "from_base64url", "to_base64url"]


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _point(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _hkdf(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    prk = hmac.new(salt, key, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()[:length]


@dataclass
class Subscribed:
    """A browser that has subscribed at a push service on this machine."""

    receiver: Receiver
    name: str = "one"
    private: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def path(self) -> str:
        return f"/push/{self.name}-hush"

    @property
    def keys(self) -> dict[str, str]:
        """What it hands in."""
        return {
            "endpoint": f"{self.receiver.url}{self.path}",
            "p256dh": to_base64url(_point(self.private.public_key())),
            "auth": to_base64url(self.auth),
        }

    def got(self) -> list[Got]:
        """Return what was sent to it, in order."""
        return [one for one in self.receiver.got if one.path == self.path]

    def shown(self) -> list[dict[str, Any]]:
        """Return what it shows: the last of each topic, once the push service was satisfied."""
        kept = {}
        for one in self.got():
            self.verify(one)
            kept[one.headers["topic"]] = json.loads(self.read(one.body))
        return list(kept.values())

    def verify(self, got: Got, public: str = "") -> dict[str, Any]:
        """Refuse what a push service would (RFC 8030 and 8292); return who sent it."""
        assert got.headers["content-encoding"] == "aes128gcm"
        assert int(got.headers["ttl"]) > 0
        assert got.headers["urgency"] in ("very-low", "low", "normal", "high")
        topic = got.headers["topic"]
        assert len(topic) <= 32
        assert from_base64url(topic)
        assert len(got.body) <= 4096
        scheme, _, rest = got.headers["authorization"].partition(" ")
        assert scheme == "vapid"
        told = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert public in ("", told["k"])
        point = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), from_base64url(told["k"])
        )
        claims = jwt.decode(
            told["t"], point, algorithms=["ES256"], audience=self.receiver.url,
            options={"require": ["aud", "exp"]},
        )  # fmt: skip
        assert claims["exp"] - time.time() <= 24 * 3600
        return dict(claims)

    def read(self, body: bytes) -> bytes:
        """Decrypt a message (RFC 8188 of one record, with the keys of RFC 8291)."""
        salt, size, length = body[:16], struct.unpack("!L", body[16:20])[0], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        there = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), there)
        info = b"WebPush: info\x00" + _point(self.private.public_key()) + sender
        key = _hkdf(self.auth, shared, info, 32)
        content = _hkdf(salt, key, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, key, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(content).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert padded[-1:] == b"\x02"
        return padded[:-1]
