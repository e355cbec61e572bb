"""Thinning keeps what matters: no spike is ever lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts._thinning import buckets, extremes


def test_a_spike_among_a_million_points_is_kept() -> None:
    values = np.zeros(1_000_000)
    values[[123_456, 654_321]] = 9.0, -9.0
    kept = extremes(np.arange(1_000_000.0), values, 0, 999_999, 1000)
    assert {123_456, 654_321} <= set(kept.tolist())
    assert kept.size <= 1000


def test_few_points_keep_a_cell_each() -> None:
    cells = buckets(np.array([0.0, 1.0, 5.0]), 0, 5, 100)
    assert len(cells) == 3
    assert (cells.left < cells.right).all()


def test_an_empty_window_has_no_cells() -> None:
    cells = buckets(np.arange(10.0), 20, 30, 5)
    assert len(cells) == 0
    assert cells.peaks(np.arange(10.0)).size == 0


def test_missing_values_do_not_hide_the_peak() -> None:
    values = np.array([np.nan, 1.0, np.nan, 5.0])
    cells = buckets(np.arange(4.0), 0, 3, 2)
    assert cells.highest(values).tolist() == [1.0, 5.0]
    assert cells.peaks(values).tolist() == [1, 3]


def test_the_neighbours_beyond_the_window_are_kept() -> None:
    assert extremes(np.arange(10.0), np.arange(10.0), 3, 5, 100).tolist() == [2, 3, 4, 5, 6]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300),
    st.integers(1, 40),
)
def test_the_extremes_of_each_window_survive(places: list[float], count: int) -> None:
    x = np.sort(np.array(places))
    values = np.random.default_rng(len(places)).normal(size=x.size)
    cells = buckets(x, float(x[0]), float(x[-1]), count)
    if x[0] < x[-1]:
        assert len(cells) <= max(count, 1) or x.size <= count
    assert cells.highest(values).max() == values.max()
    assert cells.lowest(values).min() == values.min()
    assert values[cells.peaks(values)].max() == values.max()
