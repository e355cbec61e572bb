"""Posts the message as JSON, signed, to an address of yours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from workbench.alerts.channels._http import check_host, post
from workbench.alerts.channels.base import Channel, shown_host, text_of, web_address
from workbench.core.errors import ParameterError
from workbench.core.message import Message

__all__ = ["Webhook"]

SHORTEST_KEY = 16
MOST_HEADERS = 20
#: Headers by which a request would say something else than it is.
_OURS = {"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect"}


class Webhook(Channel):
    """Lets any program of yours hear of incidents, and see that it was us who told.

    The body is :meth:`workbench.core.message.Message.document`. Headers follow Standard Webhooks:
    ``webhook-id`` is the same however often a message comes, ``webhook-timestamp`` is when it was
    sent (seconds since 1970), and ``webhook-signature`` is "v1," and the base64 of HMAC-SHA256,
    with the key, of ``id.timestamp.body``. ``idempotency-key`` repeats the id.

    Parameters
    ----------
    url : str
        Where to; kept secret, as many such addresses hold a token.
    key : str
        What messages are signed with, at least 16 characters; without one they are not signed.
    headers : mapping of str to str
        Further headers: ``{"authorization": "Bearer …"}``.

    References
    ----------
    https://www.standardwebhooks.com

    Examples
    --------
    >>> Webhook(url="https://hooks.example/T1/secret", key="0123456789abcdef")
    Webhook('https://hooks.example/…')
    """

    secrets = ("url", "key", "headers")

    def __init__(
        self, *, url: str, key: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self.url, self.key = web_address("url", url), text_of("key", key)
        if self.key and len(self.key) < SHORTEST_KEY:
            raise ParameterError(f"key has at least {SHORTEST_KEY} characters: it shall be random.")
        self.headers = _headers(headers or {})

    def send(self, message: Message) -> None:
        """Post a message."""
        body = json.dumps(message.document(), ensure_ascii=False, allow_nan=False).encode("utf-8")
        told = {
            **self.headers,
            "content-type": "application/json", "idempotency-key": message.id,
            "webhook-id": message.id, "webhook-timestamp": str(int(time.time())),
        }  # fmt: skip
        if self.key:
            signed = f"{message.id}.{told['webhook-timestamp']}.".encode() + body
            made = hmac.new(self.key.encode("utf-8"), signed, hashlib.sha256).digest()
            told["webhook-signature"] = "v1," + base64.b64encode(made).decode("ascii")
        post(self.url, body, told)

    def check(self) -> None:
        """Refuse a host that may not be spoken to."""
        check_host(self.url)

    def address(self) -> str:
        """Return the host."""
        return shown_host(self.url)


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > MOST_HEADERS:
        raise ParameterError(f"headers are at most {MOST_HEADERS} names with their values.")
    kept = {}
    for name, value in given.items():
        word = text_of("The name of a header", name, 100)
        if not word.isascii() or not word.replace("-", "").replace("_", "").isalnum():
            raise ParameterError("The name of a header has letters, digits and hyphens.")
        if word.lower() in _OURS:
            raise ParameterError(f"The header '{word}' is ours to set.")
        line = text_of(f"The header '{word}'", value)
        if not line.isascii():
            raise ParameterError(f"The header '{word}' must have ASCII characters only.")
        kept[word.lower()] = line
    return kept
