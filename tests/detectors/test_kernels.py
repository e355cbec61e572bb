"""What compiled ways promise: exact answers, whatever the threads, the batch and the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.core.errors import DataError, NotFitted
from workbench.core.settings import settings
from workbench.detectors import DETECTORS

OWN = ["iforest", "extended_iforest", "hbos", "ecod", "copod", "loda", "inne", "knn", "lof", "pca"]


@pytest.fixture(scope="module")
def many() -> np.ndarray:
    values = np.random.default_rng(0).normal(size=(20_000, 5))
    values[:, 1] = np.round(values[:, 1])  # ties
    values[:, 2] = np.exp(3 * values[:, 2])  # a long tail
    values[:, 3] = 1.7e9 + values[:, 3]  # far from zero, as times are
    return values


def use_threads(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_THREADS", str(count))
    settings.cache_clear()


@pytest.mark.parametrize("name", OWN)
def test_the_number_of_threads_changes_no_bit(
    name: str, many: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many[:4_000] if name in ("knn", "lof") else many
    found = []
    for count in (1, 2, 3):
        use_threads(count, monkeypatch)
        detector = DETECTORS.get(name).create()
        found.append((detector.fit_score(rows), detector.decision_function(rows[:3_000])))
    for fitted, scored in found[1:]:
        np.testing.assert_array_equal(fitted, found[0][0])
        np.testing.assert_array_equal(scored, found[0][1])


@pytest.mark.parametrize("name", OWN)
def test_fit_and_score_at_once_is_fit_then_score(name: str, many: np.ndarray) -> None:
    rows = many[:3_000]
    kind = DETECTORS.get(name)
    np.testing.assert_array_equal(
        kind.create().fit_score(rows), kind.create().fit(rows).decision_function(rows)
    )


@pytest.mark.parametrize("name", [*OWN, "mcd", "ocsvm"])
def test_one_row_scores_as_in_a_batch(name: str, many: np.ndarray) -> None:
    rows = many[:1_500]
    detector = DETECTORS.get(name).create().fit(rows)
    unseen = np.vstack([many[5_000:5_010], many[5_000:5_003] + 100.0, many[5_000:5_003] - 1e6])
    one_by_one = [detector.score_one(row) for row in unseen]
    np.testing.assert_allclose(one_by_one, detector.decision_function(unseen), rtol=1e-12)
    assert isinstance(one_by_one[0], float)


@pytest.mark.parametrize("name", ["iforest", "hbos", "ecod", "loda", "knn"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200])
def test_a_row_that_cannot_be_used_is_refused(name: str, bad: float, many: np.ndarray) -> None:
    detector = DETECTORS.get(name).create().fit(many[:500])
    row = many[0].copy()
    row[3] = bad
    with pytest.raises(DataError, match="column 3"):
        detector.score_one(row)


def test_one_row_as_people_write_it(many: np.ndarray) -> None:
    detector = DETECTORS.get("hbos").create().fit(many[:500])
    assert detector.score_one(many[3].tolist()) == detector.score_one(many[3])
    with pytest.raises(DataError, match="5 columns"):
        detector.score_one([1.0, 2.0])
    with pytest.raises(NotFitted):
        DETECTORS.get("hbos").create().score_one(many[3])


@pytest.mark.parametrize("name", OWN)
def test_float32_goes_in_and_float64_comes_out(name: str) -> None:
    rows = np.random.default_rng(1).normal(size=(300, 3)).astype(np.float32)
    kind = DETECTORS.get(name)
    scores = kind.create().fit_score(rows)
    assert scores.dtype == np.float64
    np.testing.assert_array_equal(scores, kind.create().fit_score(rows.astype(float)))


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 20])
def test_neighbours_are_those_that_looking_at_every_row_finds(columns: int) -> None:
    from workbench.detectors._neighbours import Neighbours

    random = np.random.default_rng(columns)
    rows = random.normal(size=(700, columns))
    rows[:100] = np.round(rows[:100])
    rows[600:] = rows[:100]
    rows[0] *= 1e6
    asked = np.vstack([rows[:200], random.normal(size=(50, columns)), [[1e40] * columns]])
    near, which = Neighbours().fit(rows, 9).query(asked)
    gaps = np.sqrt(((asked[:, None, :] - rows) ** 2).sum(axis=2))
    order = np.argsort(gaps, axis=1, kind="stable")[:, :10]
    sorted_gaps = np.take_along_axis(gaps, order, 1)
    itself = sorted_gaps[:, :1] == 0.0
    wanted = np.where(itself, sorted_gaps[:, 1:], sorted_gaps[:, :-1])
    np.testing.assert_allclose(near, wanted, rtol=1e-12)
    found = np.sqrt(((asked[:, None, :] - rows[which]) ** 2).sum(axis=2))
    np.testing.assert_allclose(found, near, rtol=1e-12)


@pytest.mark.parametrize(
    "values",
    [
        1.7e9 + np.random.default_rng(0).random(5_000) * 1e-3,
        np.r_[np.random.default_rng(0).normal(size=4_999) * 1e-6, 1e12],
        np.random.default_rng(0).integers(0, 5, 5_000).astype(float),
        np.r_[np.full(4_000, 2.0), np.random.default_rng(0).normal(size=1_000)],
        np.r_[-1e150, 1e150, np.zeros(4_998)],
        np.random.default_rng(0).normal(size=5_000) * 1e-300,
    ],
    ids=["times", "one far value", "whole numbers", "mostly one value", "huge", "tiny"],
)
def test_packed_ranks_are_the_true_ranks(values: np.ndarray) -> None:
    scores = DETECTORS.get("ecod").create().fit_score(values[:, None])
    known = np.sort(values)
    left = -np.log(np.searchsorted(known, values, side="right") / len(values))
    right = -np.log((len(values) - np.searchsorted(known, values, side="left")) / len(values))
    # The skewness chooses a tail, or both; the largest of the three is the score.
    assert (scores >= np.maximum(left, right) - 1e-9).all()
    either = np.isclose(scores, np.maximum(left, right)) | np.isclose(scores, left + right)
    assert either.all()


def explained_by_shap(forest: Any, rows: np.ndarray) -> np.ndarray:
    """Hand our trees to shap, each node that training rows reach once."""
    from shap import TreeExplainer

    trees = []
    inner = forest.threshold_.shape[1]
    for tree in range(forest.n_estimators):
        kept: dict[str, list[Any]] = {
            "children_left": [], "children_right": [], "features": [], "thresholds": [],
            "values": [], "node_sample_weight": [],
        }  # fmt: skip

        def add(node: int, tree: int = tree, kept: dict[str, list[Any]] = kept) -> int:
            at = len(kept["features"])
            for part, start in zip(kept.values(), (-1, -1, -2, -2.0, [0.0], 0.0), strict=True):
                part.append(start)
            kept["node_sample_weight"][at] = float(forest.cover_[tree, node])
            if node < inner and forest.threshold_[tree, node] < np.inf:
                kept["features"][at] = int(forest.feature_[tree, node])
                kept["thresholds"][at] = float(forest.threshold_[tree, node])
                kept["children_left"][at] = add(2 * node + 1)
                kept["children_right"][at] = add(2 * node + 2)
            else:
                while node < inner:
                    node = 2 * node + 1
                kept["values"][at] = [forest.leaf_[tree, node - inner] / forest.n_estimators]
            return at

        add(0)
        arrays = {part: np.array(found) for part, found in kept.items()}
        trees.append({**arrays, "children_default": arrays["children_left"]})
    return np.asarray(TreeExplainer({"trees": trees}).shap_values(rows))


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # matplotlib's, through shap
@pytest.mark.parametrize("max_samples", [64, 1_000])
def test_shapley_values_of_the_forest_are_shaps(max_samples: int, many: np.ndarray) -> None:
    rows = many[:1_000]
    made = DETECTORS.get("iforest").create(n_estimators=20, max_samples=max_samples).fit(rows)
    base, parts = made.path_contributions(rows[:300])
    np.testing.assert_allclose(parts, explained_by_shap(made, rows[:300]), atol=1e-9)
    # Few rows take the way without tables; it must not matter.
    np.testing.assert_allclose(made.path_contributions(rows[:3])[1], parts[:3], atol=1e-12)
    length = -np.log2(made.decision_function(rows[:300])) * made.expected_
    np.testing.assert_allclose(base + parts.sum(axis=1), length, rtol=1e-9)


def test_oblique_splits_see_a_broken_relation_that_others_do_not() -> None:
    random = np.random.default_rng(0)
    along = random.normal(size=2_000)
    rows = np.column_stack([along, along + 0.05 * random.normal(size=2_000)])
    rows[7] = [1.5, -1.5]
    axis, oblique = (
        DETECTORS.get(name).create(n_estimators=300).fit_score(rows)
        for name in ("iforest", "extended_iforest")
    )
    assert (oblique > oblique[7]).sum() < (axis > axis[7]).sum()


def test_oblique_splits_do_not_care_about_units(many: np.ndarray) -> None:
    from workbench.metrics.agreement import rank_correlation

    kind = DETECTORS.get("extended_iforest")
    plain = kind.create().fit_score(many[:2_000, :2])
    scaled = kind.create().fit_score(many[:2_000, :2] * [1e6, 1.0])
    assert rank_correlation(plain, scaled) > 0.999
