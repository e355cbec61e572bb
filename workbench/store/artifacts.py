"""Files that are kept under the SHA-256 of what is in them: whole or not at all, never changed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from workbench.core.errors import LimitExceeded, StorageFull, StoreError
from workbench.core.settings import settings

__all__ = ["PLACES", "Draft", "artifact", "draft", "keep", "tidy_up"]

#: Where artifacts lie in their folder.
PLACES = "[0-9a-f][0-9a-f]/*"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Draft:
    """A file that is being written: it becomes an artifact, or disappears.

    Attributes
    ----------
    path : pathlib.Path
    size : int
        Bytes written.
    """

    def __init__(self, path: Path, limit: int | None) -> None:
        self.path, self.size = path, 0
        self._limit, self._hash = limit, hashlib.sha256()
        self._file = path.open("xb")
        _hold(self._file)

    def write(self, content: bytes) -> None:
        """Add bytes; LimitExceeded where there are more than allowed."""
        self.size += len(content)
        if self._limit is not None and self.size > self._limit:
            raise LimitExceeded(
                f"More than {self._limit / 1e6:,.1f} MB, which is the most that can be taken in."
            )
        self._hash.update(content)
        self._file.write(content)

    def close(self) -> None:
        """Write nothing more."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def keep(self) -> str:
        """Keep the file and return its SHA-256: from then on it is there, also after a crash."""
        self.close()
        digest = self._hash.hexdigest()
        place = _place(digest)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.replace(place)
        _settle(place.parent)
        return digest


@contextmanager
def draft(limit: int | None = None) -> Iterator[Draft]:
    """Give a file to write to that nobody sees until it is kept.

    Raises
    ------
    StorageFull
        There is no room left in the data folder.
    StoreError
        It cannot be written to, for another reason.
    LimitExceeded
        More than ``limit`` bytes.
    """
    made: Draft | None = None
    try:
        folder = _drafts()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Draft(folder / secrets.token_hex(16), limit)
        yield made
    except OSError as error:
        if isinstance(error, StoreError) or not error.errno:
            raise
        told = f"The data folder cannot be written to: {error.strerror}."
        raise StorageFull.of(error) or StoreError(told) from error
    finally:
        if made is not None:
            with suppress(OSError):
                made._file.close()
            made.path.unlink(missing_ok=True)


def keep(content: bytes) -> str:
    """Keep some bytes and return their SHA-256."""
    with draft() as file:
        file.write(content)
        return file.keep()


def artifact(digest: str) -> Path:
    """Return the path of an artifact.

    Raises
    ------
    StoreError
        It is not there.
    """
    if _DIGEST.fullmatch(digest):
        path = _place(digest)
        if path.is_file():
            return path
    raise StoreError("A file that belongs to this is no longer in the data folder.")


def tidy_up() -> int:
    """Remove what processes left behind that were killed while they wrote; return how many files.

    Several processes may share the folder: what one of them still writes to is left alone.
    """
    removed = 0
    for path in _drafts().glob("*"):
        with suppress(OSError):
            with path.open("rb") as file:
                abandoned = _hold(file)
            if abandoned:
                path.unlink()
                removed += 1
    return removed


def _hold(file: BinaryIO) -> bool:
    """Mark a file as in use until it is closed, or its process ends; return whether it is now."""
    try:
        import fcntl
    except ImportError:  # Windows does not remove what is open
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody has it, or this kind of disk knows no such marks
        return False
    return True


def _drafts() -> Path:
    return _folder() / "drafts"


def _folder() -> Path:
    return settings().home / "artifacts"


def _place(digest: str) -> Path:
    return _folder() / digest[:2] / digest


def _settle(folder: Path) -> None:
    """Make the name in the folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
