"""A file, or the files of a folder, that others write on: what is new in them."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

from workbench.core.errors import ParameterError, UnreadableFile
from workbench.streams.base import Batch, Source, Surroundings

__all__ = ["Tail"]

#: Bytes that are read at once, and that one line may have.
PART, LONGEST_LINE = 4 * 2**20, 2**20


class Tail(Source):
    """Follows files that grow: CSV with a head line, or JSON lines.

    A file that is cut short or put in another's place is read from its beginning. Of a folder all
    files that the pattern names are followed, in the order of their names. Half a line waits for
    its end.

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
        if "/" in pattern or ".." in pattern:
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
            for file in await asyncio.to_thread(self._files, root):
                mark = known.get(file.name, {})
                rows, mark = await asyncio.to_thread(_news, file, mark)
                if mark != known.get(file.name):
                    known = {**known, file.name: mark}
                    moved = True
                    yield Batch(rows, {"files": known})
            if not moved:
                await asyncio.sleep(self.every)

    def _files(self, root: Path) -> list[Path]:
        if root.is_dir():
            inside = (
                one for one in root.glob(self.pattern) if one.resolve().parent == root.resolve()
            )
            return sorted(one for one in inside if one.is_file())
        if not root.exists():
            raise UnreadableFile(f"There is no file or folder '{self.path}' to follow.")
        return [root]


def _news(file: Path, mark: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the records since a mark, and the next mark."""
    with file.open("rb") as opened:
        found = file.stat()
        at = int(mark.get("at", 0))
        if mark.get("inode", found.st_ino) != found.st_ino or found.st_size < at:
            at, mark = 0, {}
        opened.seek(at)
        told = opened.read(PART)
    whole = told[: told.rfind(b"\n") + 1]
    if not whole and len(told) > LONGEST_LINE:
        raise UnreadableFile(f"A line of '{file.name}' has more than {LONGEST_LINE:,} bytes.")
    head = mark.get("head")
    text = whole.decode("utf-8-sig" if not at else "utf-8", errors="replace")
    if head is None and text:
        first = text.lstrip()[:1]
        head = [] if first in ("{", "[") else next(csv.reader(io.StringIO(text)), [])
        if head:
            text = text.partition("\n")[2]
    rows = _json_rows(text) if not head else _csv_rows(text, head)
    next_mark = {"at": at + len(whole), "inode": found.st_ino}
    return rows, next_mark | ({} if head is None else {"head": head})


def _json_rows(text: str) -> list[dict[str, Any]]:
    rows = []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = {}
        rows.append(row if isinstance(row, dict) else {})
    return rows


def _csv_rows(text: str, head: list[str]) -> list[dict[str, Any]]:
    return [dict(zip(head, line, strict=False)) for line in csv.reader(io.StringIO(text)) if line]
