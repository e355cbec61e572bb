"""Messages between a process and one that it began: JSON behind its length, then float64 values.

Nothing that comes is ever unpickled.
"""

from __future__ import annotations

import json
from typing import IO, Any

import numpy as np

__all__ = ["receive", "send"]


def send(stream: IO[bytes], told: dict[str, Any], *arrays: np.ndarray) -> None:
    """Write a message with arrays of float64 behind it."""
    told = told | {"shapes": [array.shape for array in arrays]}
    raw = json.dumps(told).encode()
    parts = [len(raw).to_bytes(8, "little"), raw]
    parts += [np.ascontiguousarray(array, dtype=np.float64).tobytes() for array in arrays]
    stream.write(b"".join(parts))
    stream.flush()


def receive(stream: IO[bytes], most: int) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Read a message and its arrays.

    Parameters
    ----------
    stream : binary file
    most : int
        Bytes of the largest message that is believed.

    Raises
    ------
    EOFError
        The other side has ended.
    ValueError
        It is no message.
    """
    size = int.from_bytes(_exactly(stream, 8), "little")
    if size > most:
        raise ValueError("a message is too long")
    told = json.loads(_exactly(stream, size))
    arrays = []
    for shape in told.pop("shapes"):
        count = int(np.prod(shape, dtype=object))
        if not 0 <= count * 8 <= most:
            raise ValueError("an array is too large")
        arrays.append(np.frombuffer(_exactly(stream, count * 8)).reshape(shape))
    return told, arrays


def _exactly(stream: IO[bytes], size: int) -> bytes:
    raw = stream.read(size)
    if len(raw) < size:
        raise EOFError
    return raw
