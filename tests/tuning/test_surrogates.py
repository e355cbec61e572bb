"""Stability: the same ranking is 1, chance is about a half of the half, flat scores are nothing."""

import numpy as np

from workbench.tuning.surrogates import stability


def test_the_same_ranking_is_as_stable_as_can_be() -> None:
    scores = np.random.default_rng(0).normal(size=500)
    assert stability(scores, np.exp(scores)) == 1.0


def test_unrelated_rankings_are_not_stable() -> None:
    random = np.random.default_rng(0)
    assert stability(random.normal(size=500), random.normal(size=500)) < 0.35


def test_a_detector_that_says_the_same_of_all_rows_is_not_stable() -> None:
    assert stability(np.ones(500), np.ones(500)) < 0.35
