"""Ensembles as detectors: what they combine, leave out, say and keep."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import workbench as wb
from workbench.core.errors import DataError, ParameterError, UnknownName
from workbench.detectors import DETECTORS
from workbench.tuning._calibration import SCALES, Calibration

KINDS = ["average", "maximum", "aom", "moa", "agreement"]
SCORES = arrays(float, st.integers(2, 80), elements=st.floats(-1e6, 1e6))


def rows(seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(300, 4))
    values[7] += 8.0
    return values


def made(name: str, members: list[object], **params: object) -> object:
    return DETECTORS.get(name).create(members=members, **params)


@settings(deadline=None)  # the first example imports scipy
@given(SCORES, st.sampled_from(sorted(SCALES)))
@example(np.array([5e-324, 0.0]), "probability")
@example(np.array([0.0, 1e-310, 3e-310, 1.0]), "rank")
def test_a_calibration_keeps_the_order_of_scores(scores: np.ndarray, scale: str) -> None:
    curve = Calibration(scale).fit(scores)
    asked = np.sort(np.concatenate([scores, [scores.min() - 10.0, scores.max() + 10.0]]))
    assert (np.diff(curve.apply(asked)) >= -1e-9 * np.abs(curve.apply(asked)).max()).all()


@settings(deadline=None)  # the first example imports scipy
@given(SCORES, st.sampled_from(sorted(SCALES)))
@example(np.array([5e-324, 0.0]), "probability")
@example(np.array([0.0, 1e-310, 3e-310, 1.0]), "rank")
def test_a_score_beyond_all_seen_goes_on_growing(scores: np.ndarray, scale: str) -> None:
    curve = Calibration(scale).fit(scores)
    far = scores.max() + np.ptp(scores) + 1.0
    assert curve.apply(np.array([2 * abs(far) + far]))[0] > curve.apply(np.array([far]))[0]


def test_the_scales_mean_what_they_say() -> None:
    scores = np.arange(1000.0)
    assert Calibration("rank").fit(scores).apply(np.array([899.5]))[0] == pytest.approx(0.9, 0.01)
    surprise = Calibration("surprise").fit(scores).apply(np.array([950.0]))[0]
    assert surprise == pytest.approx(-np.log(0.05), rel=0.02)
    assert Calibration("zscore").fit(scores).apply(np.array([499.5]))[0] == pytest.approx(0.0)


def test_an_average_is_the_mean_of_its_calibrated_members() -> None:
    X = rows()
    both = made("average", ["ecod", "pca"]).fit(X)
    parts = [
        Calibration("zscore").fit(scores).apply(scores)
        for scores in (DETECTORS.get(name).create().fit_score(X) for name in ("ecod", "pca"))
    ]
    np.testing.assert_allclose(both.decision_function(X), np.mean(parts, axis=0), rtol=1e-9)


def test_a_maximum_is_the_loudest_member_and_weights_are_votes() -> None:
    X = rows()
    parts = np.column_stack(
        [
            Calibration("zscore").fit(scores).apply(scores)
            for scores in (DETECTORS.get(name).create().fit_score(X) for name in ("ecod", "pca"))
        ]
    )
    loudest = made("maximum", ["ecod", "pca"]).fit(X)
    np.testing.assert_allclose(loudest.decision_function(X), parts.max(axis=1), rtol=1e-9)
    weighted = made("average", [{"detector": "ecod", "weight": 3}, "pca"]).fit(X)
    np.testing.assert_allclose(weighted.decision_function(X), parts @ [0.75, 0.25], rtol=1e-9)


def test_buckets_of_one_make_aom_an_average_and_moa_a_maximum() -> None:
    X, members = rows(), ["ecod", "pca", "hbos"]
    average, maximum = made("average", members).fit(X), made("maximum", members).fit(X)
    aom, moa = (made(name, members, n_buckets=3).fit(X) for name in ("aom", "moa"))
    np.testing.assert_allclose(aom.decision_function(X), average.decision_function(X), rtol=1e-9)
    np.testing.assert_allclose(moa.decision_function(X), maximum.decision_function(X), rtol=1e-9)


def test_a_member_that_ranks_against_the_others_is_left_out_and_named() -> None:
    X = rows()
    values = np.column_stack([X, X[:, :1] * 0])
    reversed_ = Reversed()
    DETECTORS._outsiders["reversed"] = reversed_  # type: ignore[assignment]
    try:
        found = made("average", ["ecod", "pca", "hbos", "reversed"]).fit(values)
    finally:
        del DETECTORS._outsiders["reversed"]
    line = next(item for item in found.leaderboard if item["detector"] == "reversed")
    assert line["weight"] == 0.0
    assert "against all other members" in line["note"]
    np.testing.assert_allclose(
        found.decision_function(values),
        made("average", ["ecod", "pca", "hbos"]).fit(values).decision_function(values),
        rtol=1e-9,
    )


class Reversed:
    """An entry point to a detector that calls the middle odd."""

    def load(self) -> type:
        from workbench.detectors.pca import Pca

        class Inner(Pca):
            @classmethod
            def name(cls) -> str:
                return "reversed"

            def _score(self, X: np.ndarray, time: np.ndarray | None) -> np.ndarray:
                return -super()._score(X, time)

        return Inner


def test_a_member_that_cannot_work_on_the_data_is_left_out_and_says_why() -> None:
    few = rows()[:3]
    found = made("average", ["ecod", "matrix_profile", "pca"])
    with pytest.raises(ParameterError, match="is for series"):
        found.fit(few)
    needy = made("average", ["ecod", "pyod:gmm", "pca"]).fit(few)
    notes = {line["detector"]: line["note"] for line in needy.leaderboard}
    assert notes["ecod"] == ""
    assert needy.decision_function(few).shape == (3,)


def test_agreement_gives_each_member_the_weight_that_the_others_confirm() -> None:
    values = np.random.default_rng(1).normal(size=(400, 6))
    lines = made("agreement", ["ecod", "hbos", "copod", "lof"]).fit(values).leaderboard
    agreement = np.array([line["agreement"] for line in lines])
    weights = np.array([line["weight"] for line in lines])
    np.testing.assert_allclose(weights, agreement / agreement.sum(), rtol=1e-9)


@pytest.mark.parametrize("name", KINDS)
def test_tables_and_series_explain_themselves_by_parts_that_add_up(name: str) -> None:
    for found in (
        wb.detect("sample:breast-cancer", name, members=["ecod", "pca", "iforest"]),
        wb.detect(wave(), name, members=["seasonal_residual", "pca"], window=24),
    ):
        answer = found.explain()
        total = answer.base + sum(part.contribution for part in answer.contributions)
        assert total == pytest.approx(answer.score, rel=1e-6)


def wave() -> wb.Dataset:
    values = np.sin(np.arange(400) * 2 * np.pi / 24)
    values[200:206] = 3.0
    return wb.load(pd.DataFrame({"x": values, "y": values[::-1]}), kind="series")


def test_tabular_members_judge_windows_of_a_series_and_the_leaderboard_says_so() -> None:
    found = wb.detect(wave(), "average", members=["pca", "seasonal_residual"], window=24)
    lines = {line["detector"]: line for line in found.provenance["leaderboard"]}
    assert lines["pca"]["params"] == {"window": 24}
    assert lines["seasonal_residual"]["params"] == {}
    assert 190 < int(found.scores.to_numpy().argmax()) < 216


def test_a_saved_ensemble_scores_the_same(tmp_path: Path) -> None:
    found = wb.detect("sample:breast-cancer", "aom", members=["ecod", "pca", "iforest"])
    wb.save(found, tmp_path / "both.wb")
    again = wb.open(tmp_path / "both.wb").score("sample:breast-cancer")
    np.testing.assert_allclose(again.scores, found.scores, rtol=0, atol=1e-12)


def test_members_can_be_named_in_one_text() -> None:
    as_text = wb.detect("sample:breast-cancer", "average", members="ecod, pca")
    as_list = wb.detect("sample:breast-cancer", "average", members=["ecod", "pca"])
    np.testing.assert_array_equal(as_text.scores, as_list.scores)


@pytest.mark.parametrize(
    ("members", "error", "words"),
    [
        ([], ParameterError, "at least one member"),
        (["ecodd"], UnknownName, "Did you mean 'ecod'"),
        ([{"n_neighbors": 5}], ParameterError, "A member is a detector's name"),
        ([{"detector": "ecod", "weight": 0}], ParameterError, "must be positive"),
        ([{"detector": "knn", "k": 5}], ParameterError, "has no parameter 'k'"),
    ],
)
def test_members_that_cannot_be_are_refused(
    members: list[object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        made("average", members).fit(rows())


def test_a_scale_that_is_not_there_is_refused_before_any_work() -> None:
    with pytest.raises(ParameterError, match="scale must be one of"):
        made("average", ["ecod"], scale="log").fit(rows())


def test_when_no_member_can_work_the_reasons_are_given() -> None:
    constant = np.ones((50, 2))
    with pytest.raises(DataError, match="every row the same score"):
        made("average", ["ecod", "pca"]).fit(constant)
