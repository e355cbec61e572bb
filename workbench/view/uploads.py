"""Stores what people upload under names that cannot do harm."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from workbench.core.errors import LimitExceeded, UnreadableFile
from workbench.core.settings import settings
from workbench.sources._names import ENDINGS, safe_name

__all__ = ["ENDINGS", "safe_name", "store", "stored"]

_TOKEN = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")


def store(name: str, content: bytes) -> str:
    """Write an upload to the data folder and return its token, "upload:TOKEN/NAME".

    Raises
    ------
    LimitExceeded
        The content is larger than the setting ``upload_limit``.
    UnreadableFile
        The content is empty.
    """
    limit = settings().upload_limit
    if len(content) > limit:
        raise LimitExceeded(
            f"'{name}' has {len(content) / 1e6:,.1f} MB, and at most {limit / 1e6:,.0f} MB can be "
            "uploaded. Load larger files by path with wb.load, or set WORKBENCH_UPLOAD_LIMIT."
        )
    if not content:
        raise UnreadableFile(f"'{name}' is empty. Choose a file with a header and rows.")
    token, plain = secrets.token_hex(8), safe_name(name)
    folder = settings().home / "uploads" / token
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / plain).write_bytes(content)
    return f"upload:{token}/{plain}"


def stored(reference: str) -> Path:
    """Return the path behind "upload:TOKEN/NAME".

    Raises
    ------
    UnreadableFile
        There is no such upload, or the reference tries to leave the folder.
    """
    token, _, name = reference.removeprefix("upload:").partition("/")
    if _TOKEN.fullmatch(token) and _NAME.fullmatch(name):
        path = settings().home / "uploads" / token / name
        if path.is_file() and not path.is_symlink():
            return path
    raise UnreadableFile("This upload is no longer here. Upload the file again.")
