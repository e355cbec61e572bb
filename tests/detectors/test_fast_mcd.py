import numpy as np
import pytest
from sklearn.covariance import MinCovDet

from workbench.detectors import DETECTORS
from workbench.detectors._fast_mcd import _search, robust_covariance


def determinant(X: np.ndarray, centre: np.ndarray, covariance: np.ndarray) -> float:
    """Logarithm of the determinant of the half of the rows that is closest."""
    half = (len(X) + X.shape[1] + 2) // 2
    apart = ((X - centre) @ np.linalg.inv(covariance) * (X - centre)).sum(axis=1)
    kept = np.cov(X[np.argsort(apart)[:half]], rowvar=False, bias=True)
    return float(np.linalg.slogdet(kept)[1])


@pytest.mark.parametrize(
    ("rows", "width", "share"), [(200, 3, 0.1), (1000, 5, 0.2), (1600, 4, 0.3)]
)
def test_the_half_found_is_as_tight_as_that_of_scikit_learn(
    rows: int, width: int, share: float
) -> None:
    """Both search at random, and end in one of several optima that are nearly alike."""
    random = np.random.default_rng(1)
    X = random.normal(size=(rows, width)) @ random.normal(size=(width, width))
    X[: int(share * rows)] += 15.0
    Z = (X - np.median(X, axis=0)) / X.std(axis=0)
    _, centre, covariance = _search(Z, (rows + width + 2) // 2, 0)
    peer = MinCovDet(random_state=0).fit(Z)
    ours = determinant(Z, centre, covariance)
    assert ours <= determinant(Z, peer.raw_location_, peer.raw_covariance_) + 0.01
    location, shape = robust_covariance(X, 0)
    whole = MinCovDet(random_state=0).fit(X)
    np.testing.assert_allclose(location, whole.location_, atol=0.05 * X.std())
    np.testing.assert_allclose(shape, whole.covariance_, atol=0.1 * whole.covariance_.max())


def test_one_column_takes_the_run_that_varies_least() -> None:
    X = np.concatenate([np.random.default_rng(0).normal(size=200), np.full(60, 15.0)])[:, None]
    centre, covariance = robust_covariance(X, 0)
    assert abs(centre[0]) < 0.3
    assert 0.6 < covariance[0, 0] < 1.5


def test_a_column_without_variance_does_no_harm() -> None:
    X = np.random.default_rng(0).normal(size=(100, 3))
    X[:, 1] = 5.0
    X[0, 1] = 6.0
    scores = DETECTORS.get("mcd").create().fit_score(X)
    assert np.isfinite(scores).all()
    assert scores.argmax() == 0


@pytest.mark.parametrize("width", [3, 10])
def test_one_row_scores_in_spheres_as_many_do(width: int) -> None:
    X = np.random.default_rng(2).normal(size=(300, width))
    inne = DETECTORS.get("inne").create().fit(X)
    together = inne.decision_function(X)
    assert [inne.score_one(row) for row in X] == together.tolist()


@pytest.mark.parametrize(("width", "samples"), [(2, 64), (10, 256), (5, 3000)])
def test_few_rows_and_many_get_the_same_shapley_values(width: int, samples: int) -> None:
    X = np.random.default_rng(3).normal(size=(4000, width))
    forest = DETECTORS.get("iforest").create(max_samples=samples, n_estimators=20).fit(X)
    few, walked = forest._walked(X[:30])
    many, tabled = forest._tabled(X[:30])
    assert few == pytest.approx(many)
    np.testing.assert_allclose(walked, tabled, atol=1e-9)
    alone = forest.path_contributions(X[7:8])[1][0]
    np.testing.assert_allclose(alone, forest.path_contributions(X[:500])[1][7], atol=1e-9)


def test_fitting_again_forgets_the_old_trees() -> None:
    X = np.random.default_rng(4).normal(size=(300, 2))
    forest = DETECTORS.get("iforest").create(n_estimators=10).fit(X)
    before = forest.path_contributions(X[:1])[1]
    forest.set_params(random_state=5).fit(X)
    parts = forest.path_contributions(X[:1])[1]
    assert (parts != before).any()
    fresh = DETECTORS.get("iforest").create(n_estimators=10, random_state=5).fit(X)
    np.testing.assert_array_equal(parts, fresh.path_contributions(X[:1])[1])
