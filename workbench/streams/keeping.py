"""State as bytes and back: numbers, words and arrays only, so that reading runs nothing."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import zstandard

from workbench.core.errors import StoreError

__all__ = ["pack", "unpack"]

#: Bytes that a state may have when it is unpacked.
MOST = 2 * 2**30
_ARRAY = "__array__"


def pack(state: dict[str, Any]) -> bytes:
    """Return a state as bytes.

    Parameters
    ----------
    state : dict
        Of numbers, text, None, lists, mappings with text for keys, and arrays of numbers.

    Examples
    --------
    >>> unpack(pack({"one": {"level": np.arange(3.0)}}))["one"]["level"].tolist()
    [0.0, 1.0, 2.0]
    """
    arrays: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return {_ARRAY: len(arrays) - 1}
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, dict):
            return {str(name): plain(one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(one) for one in value]
        return value

    told = json.dumps(plain(state)).encode("utf-8")
    out = io.BytesIO()
    named = {f"a{number}": array for number, array in enumerate(arrays)}
    np.savez(out, allow_pickle=False, told=np.frombuffer(told, np.uint8), **named)
    return zstandard.ZstdCompressor(level=1).compress(out.getvalue())


def unpack(told: bytes) -> dict[str, Any]:
    """Return a state that was packed.

    Raises
    ------
    StoreError
        These are no bytes of a state.
    """
    try:
        size = zstandard.frame_content_size(told)
        if not 0 < size <= MOST:
            raise ValueError("its size")
        with np.load(io.BytesIO(zstandard.ZstdDecompressor().decompress(told))) as arrays:
            known = {name: arrays[name] for name in arrays.files}
        read = json.loads(known["told"].tobytes())
    except Exception as error:
        raise StoreError(f"The kept state of a monitor is damaged: {error}.") from error

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {_ARRAY}:
                return known[f"a{value[_ARRAY]}"]
            return {name: whole(one) for name, one in value.items()}
        return [whole(one) for one in value] if isinstance(value, list) else value

    state: dict[str, Any] = whole(read)
    return state
