"""The state of an online detector as bytes: npz without pickle, read within bounds."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np

from workbench.core.errors import ModelError

__all__ = ["LARGEST_STATE", "State", "as_told", "pack", "unpack"]

#: Plain values only: arrays, numbers and text.
State = dict[str, np.ndarray | float | int | str]

#: Bytes of a state, unpacked, that are read unless the caller says otherwise.
LARGEST_STATE = 512 * 2**20
#: More arrays has no detector.
MOST_ARRAYS = 64
#: Numbers and text: what can be read without running anything.
KINDS = "biufU"


def pack(state: State) -> bytes:
    """Return a state as bytes.

    Examples
    --------
    >>> unpack(pack({"detector": "ewma", "level_": np.zeros(2)}))["detector"]
    'ewma'
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for key, value in state.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(value), allow_pickle=False)
            # A fixed date: equal states are equal bytes.
            file.writestr(zipfile.ZipInfo(f"{key}.npy"), member.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack(raw: bytes, *, largest: int = LARGEST_STATE) -> State:
    """Return the state that was packed.

    Parameters
    ----------
    raw : bytes
    largest : int
        Bytes that it may have, packed and unpacked.

    Raises
    ------
    ModelError
        The bytes are none of ours, are damaged, or unpack to more than ``largest``.
    """
    if len(raw) > largest:
        raise ModelError(f"The state has {len(raw)} bytes, more than the {largest} allowed.")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as file:
            members = file.infolist()
            size = sum(member.file_size for member in members)
            if size > largest or len(members) > MOST_ARRAYS:
                raise ModelError(f"The state unpacks to {size} bytes in {len(members)} parts.")
            return {
                member.filename.removesuffix(".npy"): _value(_read(file, member))
                for member in members
            }
    except ModelError:
        raise
    except Exception as error:  # zipfile and NumPy raise many kinds on damaged bytes
        raise ModelError(f"The state is damaged: {error}") from error


def as_told(value: Any) -> Any:
    """Return a NumPy number as Python's, for JSON."""
    return value.item()


def _read(file: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    # What is announced may not be what comes: read no more than announced.
    with file.open(member) as opened:
        return opened.read(member.file_size + 1)


def _value(raw: bytes) -> np.ndarray | float | int | str:
    stream = io.BytesIO(raw)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ModelError("The state holds an array of a version that was never written.")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    body = raw[stream.tell() :]
    count = 1
    for length in shape:
        count *= length
    if dtype.kind not in KINDS or fortran or count * dtype.itemsize != len(body):
        raise ModelError("The state holds an array that is not as long as it says.")
    array = np.frombuffer(body, dtype).reshape(shape).copy()
    if shape:
        return array
    scalar = array.item()
    return str(scalar) if dtype.kind == "U" else scalar
