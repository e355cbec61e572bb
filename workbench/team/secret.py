"""The key that tokens are signed with: given, or made once and kept beside the database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from workbench.core.errors import ParameterError, StoreError
from workbench.core.settings import settings

__all__ = ["signing_key"]

SHORTEST = 32
FILE = "secret.key"


def signing_key() -> bytes:
    """Return the key, of at least 32 bytes.

    Raises
    ------
    ParameterError
        The one that was given is too short, or too simple to be one.
    StoreError
        None was given, and none can be kept in the data folder.
    """
    given = settings().secret
    if given is not None:
        key = given.get_secret_value().encode("utf-8")
        if len(key) < SHORTEST or len(set(key)) < 12:
            raise ParameterError(
                f"WORKBENCH_SECRET must be random and have at least {SHORTEST} bytes, found "
                f"{len(key)}. Make one: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return key
    return _kept(settings().home / FILE)


def _kept(path: Path) -> bytes:
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"The key of this server cannot be kept in the data folder: {error.strerror}. Give it "
            "by WORKBENCH_SECRET."
        ) from error
    if len(key) < SHORTEST:
        raise StoreError(f"'{FILE}' in the data folder is damaged: remove it, and sign in again.")
    return key


def _make(path: Path) -> None:
    """Write a key that only we can read; where two do so at once, the first one counts."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
