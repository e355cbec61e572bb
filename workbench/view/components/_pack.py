"""Sends numbers to the browser as they lie in memory, with a header in words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

__all__ = ["pack", "parcel", "unpack"]


def pack(header: dict[str, Any], *arrays: np.ndarray) -> bytes:
    """Return header and numbers as one message: length, JSON, padding, then raw arrays.

    The arrays keep their type and order; the header ends on a multiple of eight bytes, so
    that 64-bit numbers may come first.
    """
    words = json.dumps(header, allow_nan=False).encode()
    words += b" " * (-(len(words) + 4) % 8)
    return b"".join([len(words).to_bytes(4, "little"), words, *(a.tobytes() for a in arrays)])


def parcel(header: dict[str, Any], **arrays: np.ndarray) -> bytes:
    """Return a message that names its arrays, for ``unpack`` in ``_draw.js``.

    Places on an axis travel as 64-bit numbers (milliseconds since 1970 need them), all other
    numbers as float32, row numbers as int32.
    """
    wide = {name: a for name, a in arrays.items() if a.dtype == np.float64}
    whole = {name: a for name, a in arrays.items() if a.dtype.kind in "iu"}
    single = {name: a for name, a in arrays.items() if name not in wide and name not in whole}
    parts = [("f8", name, a) for name, a in wide.items()]
    parts += [("f4", name, a) for name, a in single.items()]
    parts += [("i4", name, a) for name, a in whole.items()]
    table = [[kind, name, int(a.size)] for kind, name, a in parts]
    return pack({**header, "arrays": table}, *(a.astype(f"<{kind}") for kind, _, a in parts))


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return header and named arrays of a :func:`parcel`, as the browser reads them."""
    size = int.from_bytes(message[:4], "little")
    header = dict(json.loads(message[4 : 4 + size]))
    arrays, at = {}, 4 + size
    for kind, name, amount in header.get("arrays", []):
        arrays[name] = np.frombuffer(message, f"<{kind}", amount, at)
        at += arrays[name].nbytes
    return header, arrays
