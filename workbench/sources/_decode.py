"""Finds out in which letters a text file is written, and turns it into UTF-8 with LF ends."""

from __future__ import annotations

import codecs
import re

from workbench.core.errors import ParameterError, UnreadableFile

__all__ = ["to_utf8"]

MIB = 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(range(9)) + bytes(range(14, 32))
_LONELY = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
#: What people's files are written in, if not UTF-8; more candidates make more wrong guesses.
_CANDIDATES = ["cp1252", "cp1250", "cp1251", "cp1253", "shift_jis", "gb18030", "big5", "euc_kr"]


def to_utf8(data: bytes, name: str, encoding: str | None) -> tuple[bytes, list[str]]:
    """Return text as UTF-8 without a mark and with LF line ends, and what was noticed.

    Raises
    ------
    UnreadableFile
        It is not text.
    ParameterError
        There is no such encoding, or the text is not written in it.
    """
    notices: list[str] = []
    if encoding is None:
        mark, encoding = next(
            ((mark, known) for mark, known in _BOMS if data.startswith(mark)), (b"", "")
        )
        data = data[len(mark) :]
        encoding = encoding or _guess(data, name)
        if encoding not in ("utf-8", "ascii"):
            notices.append(f"Read as {encoding} text; pass encoding= if letters look wrong.")
    data = _transcode(data, name, encoding)
    data = data.removeprefix(codecs.BOM_UTF8)
    _refuse_binary(data, name)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
        if b"\r" in data:
            data = data.replace(b"\r", b"\n")
    return data, notices


def _guess(data: bytes, name: str) -> str:
    if data.isascii() and b"\0" not in data[:MIB]:
        return "utf-8"
    sample = data[: 64 * 1024]
    zeros = [sample[shift::2].count(0) / max(len(sample) // 2, 1) for shift in (0, 1)]
    if max(zeros) > 0.3 and min(zeros) < 0.05:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if _is_utf8(data):
        return "utf-8"
    _refuse_binary(data, name)
    return _guess_old(data)


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), MIB):
            decoder.decode(data[start : start + MIB], start + MIB >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _guess_old(data: bytes) -> str:
    """Guess among the encodings of old; lonely high bytes are letters of western Europe."""
    first = next(re.finditer(rb"[\x80-\xff]", data)).start()
    sample = data[max(0, first - 4096) : first + 60_000]
    high = len(re.findall(rb"[\x80-\xff]", sample))
    if len(_LONELY.findall(sample)) < 0.8 * high:
        from charset_normalizer import from_bytes

        best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
        if best is not None:
            return str(best.encoding)
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _transcode(data: bytes, name: str, encoding: str) -> bytes:
    try:
        if codecs.lookup(encoding).name == "utf-8":
            if data.isascii() or _is_utf8(data):
                return data
            data.decode("utf-8")  # raises, and says where
        return data.decode(encoding).encode("utf-8")
    except (LookupError, TypeError):
        raise ParameterError(f"There is no text encoding '{encoding}'. Try 'utf-8'.") from None
    except UnicodeError as error:
        where = getattr(error, "start", None)
        line = "" if where is None else f" in line {data[:where].count(10) + 1}"
        raise UnreadableFile(
            f"'{name}' is not written in {encoding}: it breaks{line}. Pass the right encoding=."
        ) from None


def _refuse_binary(data: bytes, name: str) -> None:
    """Refuse NUL bytes anywhere, and a head that is too full of control characters."""
    where = data.find(b"\0")
    if where >= 0:
        raise UnreadableFile(
            f"'{name}' is not a text file: byte {where + 1} is NUL. "
            "It may be damaged, or binary data with a wrong ending."
        )
    head = data[: 64 * 1024]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > max(3, 0.005 * len(head)):
        raise UnreadableFile(
            f"'{name}' is not a text file: it is full of control characters, "
            "as binary data with a wrong ending are."
        )
