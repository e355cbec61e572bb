"""Our replacements say what the library says wherever the library is right."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.detectors import DETECTORS


@pytest.fixture(scope="module")
def skewed() -> np.ndarray:
    random = np.random.default_rng(0)
    values = np.column_stack(
        [random.normal(size=500), random.lognormal(size=500), -random.exponential(size=500)]
    )
    values[0] = [6.0, 40.0, -15.0]
    return values


def pyod(name: str) -> object:
    from pyod.models.copod import COPOD
    from pyod.models.ecod import ECOD
    from pyod.models.knn import KNN
    from pyod.models.lof import LOF
    from pyod.models.ocsvm import OCSVM

    return {
        "ecod": ECOD,
        "copod": COPOD,
        "lof": LOF,
        "knn": lambda: KNN(n_neighbors=50, method="mean"),
        "ocsvm": lambda: OCSVM(gamma="scale"),
    }[name]()


@pytest.mark.parametrize("name", ["ecod", "copod", "lof", "knn", "ocsvm"])
def test_training_scores_equal_pyods(name: str, skewed: np.ndarray) -> None:
    ours = DETECTORS.get(name).create().fit_score(skewed)
    np.testing.assert_allclose(ours, pyod(name).fit(skewed).decision_scores_, rtol=1e-9)  # type: ignore[attr-defined]


def test_the_forest_ranks_like_pyods_up_to_the_seed(skewed: np.ndarray) -> None:
    from pyod.models.iforest import IForest

    from workbench.metrics.agreement import rank_correlation

    ours = DETECTORS.get("iforest").create(n_estimators=500).fit_score(skewed)
    theirs = IForest(n_estimators=500, random_state=0).fit(skewed)
    assert rank_correlation(ours, theirs.decision_scores_) > 0.98
    assert abs(ours + theirs.detector_.score_samples(skewed)).mean() < 0.01
    assert 0.0 < ours.min() < ours.max() < 1.0


def test_mcd_is_near_pyods_robust_distance(skewed: np.ndarray) -> None:
    """Both search at random, and end in one of several optima that are nearly alike."""
    from pyod.models.mcd import MCD

    from workbench.metrics.agreement import rank_correlation

    ours = DETECTORS.get("mcd").create().fit_score(skewed)
    theirs = MCD(random_state=0).fit(skewed)
    assert rank_correlation(ours, theirs.detector_.mahalanobis(skewed)) > 0.98


def test_pca_scores_where_pyods_answers_nan() -> None:
    random = np.random.default_rng(0)
    values = np.column_stack([random.normal(size=(200, 3)), np.full(200, 5.0)])
    values[7, :3] = 9.0
    assert DETECTORS.get("pca").create().fit_score(values).argmax() == 7


def test_ecod_scores_a_row_alone_as_in_a_batch_where_pyods_does_not(skewed: np.ndarray) -> None:
    from pyod.models.ecod import ECOD

    theirs = ECOD().fit(skewed)
    new = np.random.default_rng(1).normal(size=(50, 3)) * 2
    alone = np.concatenate([theirs.decision_function(row[None, :]) for row in new])
    assert np.abs(alone - theirs.decision_function(new)).max() > 1e-3
    ours = DETECTORS.get("ecod").create().fit(skewed)
    alone = np.concatenate([ours.decision_function(row[None, :]) for row in new])
    np.testing.assert_array_equal(alone, ours.decision_function(new))


def test_loda_ranks_what_pyods_off_by_one_lookup_misses() -> None:
    from pyod.models.loda import LODA

    from workbench.metrics.points import roc_auc

    random = np.random.default_rng(0)
    values = np.vstack([random.normal(size=(950, 8)), random.normal(size=(50, 8)) * 2.5])
    labels = np.repeat([0.0, 1.0], [950, 50])
    ours = roc_auc(labels, DETECTORS.get("loda").create().fit_score(values))
    theirs = roc_auc(labels, LODA(random_state=0).fit(values).decision_scores_)
    assert ours > 0.9
    assert ours > theirs


def test_inne_agrees_with_pyods_up_to_the_seed(skewed: np.ndarray) -> None:
    from pyod.models.inne import INNE

    from workbench.metrics.agreement import rank_correlation

    ours = DETECTORS.get("inne").create().fit_score(skewed)
    assert rank_correlation(ours, INNE(random_state=0).fit(skewed).decision_scores_) > 0.95


def test_hbos_does_not_care_about_units(skewed: np.ndarray) -> None:
    plain = DETECTORS.get("hbos").create().fit_score(skewed)
    scaled = DETECTORS.get("hbos").create().fit_score(skewed * [1e6, 1.0, 1e-6])
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)


@pytest.mark.bars  # stumpy compiles for most of a minute
def test_the_matrix_profile_is_stumpys(wave: object) -> None:
    import stumpy

    random = np.random.default_rng(0)
    values = np.sin(np.arange(300) * 2 * np.pi / 25) + random.normal(0, 0.1, 300)
    detector = DETECTORS.get("matrix_profile").create(window=25)
    scores = detector.fit_score(values[:, None])
    profile = stumpy.stump(values, 25)[:, 0].astype(float)
    assert scores[150] == pytest.approx(profile[126:151].mean())


def test_a_long_series_is_averaged_down_for_the_matrix_profile() -> None:
    values = np.sin(np.arange(900) * 2 * np.pi / 30)[:, None].copy()
    values[600:640] += 2.0
    detector = DETECTORS.get("matrix_profile").create(window=30, max_points=300)
    scores = detector.fit_score(values)
    assert detector.factor_ == 3
    assert 570 <= scores.argmax() <= 670


@pytest.mark.parametrize("method", ["median", "stl"])
def test_both_ways_to_find_a_season_find_the_spike(method: str) -> None:
    steps = np.arange(24 * 28)
    values = np.sin(steps * 2 * np.pi / 24) + np.random.default_rng(0).normal(0, 0.1, len(steps))
    values[333] += 3.0
    scores = DETECTORS.get("seasonal_residual").create(method=method).fit_score(values[:, None])
    assert scores.argmax() == 333


def test_a_week_beside_a_day_is_found() -> None:
    steps = np.arange(24 * 7 * 8)
    weekend = (steps // 24) % 7 >= 5
    values = np.sin(steps * 2 * np.pi / 24) + np.where(weekend, -1.5, 0.0)
    values = values + np.random.default_rng(0).normal(0, 0.05, len(steps))
    detector = DETECTORS.get("seasonal_residual").create().fit(values[:, None])
    assert len(detector.columns_[0]["seasons"][-1]) == 168
    wrong = values.copy()
    wrong[24 * 33 + 12] += 1.5  # a weekend at noon that looks like a weekday
    assert detector.decision_function(wrong[:, None]).argmax() == 24 * 33 + 12


def test_a_season_is_aligned_where_new_rows_carry_no_time() -> None:
    steps = np.arange(24 * 28)
    wave = np.sin(steps * 2 * np.pi / 24) + 0.3 * np.sin(steps * 4 * np.pi / 24)
    wave = wave + np.random.default_rng(0).normal(0, 0.05, len(steps))
    detector = DETECTORS.get("seasonal_residual").create().fit(wave[:, None])
    later = detector.decision_function(wave[7 : 7 + 24 * 7, None])
    assert np.median(later) < 2.0
    known = detector.decision_function(wave[7 : 7 + 24 * 7, None], time=np.arange(7, 7 + 24 * 7))
    assert np.median(known) < 2.0


def test_positions_must_be_as_many_as_rows() -> None:
    from workbench.core.errors import DataError

    with pytest.raises(DataError, match="3 positions for 50 rows"):
        DETECTORS.get("seasonal_residual").create().fit(np.ones((50, 1)), time=[1, 2, 3])


def test_ocsvm_learns_from_a_seeded_sample_of_very_many_rows(skewed: np.ndarray) -> None:
    kind = DETECTORS.get("ocsvm")
    first, second = (kind.create(max_rows=100).fit(skewed) for _ in range(2))
    np.testing.assert_array_equal(first.decision_function(skewed), second.decision_function(skewed))


def test_parameters_follow_scikit_learns_convention() -> None:
    from workbench.core.errors import ParameterError

    detector = DETECTORS.get("knn").create().set_params(n_neighbors=3)
    assert detector.get_params() == {"n_neighbors": 3, "method": "mean"}
    with pytest.raises(ParameterError, match="Did you mean 'method'"):
        detector.set_params(methd="mean")
