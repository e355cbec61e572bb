"""Unpacks compressed files in small steps, and stops at a bomb."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from workbench.core.errors import DataError, LimitExceeded, UnreadableFile

__all__ = ["COMPRESSIONS", "compression_of", "unpack"]

MIB = 1024 * 1024
COMPRESSIONS = (".gz", ".zst", ".bz2", ".xz", ".zip")
STEP = MIB
CRUMB = 1024
#: Real tables rarely shrink a hundredfold; zeros shrink a thousandfold.
RATIO, RATIO_FROM = 250, 32 * MIB
_MAGIC = {
    ".gz": b"\x1f\x8b",
    ".zst": b"\x28\xb5\x2f\xfd",
    ".bz2": b"BZh",
    ".xz": b"\xfd7zXZ",
    ".zip": b"PK",
}


def compression_of(name: str) -> str:
    """Return the ending of ``name`` that means compression, or ""."""
    return next((end for end in COMPRESSIONS if name.lower().endswith(end)), "")


def unpack(data: bytes, name: str, *, limit: int) -> bytes:
    """Return the one file inside compressed ``data``.

    Parameters
    ----------
    data : bytes
        The compressed file.
    name : str
        Its name; the ending says how it is packed.
    limit : int
        Bytes that may come out.

    Raises
    ------
    LimitExceeded
        It unpacks to more than ``limit``, or to hundreds of times its size.
    UnreadableFile
        It is damaged, packed with a password, or holds not exactly one file.
    """
    ending = compression_of(name)
    if not data:
        raise DataError(f"'{name}' is empty.")
    if not data.startswith(_MAGIC[ending]):
        raise UnreadableFile(
            f"'{name}' is not packed as its ending {ending} says. Rename it to what it is."
        )
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in _stream(data, ending, name, limit):
            size += len(piece)
            pieces.append(piece)
            if size > limit or (size > RATIO_FROM and size > RATIO * len(data)):
                raise LimitExceeded(
                    f"'{name}' ({len(data) / MIB:.1f} MiB) unpacks to more than "
                    f"{size // MIB} MiB, which looks like a compression bomb. "
                    "Unpack it yourself if you trust it, and read the unpacked file."
                )
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, RuntimeError) as error:
        if isinstance(error, (UnreadableFile, DataError)):
            raise
        raise _damaged(name, error) from None
    return b"".join(pieces)


def _damaged(name: str, error: Exception | str) -> UnreadableFile:
    return UnreadableFile(
        f"'{name}' is damaged or not complete and cannot be unpacked ({error}). "
        "Download or pack it again."
    )


def _stream(data: bytes, ending: str, name: str, limit: int) -> Iterator[bytes]:
    if ending == ".zip":
        yield from _only_member(data, name)
    elif ending == ".zst":
        yield from _zstandard(data, name)
    else:
        makers: dict[str, Any] = {
            ".gz": lambda: zlib.decompressobj(wbits=31),
            ".bz2": bz2.BZ2Decompressor,
            ".xz": lambda: lzma.LZMADecompressor(memlimit=max(limit // 2, 80 * MIB)),
        }
        yield from _members(data, makers[ending], name, zipped=ending == ".gz")


def _members(data: bytes, make: Any, name: str, *, zipped: bool) -> Iterator[bytes]:
    """Yield from each packed stream in turn; what follows the last one is ignored if zeros."""
    while data.strip(b"\0"):
        engine, pending = make(), data
        while not engine.eof:
            piece = engine.decompress(pending, STEP)
            pending = engine.unconsumed_tail if zipped else b""
            if not piece and not pending and not engine.eof:
                raise _damaged(name, "its end is missing")
            yield piece
        data = engine.unused_data


def _zstandard(data: bytes, name: str) -> Iterator[bytes]:
    """Yield from each frame; fed in crumbs, because a crumb may swell to 32 MiB."""
    import zstandard

    maker = zstandard.ZstdDecompressor(max_window_size=128 * MIB)
    try:
        while data:
            engine, position = maker.decompressobj(), 0
            while not engine.eof:
                if position >= len(data):
                    raise _damaged(name, "its end is missing")
                yield engine.decompress(data[position : position + CRUMB])
                position += CRUMB
            data = engine.unused_data + data[position:]
    except zstandard.ZstdError as error:
        raise _damaged(name, error) from None


def _only_member(data: bytes, name: str) -> Iterator[bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise _damaged(name, error) from None
    with archive:
        members = [item for item in archive.infolist() if not item.is_dir()]
        if len(members) != 1:
            raise UnreadableFile(
                f"'{name}' holds {len(members)} files; it must hold exactly one. "
                "Unpack it and read the one you need."
            )
        if members[0].flag_bits & 1:
            raise UnreadableFile(f"'{name}' is locked with a password. Unpack it first.")
        try:
            with archive.open(members[0]) as member:
                while piece := member.read(STEP):
                    yield piece
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise _damaged(name, error) from None
