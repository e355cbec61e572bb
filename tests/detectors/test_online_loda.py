"""Online LODA: the histograms are those of the last window, and need no ranges."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.detectors.online_loda import OnlineLoda


@pytest.mark.parametrize("unit", [2.0**-40, 1.0, 2.0**40])
def test_ranges_need_not_be_known(unit: float) -> None:
    values = np.random.default_rng(0).normal(size=(1_500, 5))
    plain = OnlineLoda().score_learn(values)
    np.testing.assert_allclose(OnlineLoda().score_learn(values * unit), plain, rtol=1e-9)


def test_the_surprise_of_bins_is_that_of_counting_with_numpy() -> None:
    values = np.random.default_rng(0).normal(size=(512, 3))
    detector = OnlineLoda(n_random_cuts=8, n_bins=10, window=256).fit(values)
    placed = (values[256:] - detector.low_) * detector.scale_
    for cut in range(8):
        shadow = placed[:, detector.columns_[cut]] @ detector.weights_[cut]
        width = 1.0 / detector.step_[cut]
        edges = detector.start_[cut] + width * np.arange(11)
        counts = np.histogram(shadow, np.r_[-np.inf, edges, np.inf])[0]
        wanted = -np.log2(np.maximum(counts, 0.5) / 257)
        np.testing.assert_allclose(detector.surprise_[cut], wanted)


def test_what_is_usual_changes_with_the_window() -> None:
    random = np.random.default_rng(0)
    before, after = random.normal(size=(1_000, 2)), random.normal(8.0, 1.0, size=(1_000, 2))
    detector = OnlineLoda().fit_partial(before)
    assert detector.score_one([8.0, 8.0]) > detector.score_one([0.0, 0.0])
    detector.fit_partial(after)
    assert detector.score_one([8.0, 8.0]) < detector.score_one([0.0, 0.0])
