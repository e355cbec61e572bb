"""A small disk of its own for a server, which can really be full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Disk", "small_disk"]

PIECES = (1 << 16, 1 << 12, 1 << 8, 1)


@dataclass
class Disk:
    """A disk, mounted at a folder.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def fill(self, left: int = 0) -> None:
        """Leave so many bytes of room, or none."""
        with (self.folder / "filler").open("ab", buffering=0) as file:
            for piece in PIECES:
                try:
                    while self.room() > left or not left:
                        file.write(b"\0" * piece)
                        if left and self.room() <= left:
                            return
                except OSError:
                    continue

    def room(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def free(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Disk]:
    """Mount a small disk; who may not (root may, or who runs under ``unshare -rm``) is told so."""
    folder.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=1777", "tmpfs", str(folder)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("a disk that is full needs a small one: no program 'mount' is here")
    if done.returncode:
        pytest.skip(
            "a disk that is full needs a small one, and mounting it is not allowed here: run as "
            f"root, or under 'unshare -rm' ({done.stderr.strip()})"
        )
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
