import numpy as np
import pytest

from workbench.core.errors import DataError, ParameterError
from workbench.detectors import DETECTORS
from workbench.detectors._calibrated import METHODS, Calibrated


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(120, 3))


def made(method: str, inner: str = "pca", **params: int) -> Calibrated:
    return Calibrated(DETECTORS.get(inner).create(), method, **params)


@pytest.mark.parametrize("method", METHODS)
def test_every_way_keeps_scores_of_rows_that_its_models_did_not_see(
    method: str, rows: np.ndarray
) -> None:
    fitted = made(method, "knn").fit(rows)
    kept = fitted.calibration_[fitted.held_]
    assert len(kept) == (60 if method == "split" else 120)
    assert np.isfinite(kept).all()
    seen = DETECTORS.get("knn").create().fit_score(rows)
    assert kept.mean() > seen.mean() * 0.95


def test_split_scores_with_the_model_of_the_other_half(rows: np.ndarray) -> None:
    fitted = made("split").fit(rows)
    learn = np.setdiff1d(np.arange(120), fitted.held_)
    alone = DETECTORS.get("pca").create().fit(rows[learn])
    np.testing.assert_array_equal(
        fitted.calibration_[fitted.held_], alone.decision_function(rows[fitted.held_])
    )
    np.testing.assert_array_equal(fitted.decision_function(rows), alone.decision_function(rows))


def test_the_jackknife_leaves_out_one_row_at_a_time(rows: np.ndarray) -> None:
    few = rows[:30]
    fitted = made("jackknife+").fit(few)
    without = DETECTORS.get("pca").create().fit(np.delete(few, 7, axis=0))
    assert fitted.calibration_[7] == without.decision_function(few[7:8])[0]
    assert len(fitted.models_) == 30


def test_contributions_of_the_mean_still_add_up(rows: np.ndarray) -> None:
    fitted = made("cross", "ecod").fit(rows)
    answer = fitted.contributions(rows, [3, 50])
    assert answer is not None
    np.testing.assert_allclose(
        answer[0] + answer[1].sum(axis=1), fitted.decision_function(rows)[[3, 50]], rtol=1e-9
    )


def test_the_partition_follows_the_seed(rows: np.ndarray) -> None:
    one, two, again = (made("cross", random_state=seed).fit(rows) for seed in (1, 2, 1))
    np.testing.assert_array_equal(one.calibration_, again.calibration_)
    assert not np.array_equal(one.calibration_, two.calibration_)


def test_what_cannot_work_is_refused(rows: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="method must be one of"):
        made("bootstrap").fit(rows)
    with pytest.raises(ParameterError, match="folds must be at least 2"):
        made("cross", folds=1).fit(rows)
    with pytest.raises(DataError, match="Take 'cross'"):
        made("jackknife+").fit(np.random.default_rng(0).normal(size=(400, 2)))
