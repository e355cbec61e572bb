"""States as bytes: what was packed comes back, and foreign bytes cost one clear error."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from workbench.core.errors import ModelError
from workbench.detectors._state import State, pack, unpack

KEPT: State = {
    "level_": np.array([0.1, -0.0, 1e-320]),
    "links_": np.arange(6, dtype=np.int32).reshape(2, 3),
    "none_": np.zeros((0, 4)),
    "rows": 2**40,
    "rate": 0.1,
    "params": '{"name": "Grüße"}',
}


def member(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, body)
    return out.getvalue()


def array_bytes(array: np.ndarray, *, pickled: bool = False) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, allow_pickle=pickled)
    return out.getvalue()


def test_what_was_packed_comes_back_bit_for_bit() -> None:
    again = unpack(pack(KEPT))
    assert again.keys() == KEPT.keys()
    for key, value in KEPT.items():
        assert type(again[key]) is type(value)
        np.testing.assert_array_equal(again[key], value)
    level = again["level_"]
    assert isinstance(level, np.ndarray)
    assert np.signbit(level[1])
    level[0] = 2.0  # may be written to


def test_equal_states_are_equal_bytes() -> None:
    assert pack(KEPT) == pack(unpack(pack(KEPT)))


def test_numpy_reads_a_packed_state_too() -> None:
    with np.load(io.BytesIO(pack(KEPT)), allow_pickle=False) as kept:
        np.testing.assert_array_equal(kept["links_"], KEPT["links_"])


def test_more_bytes_than_allowed_are_not_read() -> None:
    packed = pack({"zeros_": np.zeros(1_000_000)})
    assert len(packed) < 100_000
    with pytest.raises(ModelError, match="unpacks to"):
        unpack(packed, largest=100_000)
    with pytest.raises(ModelError, match="more than"):
        unpack(packed, largest=1_000)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no zip at all",
        member("a.npy", b"no array"),
        member("a.npy", array_bytes(np.array([{"a": 1}], dtype=object), pickled=True)),
        member("a.npy", array_bytes(np.zeros(10))[:-8]),
        member("a.npy", array_bytes(np.zeros(3)).replace(b"(3,)", b"(9,)")),
        member("a.npy", array_bytes(np.zeros(3, dtype="M8[s]"))),
        pack(KEPT)[:-30],
    ],
)
def test_damaged_or_foreign_bytes_cost_one_clear_error(raw: bytes) -> None:
    with pytest.raises(ModelError):
        unpack(raw)
