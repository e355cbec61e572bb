"""How far a column moved: 0 alike, 1 nothing in common, whatever its type."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from workbench.metrics.drift import distribution_distance


def test_numbers_get_the_distance_of_kolmogorov_and_smirnov() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=300), random.normal(0.4, 1.2, 200).round(1)
    ours = distribution_distance(pd.Series(before), pd.Series(now))
    assert ours == pytest.approx(ks_2samp(before, now).statistic, abs=1e-12)


@pytest.mark.parametrize(
    ("before", "now", "apart"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1, 2], [3, 4], 1.0),
        ([1.0, None], [1.0, 1.0], 0.0),
        (["a", "b"], ["a", "a"], 0.5),
        ([True, False], [True, True], 0.5),
        (["a"], ["b"], 1.0),
        ([[1], [2]], [[1], [1]], 0.5),
        (pd.to_datetime(["2026-01-01"]), pd.to_datetime(["2026-02-01"]), 1.0),
    ],
)
def test_each_type_is_told_apart(before: object, now: object, apart: float) -> None:
    assert distribution_distance(pd.Series(before), pd.Series(now)) == apart


def test_nothing_is_known_of_a_side_without_values() -> None:
    empty = pd.Series([None, None], dtype=float)
    assert math.isnan(distribution_distance(empty, pd.Series([1.0])))
