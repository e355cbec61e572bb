"""Robust smoothing: anomalies are not swallowed, new levels are, and seasons are followed."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.detectors.ewma import Ewma


def noise(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 1))


def test_the_spread_of_normal_noise_is_found() -> None:
    detector = Ewma(half_life=2_000).fit_partial(noise(20_000) * 3.0 + 50.0)
    known = detector.expected_next()
    assert known is not None
    low, high = known
    assert low[0] == pytest.approx(50 - 9, abs=0.8)
    assert high[0] == pytest.approx(50 + 9, abs=0.8)


def test_a_run_of_anomalies_is_not_swallowed() -> None:
    values = noise(1_000)
    values[600:620] += 15.0
    scores = Ewma().score_learn(values)
    assert scores[600:620].min() > scores[100:600].max()
    assert scores[700:].max() < 6.0


def test_a_level_that_stays_becomes_the_usual_one() -> None:
    values = noise(3_000)
    values[1_000:] += 30.0
    scores = Ewma(half_life=100).score_learn(values)
    assert scores[1_000] > 20.0
    assert np.median(scores[-500:]) < 1.0


def test_a_season_is_followed_and_its_break_scores() -> None:
    steps = np.arange(1_000)
    values = 10.0 * np.sin(steps * 2 * np.pi / 24)[:, None] + 0.3 * noise(1_000)
    values[800] = values[812 - 24]  # the value of another hour: usual, but not now
    scores = Ewma(season=24).score_learn(values)
    assert int(scores[48:].argmax()) + 48 == 800
    plain = Ewma().score_learn(values)
    assert plain[800] < np.quantile(plain[48:], 0.95)


def test_times_with_gaps_keep_the_place_in_the_season() -> None:
    steps = np.arange(1_200)
    kept = np.random.default_rng(1).random(1_200) > 0.3
    values = 10.0 * np.sin(steps * 2 * np.pi / 24)[:, None] + 0.3 * noise(1_200)
    with_times = Ewma(season=24).score_learn(values[kept], time=steps[kept])
    without = Ewma(season=24).score_learn(values[kept])
    assert np.median(with_times[100:]) < 0.2 * np.median(np.abs(values)) / 0.3
    assert np.quantile(with_times[100:], 0.9) < 3.0
    assert np.median(without[100:]) > 0.2 * np.median(with_times[100:])
    detector = Ewma(season=24).fit_partial(values, time=steps)
    known = detector.expected_next(time=1_206.0)
    assert known is not None
    assert known[0][0] < 10.0 * np.sin(1_206 * 2 * np.pi / 24) < known[1][0]


def test_a_column_that_stood_still_and_moves_scores_high_and_finite() -> None:
    values = np.full((300, 2), 7.0)
    values[250, 1] = 7.1
    scores = Ewma().score_learn(values)
    assert scores[:250].max() == 0.0
    assert 1e3 < scores[250] < np.inf
