import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from workbench.core.errors import DataError
from workbench.metrics.agreement import overlap_at_k, rank_correlation
from workbench.metrics.points import (
    average_precision,
    bootstrap_interval,
    check_labelled,
    f1_at,
    precision_at_k,
    roc_auc,
)

PAIRS = st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=3, max_size=60).filter(
    lambda pairs: 0 < sum(label for label, _ in pairs) < len(pairs)
)


def split(pairs: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    labels, scores = zip(*pairs, strict=True)
    return np.array(labels, dtype=float), np.array(scores, dtype=float)


@given(PAIRS)
def test_roc_auc_equals_scikit_learns(pairs: list[tuple[bool, int]]) -> None:
    labels, scores = split(pairs)
    assert roc_auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@given(PAIRS)
def test_average_precision_equals_scikit_learns(pairs: list[tuple[bool, int]]) -> None:
    labels, scores = split(pairs)
    assert average_precision(labels, scores) == pytest.approx(
        average_precision_score(labels, scores), abs=1e-12
    )


@given(PAIRS)
def test_reversing_the_scores_mirrors_the_auc(pairs: list[tuple[bool, int]]) -> None:
    labels, scores = split(pairs)
    assert roc_auc(labels, scores) == pytest.approx(1.0 - roc_auc(labels, -scores), abs=1e-12)


def test_precision_at_k_counts_the_top() -> None:
    labels, scores = np.array([1, 0, 1, 0, 0]), np.array([9.0, 8.0, 7.0, 1.0, 0.0])
    assert precision_at_k(labels, scores) == 0.5
    assert precision_at_k(labels, scores, 1) == 1.0
    assert precision_at_k(labels, scores, 3) == pytest.approx(2 / 3)
    assert precision_at_k(labels, scores, 99) == pytest.approx(2 / 5)


def test_rows_tied_at_the_edge_count_by_their_share() -> None:
    assert precision_at_k(np.array([1, 0, 0, 0]), np.array([5.0, 5.0, 1.0, 1.0]), 1) == 0.5


def test_f1_at_the_threshold() -> None:
    found = f1_at(np.array([1, 1, 0, 0]), np.array([3.0, 1.0, 3.0, 0.0]), 2.0)
    assert found == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    nothing = f1_at(np.array([1, 0]), np.array([1.0, 0.0]), 9.0)
    assert nothing == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_a_score_at_the_threshold_is_not_flagged() -> None:
    assert f1_at(np.array([1, 0]), np.array([2.0, 1.0]), 2.0)["recall"] == 0.0


def test_rows_without_a_label_are_left_out() -> None:
    labels, scores = check_labelled(np.array([1, np.nan, 0]), np.array([3.0, 9.0, 1.0]))
    assert labels.tolist() == [True, False]
    assert scores.tolist() == [3.0, 1.0]
    assert roc_auc(np.array([1, np.nan, 0]), np.array([3.0, 9.0, 1.0])) == 1.0


@pytest.mark.parametrize(
    ("labels", "word"), [([0, 0], "normal"), ([1, 1], "anomalous"), ([np.nan, 0], "normal")]
)
def test_one_kind_of_label_is_refused(labels: list[float], word: str) -> None:
    with pytest.raises(DataError, match=word):
        roc_auc(np.array(labels), np.array([1.0, 2.0]))


def test_labels_and_scores_must_be_as_many() -> None:
    with pytest.raises(DataError, match="2 labels for 3 scores"):
        roc_auc(np.array([0, 1]), np.array([1.0, 2.0, 3.0]))


def test_k_below_one_is_refused() -> None:
    with pytest.raises(DataError, match="at least 1"):
        precision_at_k(np.array([0, 1]), np.array([1.0, 2.0]), 0)


def test_the_interval_holds_the_value_and_is_the_same_for_a_seed() -> None:
    random = np.random.default_rng(0)
    labels = (random.random(300) < 0.2).astype(float)
    scores = labels + random.normal(0, 1, 300)
    low, high = bootstrap_interval(roc_auc, labels, scores)
    assert 0.5 < low < roc_auc(labels, scores) < high < 1.0
    assert bootstrap_interval(roc_auc, labels, scores) == (low, high)
    wide = bootstrap_interval(roc_auc, labels, scores, level=0.99)
    assert wide[0] <= low < high <= wide[1]


def test_only_a_function_can_be_bootstrapped() -> None:
    with pytest.raises(DataError, match="callable"):
        bootstrap_interval("auc", np.array([0, 1]), np.array([0.0, 1.0]))


def test_rank_correlation_sees_order_alone() -> None:
    scores = np.array([1.0, 2.0, 3.0, 10.0])
    assert rank_correlation(scores, np.exp(scores)) == pytest.approx(1.0)
    assert rank_correlation(scores, -scores) == pytest.approx(-1.0)
    assert rank_correlation(scores, np.ones(4)) == 0.0


def test_overlap_counts_shared_top_rows() -> None:
    first, second = np.array([4, 3, 2, 1]), np.array([4, 1, 3, 2])
    assert overlap_at_k(first, second, 1) == 1.0
    assert overlap_at_k(first, second, 2) == 0.5
    assert overlap_at_k(first, second, 99) == 1.0
