"""Secrets of channels, encrypted where they are kept."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

from workbench.core.errors import ParameterError
from workbench.core.extras import require
from workbench.team.secret import signing_key

__all__ = ["open_secrets", "seal_secrets"]

#: Bytes of a nonce of AES-GCM (NIST SP 800-38D).
_NONCE = 12
_VERSION = "1:"


def seal_secrets(secrets: Mapping[str, Any], owner: str) -> str:
    """Return secrets as they may be kept; empty for none.

    AES-256-GCM with a key that HKDF derives from the server's. ``owner`` is bound in: moved to
    another channel in the database, they cannot be opened there, and so be sent elsewhere.

    Examples
    --------
    >>> sealed = seal_secrets({"key": "hush"}, "c")
    >>> "hush" in sealed, open_secrets(sealed, "c")
    (False, {'key': 'hush'})
    """
    if not secrets:
        return ""
    nonce = os.urandom(_NONCE)
    text = json.dumps(dict(secrets)).encode("utf-8")
    closed = _cipher().encrypt(nonce, text, owner.encode("utf-8"))
    return _VERSION + base64.b64encode(nonce + closed).decode("ascii")


def open_secrets(sealed: str, owner: str) -> dict[str, Any]:
    """Return what was sealed.

    Raises
    ------
    ParameterError
        The server has another key than when it was sealed, or somebody altered it.
    """
    if not sealed:
        return {}
    require("cryptography", extra="server", why="to open the secrets of a channel")
    from cryptography.exceptions import InvalidTag

    try:
        raw = base64.b64decode(sealed.removeprefix(_VERSION), validate=True)
        text = _cipher().decrypt(raw[:_NONCE], raw[_NONCE:], owner.encode("utf-8"))
    except (InvalidTag, ValueError) as error:
        raise ParameterError(
            "The secrets of this channel were sealed with another key of the server, or altered: "
            "enter them anew."
        ) from error
    known: dict[str, Any] = json.loads(text)
    return known


def _cipher() -> Any:
    require("cryptography", extra="server", why="to seal the secrets of a channel")
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    # A key of its own, so that a weakness of one use does not open the other.
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"workbench secrets of channels")
    return AESGCM(derive.derive(signing_key()))
