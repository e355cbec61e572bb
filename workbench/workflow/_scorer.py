"""Scores with a foreign model's detectors in a process of its own; a frame a request.

Run as ``python -m workbench.workflow._scorer MODEL``. Requests and answers are JSON behind its
length, followed by float64 values; nothing that comes back is ever unpickled.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
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


def _main(path: Path) -> None:
    from workbench.core.errors import WorkbenchError
    from workbench.workflow.saving import load_detectors

    # Whatever a library prints must not come between the messages.
    inward, outward = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        detectors = load_detectors(path)
        send(outward, {"units": {name: one.n_features_ for name, one in detectors.items()}})
    except Exception as error:
        send(outward, {"error": type(error).__name__, "message": str(error)[:1000]})
        return
    while True:
        try:
            told, (values, *time) = receive(inward, sys.maxsize)
        except EOFError:
            return
        try:
            scores = detectors[told["unit"]].decision_function(
                values, time=time[0] if time else None
            )
            send(outward, {}, scores)
        except WorkbenchError as error:
            send(outward, {"error": type(error).__name__, "message": str(error)[:1000]})


if __name__ == "__main__":
    from workbench.core.worker import limit_memory

    limit_memory(int(sys.argv[2]))
    _main(Path(sys.argv[1]))
