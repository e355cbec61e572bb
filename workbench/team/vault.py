"""Secrets of streams and channels as they are kept: encrypted with a key of this server."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from workbench.core.errors import StoreError
from workbench.core.extras import require
from workbench.team.secret import signing_key

__all__ = ["lock_up", "unlock"]


def _box() -> Any:
    require("cryptography", extra="server", why="to keep secrets encrypted")
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(SHA256(), 32, salt=None, info=b"workbench secrets of streams and channels")
    return Fernet(base64.urlsafe_b64encode(key.derive(signing_key())))


def lock_up(words: Mapping[str, Any]) -> str:
    """Return secrets as text that only this server can read; "" for none."""
    if not words:
        return ""
    told: bytes = _box().encrypt(json.dumps(dict(words)).encode("utf-8"))
    return told.decode("ascii")


def unlock(kept: str) -> dict[str, Any]:
    """Return secrets that were locked up.

    Raises
    ------
    StoreError
        They were locked up with another key.
    """
    if not kept:
        return {}
    from cryptography.fernet import InvalidToken

    try:
        words: dict[str, Any] = json.loads(_box().decrypt(kept.encode("ascii")))
    except InvalidToken as error:
        raise StoreError(
            "A kept secret cannot be read: it was kept with another key of this server. Give the "
            "secret again, or set WORKBENCH_SECRET as it was."
        ) from error
    return words
