"""Looks at a file before anything opens it: is it there, is it a file, is it what it says?"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Any

from workbench.core.errors import DataError, UnreadableFile, suggest

__all__ = ["GROWTH", "check_file", "identify", "refuse_foreign", "shown", "snapshot"]

#: Seconds to wait for the rest of a line that somebody may be writing.
PATIENCE = 0.02
#: Said when a file got longer between the first look and the last byte.
GROWTH = "The file grew while it was read; rows that were added since the start are not in."

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or an Excel workbook)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (or .xls workbook)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x7fELF", "a program"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


def check_file(source: Any) -> Path:
    """Return the path of an existing regular file, or say what stands in the way.

    Raises
    ------
    UnreadableFile
        Nothing is there (the message proposes a near name), or it is a folder, a pipe or a
        device, or it may not be read.
    """
    path = Path(os.fsdecode(source))
    name = shown(path.name)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise UnreadableFile(f"File '{name}' does not exist.{_neighbour(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFile(f"File '{name}' cannot be opened: {reason}.") from None
    if not stat.S_ISREG(mode):
        raise UnreadableFile(f"'{name}' is {_kind(mode)}, not a file. Name one file in it.")
    if not os.access(path, os.R_OK):
        raise UnreadableFile(f"File '{name}' may not be read: permission denied.")
    return path.resolve()


def shown(name: str) -> str:
    r"""Return a file name as messages print it: one line, not endless, always writable.

    Examples
    --------
    >>> shown("a\nb.csv")
    'a?b.csv'
    """
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= 100 else plain[:97] + "…"


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((word for test, word in kinds if test(mode)), "something special")


def _neighbour(path: Path) -> str:
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for _, entry in zip(range(5000), entries, strict=False)]
    except (OSError, ValueError):
        return f" Its folder '{path.parent.name}' does not exist either."
    if path.name in names:
        return " It is a link to something that is gone."
    return suggest(path.name, names) or " Check the name and the folder."


def snapshot(path: str | Path) -> tuple[bytes, bool]:
    """Return the bytes of a file as it is now, and whether it grew meanwhile."""
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise UnreadableFile(f"'{Path(path).name}' is {_kind(state.st_mode)}, not a file.")
        data = file.read(state.st_size)
        if not data.endswith(b"\n"):  # perhaps somebody is in the middle of a line
            time.sleep(PATIENCE)
        return data, bool(file.read(1))


def identify(head: bytes) -> str:
    """Return what a file begins like ("a PNG image"), or "" for anything that may be text."""
    start = (
        head.lstrip(b"\xef\xbb\xbf \t\r\n")[:32].lower() if head[:1] in b"\xef <\n\r\t" else head
    )
    return next((what for magic, what in _MAGIC if start.startswith(magic)), "")


def refuse_foreign(head: bytes, name: str, wanted: str) -> None:
    """Refuse a file that is empty or that is plainly something else than ``wanted``.

    Raises
    ------
    DataError
        It is empty.
    UnreadableFile
        It is something else; the message names what.
    """
    if not head:
        raise DataError(f"'{name}' is empty. It should hold {wanted}.")
    found = identify(head)
    if found:
        raise UnreadableFile(
            f"'{name}' is {found}, not {wanted}. Rename it to what it is, or export it again."
        )
