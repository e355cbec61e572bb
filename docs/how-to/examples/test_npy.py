"""What goes into a NumPy file comes out; what does not belong there is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench.core.errors import DataError, UnreadableFile


def test_the_numbers_come_back(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 2))
    np.save(tmp_path / "flow.npy", values)
    data = wb.load(tmp_path / "flow.npy", names=["inlet", "outlet"])
    np.testing.assert_array_equal(data.frame[["inlet", "outlet"]].to_numpy(), values)


def test_a_pickle_inside_is_never_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "bad.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UnreadableFile, match=r"bad\.npy"):
        wb.load(tmp_path / "bad.npy")


def test_three_dimensions_are_refused_with_a_way_out(tmp_path: Path) -> None:
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    with pytest.raises(DataError, match="Save numbers in one or two dimensions"):
        wb.load(tmp_path / "cube.npy")
