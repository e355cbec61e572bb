"""What each series detector is for, and that its arithmetic is what its paper says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.core.errors import ParameterError
from workbench.detectors import DETECTORS
from workbench.detectors._profile import nearest_distances
from workbench.detectors._shapes import shape_distances

ON_STRETCHES = ["sub_pca", "sub_knn", "sub_lof", "kmeans_ad"]


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    """600 points in two columns, period 25; at 300 the second is flipped and raised."""
    steps = np.arange(600)
    values = np.column_stack([np.sin(steps * 2 * np.pi / 25), np.cos(steps * 2 * np.pi / 25)])
    values += np.random.default_rng(0).normal(0, 0.05, values.shape)
    values[300:325, 1] = 1.0 - values[300:325, 1]
    return values


@pytest.mark.parametrize("name", [*ON_STRETCHES, "kshape", "matrix_profile"])
def test_an_odd_stretch_is_found_and_laid_to_its_column(name: str, wave: np.ndarray) -> None:
    detector = DETECTORS.get(name).create(window=25).fit(wave)
    best = int(detector.decision_function(wave).argmax())
    assert 275 <= best <= 350
    parts = detector.contributions(wave, [312])[1]  # type: ignore[index]
    assert parts[0, 1] > 2 * max(parts[0, 0], 0.0)


@pytest.mark.parametrize("name", [*ON_STRETCHES, "autoregression", "forecast_residual", "poly"])
def test_the_window_or_lag_comes_from_the_period(name: str, wave: np.ndarray) -> None:
    detector = DETECTORS.get(name).create().fit(wave)
    if name == "forecast_residual":
        assert {plan["period"] for plan in detector.plans_} == {25}  # type: ignore[attr-defined]
        return
    assert getattr(detector, "width_", getattr(detector, "lags_", None)) == 25


@pytest.mark.parametrize("name", ON_STRETCHES)
def test_shape_alone_counts_where_stretches_are_normalised(name: str) -> None:
    steps = np.arange(800)
    wave = np.sin(steps * 2 * np.pi / 25)[:, None]
    wave = wave + np.random.default_rng(1).normal(0, 0.05, wave.shape)
    wave[400:600] = 5.0 + 3.0 * wave[400:600]  # another level and size, the same shape
    wave[200:212] *= -1.0
    shape = DETECTORS.get(name).create(window=25, normalise=True).fit_score(wave)
    assert 175 <= shape[:380].argmax() <= 236
    # What is left between both parts is finer noise under the larger wave.
    assert np.median(shape[430:570]) < 1.5 * np.median(shape[20:170])


@pytest.mark.parametrize("name", ["autoregression", "forecast_residual"])
def test_a_spike_in_an_unseen_series_is_found(name: str, wave: np.ndarray) -> None:
    new = np.column_stack([np.sin(np.arange(200) * 2 * np.pi / 25)] * 2)
    new += np.random.default_rng(2).normal(0, 0.05, new.shape)
    new[120, 0] += 2.0
    scores = DETECTORS.get(name).create().fit(wave).decision_function(new)
    assert scores.argmax() == 120


@pytest.mark.parametrize("name", ["autoregression", "forecast_residual"])
def test_the_expected_value_and_its_band_fit_a_calm_series(name: str, wave: np.ndarray) -> None:
    calm = wave[:280]
    detector: Any = DETECTORS.get(name).create().fit(calm)
    middle, half = detector.expected(calm)
    inside = np.abs(calm - middle)[60:] <= half[60:]
    assert inside.mean() > 0.97
    assert half.max() < 0.6
    assert detector.remark(calm, 100, 0).startswith("it is ")


def test_a_vector_autoregression_sees_a_broken_relation() -> None:
    random = np.random.default_rng(0)
    first = random.normal(size=1000)
    second = np.roll(first, 1) + 0.05 * random.normal(size=1000)
    second[700] += 1.0  # small against its own spread, large against what the first foretells
    values = np.column_stack([first, second])
    detector = DETECTORS.get("autoregression").create(lags=2).fit(values)
    assert detector.decision_function(values)[2:].argmax() + 2 == 700


def test_exponential_smoothing_errors_are_those_of_its_states() -> None:
    """The filter against the recursion of Hyndman et al.: level, damped trend and season."""
    random = np.random.default_rng(0)
    values = np.cumsum(random.normal(size=400)) + np.tile([0.0, 3.0, -1.0, 2.0], 100)
    detector: Any = DETECTORS.get("forecast_residual").create(period=4)
    plan = {"level": 0.3, "trend": 0.1, "season": 0.2, "period": 4}
    level, slope, season = 0.0, 0.0, [0.0] * 4
    before = detector._run_in(values, plan)
    errors = []
    for value in np.concatenate([before, values]) - np.median(values):
        error = value - (level + 0.9 * slope + season[0])
        level, slope = level + 0.9 * slope + 0.3 * error, 0.9 * slope + 0.03 * error
        season = [*season[1:], season[0] + 0.2 * error]
        errors.append(error)
    np.testing.assert_allclose(
        detector._surprise(values, plan), errors[len(before) :], rtol=1e-8, atol=1e-9
    )


def test_change_points_gain_is_that_of_ruptures_window_search() -> None:
    import ruptures

    values = np.random.default_rng(0).normal(size=(300, 2))
    values[150:, 0] += 4.0
    detector: Any = DETECTORS.get("change_points").create(window=20).fit(values)
    theirs = ruptures.Window(width=40, model="l2", jump=1).fit(values / detector.noise_)
    ours = detector.decision_function(values)[theirs.inds] * 40
    np.testing.assert_allclose(ours, theirs.score, rtol=1e-6, atol=1e-6)


def test_where_a_rhythm_begins_and_ends_nothing_changes() -> None:
    hours = np.arange(24 * 20)
    values = np.sin(hours * np.pi / 12)[:, None] + np.random.default_rng(0).normal(0, 0.1, (480, 1))
    values[240:] += 1.5
    scores = DETECTORS.get("change_points").create().fit_score(values)
    assert abs(int(scores.argmax()) - 240) <= 2
    assert max(scores[:24].max(), scores[-24:].max()) < 0.1 * scores.max()


def test_a_change_of_noise_is_found_by_the_normal_cost() -> None:
    values = np.random.default_rng(0).normal(size=(400, 1))
    values[200:] *= 6.0
    scores = DETECTORS.get("change_points").create(window=40, cost="normal").fit_score(values)
    assert 190 <= scores.argmax() <= 210


def test_shape_distance_ignores_shift_and_finds_it() -> None:
    bump = np.zeros(40)
    bump[10:16] = [1.0, 2.0, 3.0, 3.0, 2.0, 1.0]
    moved = np.roll(bump, 7)
    apart, shift = shape_distances(moved[None, :], bump)
    assert apart[0] == pytest.approx(0.0, abs=1e-9)
    assert shift[0] == -7
    assert shape_distances(-bump[None, :], bump)[0][0] > 0.5


def brute(values: np.ndarray, known: np.ndarray, width: int, zone: int) -> np.ndarray:
    view = np.lib.stride_tricks.sliding_window_view
    pair = [view(each, width) for each in (values, known)]
    shaped = [(w - w.mean(1, keepdims=True)) / w.std(1, keepdims=True) for w in pair]
    apart = np.linalg.norm(shaped[0][:, None] - shaped[1][None], axis=2)
    rows, columns = np.indices(apart.shape)
    return np.where(np.abs(rows - columns) > zone, apart, np.inf).min(axis=1)


def test_the_kernel_of_the_matrix_profile_is_the_definition() -> None:
    """Against all pairs; tests/detectors/test_against_peers.py holds it against stumpy."""
    random = np.random.default_rng(0)
    values, other = np.cumsum(random.normal(size=200)), np.cumsum(random.normal(size=150))
    np.testing.assert_allclose(
        nearest_distances(values, 20), brute(values, values, 20, 5), atol=1e-6
    )
    np.testing.assert_allclose(
        nearest_distances(values, 20, other), brute(values, other, 20, -1), atol=1e-6
    )


def test_constant_stretches_are_alike_and_half_way_from_moving_ones() -> None:
    flat = np.concatenate([np.zeros(60), np.sin(np.arange(40.0)), np.zeros(60)])
    near = nearest_distances(flat, 10, least=1e-9)
    assert near[0] == 0.0
    assert nearest_distances(flat[:50], 10, flat[62:98], least=1e-9)[0] == pytest.approx(10**0.5)


def test_poly_finds_a_raised_stretch_in_an_unseen_series() -> None:
    random = np.random.default_rng(0)
    drift = np.linspace(0.0, 5.0, 500)[:, None]
    detector = DETECTORS.get("poly").create(window=20).fit(drift + random.normal(size=(500, 1)))
    new = drift + random.normal(size=(500, 1))
    new[250:270] += 4.0
    assert 240 <= detector.decision_function(new).argmax() <= 280


def test_a_discord_in_many_columns_counts_more_where_all_columns_count() -> None:
    steps = np.arange(500)
    values = np.column_stack([np.sin(steps * 2 * np.pi / 20 + shift) for shift in range(4)])
    values += np.random.default_rng(0).normal(0, 0.02, values.shape)
    values[100:120, 0] *= -1.0
    values[300:320] = np.abs(values[300:320])
    scores = DETECTORS.get("matrix_profile").create(window=20, columns="all").fit_score(values)
    assert 280 <= scores.argmax() <= 340


def test_a_focused_discord_marks_fewer_points_around_a_spike_and_still_adds_up() -> None:
    steps = np.arange(1000)
    values = np.column_stack([np.sin(steps * 2 * np.pi / 25), np.cos(steps * 2 * np.pi / 25)])
    values += np.random.default_rng(0).normal(0, 0.05, values.shape)
    values[500, 0] += 4.0

    def around(focus: float) -> float:
        scores = DETECTORS.get("discord").create(focus=focus).fit_score(values)
        assert scores.argmax() == 500
        above = scores - np.median(scores)
        return float(above[[450, 550]].mean() / above[500])

    assert around(1.0) < 0.8 * around(0.0)
    detector = DETECTORS.get("discord").create(focus=1.0).fit(values)
    rows = np.array([3, 500, 510])
    base, parts = detector.contributions(values, rows)
    scores = detector.decision_function(values)[rows]
    np.testing.assert_allclose(base + parts.sum(axis=1), scores, rtol=1e-6)
    assert parts[1, 0] > 5 * parts[1, 1]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("discord", {"focus": -0.1}),
        ("sub_pca", {"window": 1}),
        ("sub_knn", {"max_windows": 5}),
        ("sub_lof", {"n_neighbors": 0}),
        ("kshape", {"window": 2}),
        ("kshape", {"n_clusters": 0}),
        ("poly", {"window": 1}),
        ("poly", {"power": 11}),
        ("poly", {"around": 1.0}),
        ("autoregression", {"lags": 0}),
        ("autoregression", {"ridge": 0.0}),
        ("forecast_residual", {"period": -1}),
        ("forecast_residual", {"damping": 1.0}),
        ("change_points", {"window": 1}),
        ("change_points", {"cost": "median"}),
        ("matrix_profile", {"columns": "some"}),
    ],
)
def test_parameters_that_cannot_work_are_refused(
    name: str, params: dict[str, Any], wave: np.ndarray
) -> None:
    with pytest.raises(ParameterError, match=next(iter(params))):
        DETECTORS.get(name).create(**params).fit(wave)


def test_long_windows_and_many_points_keep_memory_bounded() -> None:
    values = np.random.default_rng(0).normal(size=(5000, 3))
    detector: Any = DETECTORS.get("sub_knn").create(window=300).fit(values)
    assert detector.known_.shape == (2000, 96)


def test_a_period_in_words_is_told_to_be_a_number_of_rows() -> None:
    with pytest.raises(ParameterError, match="whole number of rows"):
        DETECTORS.get("seasonal_residual").create(period="1d").fit(np.zeros((60, 1)))
