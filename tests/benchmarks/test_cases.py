"""pytest-benchmark cases: ``pytest -m bars -n0 tests/benchmarks/test_cases.py --benchmark-only``.

They follow one detector over time (``--benchmark-save``, ``--benchmark-compare``); ratios against
peers in one run are printed by ``speed.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.detectors import DETECTORS

pytestmark = [
    pytest.mark.bars,
    pytest.mark.filterwarnings("ignore:Benchmarks are automatically disabled"),
]
#: What pytest-benchmark hands to a test: calls a function many times and returns its result.
Benchmark = Callable[..., Any]

FAST = ["sampled_knn", "iforest", "extended_iforest", "hbos", "ecod", "copod", "loda", "inne"]


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(100_000, 10))


@pytest.mark.parametrize("name", [*FAST, "pca"])
def test_fit_and_score_a_table(benchmark: Benchmark, rows: np.ndarray, name: str) -> None:
    scores = benchmark(lambda: DETECTORS.get(name).create().fit_score(rows))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", ["iforest", "hbos", "ecod", "loda", "inne"])
def test_score_one_row(benchmark: Benchmark, rows: np.ndarray, name: str) -> None:
    detector = DETECTORS.get(name).create().fit(rows)
    assert np.isfinite(benchmark(detector.score_one, rows[0]))


@pytest.mark.parametrize("name", ["discord", "seasonal_residual", "sub_pca", "sub_knn", "poly"])
def test_fit_and_score_a_series(benchmark: Benchmark, name: str) -> None:
    steps = np.arange(20_000)
    values = np.sin(steps / 7.0) + 0.1 * np.random.default_rng(0).normal(size=20_000)
    scores = benchmark(lambda: DETECTORS.get(name).create().fit_score(values[:, None]))
    assert np.isfinite(scores).all()
