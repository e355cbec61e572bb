"""Any detector on a sliding window: it knows the newest rows, and only those."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import ParameterError, UnknownName
from workbench.detectors import DETECTORS
from workbench.detectors.sliding import Sliding


def stream(rows: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, 3))


@pytest.mark.parametrize("name", ["iforest", "ecod", "knn", "sampled_knn"])
def test_it_scores_as_the_detector_fitted_on_the_newest_window(name: str) -> None:
    values = stream(730)
    ours = Sliding(name, window=300, every=100).fit_partial(values)
    theirs = DETECTORS.get(name).create().fit(values[400:700])
    np.testing.assert_array_equal(
        ours.score_batch(values[:50]), theirs.decision_function(values[:50])
    )


def test_the_seed_is_handed_on() -> None:
    values = stream(200)
    found = [Sliding(random_state=seed).fit_partial(values).score_batch(values) for seed in (0, 1)]
    assert not np.array_equal(*found)


def test_rows_that_the_detector_refuses_leave_the_fit_before() -> None:
    values = np.vstack([stream(100), np.ones((100, 3))])
    detector = Sliding("pyod:mcd", window=50, every=50).fit_partial(values)
    assert np.isfinite(detector.score_batch(values)).all()


def test_a_name_that_is_none_is_told_at_once() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'iforest'"):
        Sliding("iforset").fit_partial(stream(1))
    with pytest.raises(ParameterError, match="cannot slide"):
        Sliding("sliding").fit_partial(stream(1))
