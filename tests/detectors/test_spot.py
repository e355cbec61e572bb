"""SPOT: scores are chances, on both sides, with drift, and after a change of level."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.detectors.kernels._peaks import _tail
from workbench.detectors.spot import Spot


@pytest.mark.parametrize("shape", [0.1, 0.4, 0.8])
def test_the_tail_that_peaks_were_drawn_from_is_found(shape: float) -> None:
    drawn = stats.genpareto(shape, scale=2.0).rvs(5_000, random_state=0)
    found_shape, found_scale = _tail(np.sort(drawn))
    assert found_shape == pytest.approx(shape, abs=0.06)
    assert found_scale == pytest.approx(2.0, rel=0.08)


def test_a_bounded_tail_is_taken_for_exponential() -> None:
    drawn = np.sort(np.random.default_rng(0).random(500))
    assert _tail(drawn) == (0.0, pytest.approx(drawn.mean()))


@pytest.mark.parametrize("law", [stats.norm(), stats.laplace(), stats.t(4)])
def test_a_score_of_three_is_met_about_twice_in_a_thousand_usual_rows(law: object) -> None:
    """Once on either side; within a factor of two, for tails are fitted to 200 peaks."""
    values = law.rvs((100_000, 1), random_state=0)  # type: ignore[attr-defined]
    scores = Spot(risk=1e-5).score_learn(values)
    assert 100 < (scores >= 3.0).sum() < 400


def test_both_sides_are_watched() -> None:
    values = np.random.default_rng(0).normal(size=(1_000, 2))
    values[500, 0], values[700, 1] = 15.0, -15.0
    scores = Spot().score_learn(values)
    assert set(np.argsort(scores)[-2:].tolist()) == {500, 700}


def test_a_drift_is_followed_with_depth_and_makes_blind_without() -> None:
    steps = np.arange(5_000)
    values = (steps / 50.0)[:, None] + np.random.default_rng(0).normal(size=(5_000, 1))
    values[4_500] += 10.0
    followed = Spot(depth=20, patience=0).score_learn(values)
    assert int(followed.argmax()) == 4_500
    assert (followed >= 4.0).mean() < 0.001
    assert Spot(patience=0).score_learn(values)[4_500] < 1.0


def test_a_threshold_that_became_too_low_is_set_anew() -> None:
    random = np.random.default_rng(0)
    values = np.vstack([random.normal(size=(500, 1)), random.normal(size=(2_500, 1)) * 2.5])
    values[2_800] = 15.0
    scores = Spot(patience=100).score_learn(values)
    assert int(scores[1_500:].argmax()) + 1_500 == 2_800
    assert (scores[1_500:] >= 2.0).mean() < 0.04


def test_alarms_are_not_learned_until_patience_ends() -> None:
    values = np.random.default_rng(0).normal(size=(3_000, 1))
    values[1_000:] += 30.0
    stubborn = Spot(patience=0).score_learn(values)
    assert (stubborn[1_000:] >= 4.0).all()
    patient = Spot(patience=50).score_learn(values)
    assert (patient[1_000:1_050] >= 4.0).all()
    assert (patient[1_200:] >= 4.0).mean() < 0.01
