import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.preparation.windows import (
    find_period,
    rolling_median,
    sliding_windows,
    spread_to_points,
)


@pytest.mark.parametrize("period", [7, 24, 50])
def test_a_noisy_rhythm_is_found(period: int) -> None:
    steps = np.arange(600)
    noise = np.random.default_rng(0).normal(0, 0.5, 600)
    wave = np.sin(steps * 2 * np.pi / period) + 0.01 * steps + noise
    assert find_period(wave) == pytest.approx(period, abs=1)


@pytest.mark.parametrize(
    "values",
    [np.random.default_rng(0).normal(size=500), np.arange(500.0), np.ones(500), np.arange(10.0)],
)
def test_noise_lines_constants_and_scraps_have_no_period(values: np.ndarray) -> None:
    assert find_period(values) == 0


def test_the_longest_period_can_be_bounded() -> None:
    wave = np.sin(np.arange(600) * 2 * np.pi / 50)
    assert find_period(wave, longest=20) == 0


def test_windows_are_cut_at_every_point() -> None:
    windows = sliding_windows(np.arange(6.0).reshape(-1, 1), 3)
    assert windows.tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    two = sliding_windows(np.column_stack([np.arange(4.0), np.arange(4.0) + 10]), 2)
    assert two[0].tolist() == [0, 1, 10, 11]


def test_long_windows_are_averaged_down() -> None:
    windows = sliding_windows(np.arange(200.0).reshape(-1, 1), 64)
    assert windows.shape == (137, 32)
    np.testing.assert_allclose(windows[0], np.arange(32) * 2 + 0.5)


def test_scores_of_windows_come_back_to_points() -> None:
    assert spread_to_points(np.array([0.0, 3.0, 0.0]), 2).tolist() == [0.0, 1.5, 1.5, 0.0]
    assert spread_to_points(np.array([5.0]), 3).tolist() == [5.0, 5.0, 5.0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.integers(1, 10))
def test_point_scores_stay_within_the_window_scores(scores: list[float], width: int) -> None:
    points = spread_to_points(np.array(scores), width)
    assert len(points) == len(scores) + width - 1
    assert points.min() >= min(scores) - 1e-4
    assert points.max() <= max(scores) + 1e-4


def test_the_rolling_median_is_centred() -> None:
    assert rolling_median(np.array([1.0, 9.0, 1.0, 1.0, 1.0]), 3).tolist() == [
        5.0,
        1.0,
        1.0,
        1.0,
        1.0,
    ]
