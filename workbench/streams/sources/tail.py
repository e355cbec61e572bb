"""A file, or the files of a folder, that others write on: what is new in them."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

from workbench.core.errors import ParameterError, UnreadableFile
from workbench.streams.base import Batch, Source, Surroundings

__all__ = ["Tail"]

#: Bytes that are read at once, that one line may have, and by which a file is known again.
PART, LONGEST_LINE, PRINT = 4 * 2**20, 2**20, 256
#: Characters that a field of a CSV file may have; csv's own limit is one of the whole process.
LONGEST_FIELD = 2**17


class Tail(Source):
    """Follows files that grow: CSV with a head line, or JSON lines.

    A file that is cut short or put in another's place is read from its beginning; what was still
    to be read of one that was moved aside in its folder is read first. Of a folder all files that
    the pattern names are followed, in the order of their names. Half a line waits for its end.

    Parameters
    ----------
    path : str
        Of a file, or of a folder.
    pattern : str
        Which files of a folder.
    every : float
        Seconds between two looks.
    """

    about: ClassVar[str] = "a CSV or JSON lines file, or a folder of them, that others write on"

    def __init__(self, path: str, pattern: str = "*", every: float = 1.0) -> None:
        if not 0.05 <= every <= 3600:
            raise ParameterError(f"every must lie between 0.05 and 3,600 s, found {every}.")
        if "/" in pattern or ".." in pattern or not pattern:
            raise ParameterError("pattern names files of the folder itself: '*.csv'.")
        self.path, self.pattern, self.every = path, pattern, float(every)

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give what is new, file by file."""
        root = Path(around.check_path(self.path))
        known: dict[str, dict[str, Any]] = dict((position or {}).get("files", {}))
        while True:
            moved = False
            files, known = await asyncio.to_thread(self._files, root, known)
            for file in files:
                try:
                    rows, mark = await asyncio.to_thread(_news, file, known.get(file.name, {}))
                except FileNotFoundError:  # moved since we looked: it is looked for again
                    moved = True
                    break
                if mark != known.get(file.name):
                    known = {**known, file.name: mark}
                    moved = True
                    yield Batch(rows, {"files": known})
            if not moved:
                await asyncio.sleep(self.every)

    def _files(
        self, root: Path, known: dict[str, dict[str, Any]]
    ) -> tuple[list[Path], dict[str, dict[str, Any]]]:
        """Return the files to read, and how far each was read, by the names they have now."""
        if root.is_dir():
            inside = (
                one for one in root.glob(self.pattern) if one.resolve().parent == root.resolve()
            )
            files = sorted(one for one in inside if one.is_file())
            return files, _renamed(files, known)
        if not root.exists():
            if root.name in known:
                return [], known  # between two files, perhaps
            raise UnreadableFile(f"There is no file or folder '{self.path}' to follow.")
        mark = known.get(root.name)
        if mark is None or mark.get("inode") == root.stat().st_ino:
            return [root], known
        aside = [
            one for one in root.parent.iterdir()
            if one != root and not one.is_symlink() and one.is_file() and _is(one, mark)
        ]  # fmt: skip
        if aside and aside[0].stat().st_size > mark["at"]:
            return [aside[0], root], {aside[0].name: mark}
        return [root], known


def _renamed(files: list[Path], known: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return marks by the names that files have now."""
    gone = {
        mark["inode"]: name for name, mark in known.items()
        if not any(file.name == name and _is(file, mark) for file in files)
    }  # fmt: skip
    now = dict(known)
    for file in files:
        old = gone.get(file.stat().st_ino)
        if old is not None and old != file.name and _is(file, known[old]):
            now[file.name] = known[old]
            if now.get(old) is known[old]:
                del now[old]
    return now


def _is(file: Path, mark: dict[str, Any]) -> bool:
    """Return whether a file is the one that was read until a mark."""
    try:
        with file.open("rb") as opened:
            found = os.fstat(opened.fileno())
            return _same(opened, found, mark)
    except OSError:
        return False


def _same(opened: Any, found: os.stat_result, mark: dict[str, Any]) -> bool:
    at = int(mark.get("at", 0))
    if mark.get("inode", found.st_ino) != found.st_ino or found.st_size < at:
        return False
    # A number that a file had before may be another's now: the first bytes tell.
    return "print" not in mark or mark["print"] == zlib.crc32(opened.read(min(at, PRINT)))


def _news(file: Path, mark: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the records since a mark, and the next mark."""
    with file.open("rb") as opened:
        found = os.fstat(opened.fileno())
        if not _same(opened, found, mark):
            mark = {}
        at = int(mark.get("at", 0))
        opened.seek(at)
        told = opened.read(PART)
        whole = told[: told.rfind(b"\n") + 1]
        opened.seek(0)
        known = zlib.crc32(opened.read(min(at + len(whole), PRINT)))
    if not whole and len(told) > LONGEST_LINE:
        raise UnreadableFile(f"A line of '{file.name}' has more than {LONGEST_LINE:,} bytes.")
    next_mark = {"at": at + len(whole), "inode": found.st_ino, "print": known}
    head = mark.get("head")
    text = whole.decode("utf-8-sig" if not at else "utf-8", errors="replace")
    if head is None:
        text = text.lstrip("\r\n")
    if head is None and text:
        first, _, rest = text.partition("\n")
        head = [] if first.lstrip()[:1] in ("{", "[") else next(csv.reader([first]), [])
        text = rest if head else text
    rows = _json_rows(text) if not head else _csv_rows(text, head)
    return rows, next_mark | ({} if head is None else {"head": head})


def _json_rows(text: str) -> list[dict[str, Any]]:
    rows = []
    for line in text.split("\n"):  # not at what else ends lines: text may hold it
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = {}
        rows.append(row if isinstance(row, dict) else {})
    return rows


def _csv_rows(text: str, head: list[str]) -> list[dict[str, Any]]:
    lines = csv.reader(io.StringIO(text, newline=""))
    rows: list[dict[str, Any]] = []
    while True:
        try:
            line = next(lines)
        except StopIteration:
            return rows
        except csv.Error:  # a field longer than this process lets csv read
            rows.append({})
            continue
        if any(len(field) > LONGEST_FIELD for field in line):
            rows.append({})
        elif line:
            rows.append(dict(zip(head, line, strict=False)))
