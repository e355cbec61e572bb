"""Half-space trees: no ranges to be given, and old rows are forgotten window by window."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.detectors.half_space_trees import HalfSpaceTrees
from workbench.metrics.points import roc_auc


@pytest.mark.parametrize("unit", [2.0**-40, 1.0, 2.0**40])
def test_ranges_need_not_be_known(unit: float) -> None:
    values = np.random.default_rng(0).normal(size=(1_500, 3))
    plain = HalfSpaceTrees().score_learn(values)
    np.testing.assert_allclose(HalfSpaceTrees().score_learn(values * unit), plain, rtol=1e-9)


def test_masses_are_counts_of_the_window() -> None:
    detector = HalfSpaceTrees(window=128).fit(np.random.default_rng(0).normal(size=(256, 3)))
    assert (detector.mass_[:, 0] == 128).all()
    inner = np.arange(detector.cut_.shape[1])
    children = detector.mass_[:, 2 * inner + 1] + detector.mass_[:, 2 * inner + 2]
    np.testing.assert_array_equal(children, detector.mass_[:, inner])


def test_what_is_usual_changes_with_the_window() -> None:
    random = np.random.default_rng(0)
    before, after = random.normal(size=(1_000, 2)), random.normal(8.0, 1.0, size=(1_000, 2))
    detector = HalfSpaceTrees().fit_partial(before)
    assert detector.score_one([8.0, 8.0]) > detector.score_one([0.0, 0.0])
    detector.fit_partial(after)
    assert detector.score_one([8.0, 8.0]) < detector.score_one([0.0, 0.0])


def test_it_ranks_at_least_as_well_as_rivers_on_scaled_columns() -> None:
    """River's needs values in [0, 1], which it is given; its ROC-AUC is printed beside ours."""
    river = pytest.importorskip("river.anomaly")
    random = np.random.default_rng(0)
    values = random.normal(size=(2_000, 4))
    odd = random.random(2_000) < 0.02
    values[odd] *= 3.0
    unit = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    theirs, scores = river.HalfSpaceTrees(seed=0, window_size=500), []
    for row in unit:
        named = {str(key): value for key, value in enumerate(row.tolist())}
        scores.append(theirs.score_one(named))
        theirs.learn_one(named)
    ours = HalfSpaceTrees().score_learn(values)
    found = [roc_auc(odd[500:], each[500:]) for each in (ours, np.array(scores))]
    print(f"ROC-AUC: ours {found[0]:.3f}, River's {found[1]:.3f}")
    assert found[0] > found[1] - 0.02
