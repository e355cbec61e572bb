"""PyOD's and scikit-learn's detectors behind our contract say what the libraries say."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import numpy as np
import pytest

import workbench as wb
from workbench.core.errors import DataError, MissingExtra, ParameterError
from workbench.detectors import DETECTORS
from workbench.detectors.pyod import LEFT_OUT, MEMBERS

#: PyOD's modules that are no tabular detectors: images, sound, text, graphs, series, and tools.
OTHER_KINDS = {
    "anogan", "audio_ae", "base", "base_dl", "combination", "embedding", "gaal_base", "mo_gaal",
    "sklearn_base", "so_gaal", "so_gaal_new", "thresholds",
}  # fmt: skip


@pytest.fixture(scope="module")
def skewed() -> np.ndarray:
    random = np.random.default_rng(0)
    values = np.column_stack(
        [random.normal(size=400), random.lognormal(size=400), -random.exponential(size=400)]
    )
    values[0] = [6.0, 40.0, -15.0]
    return values


def original(name: str, **params: Any) -> Any:
    member = DETECTORS.get(name).member  # type: ignore[attr-defined]
    module, _, attribute = member.source.partition(":")
    return getattr(importlib.import_module(module), attribute)(**{**member.fixed, **params})


def test_each_tabular_detector_of_pyod_is_here_or_left_out_with_a_reason() -> None:
    import pyod.models

    known = {found.name for found in pkgutil.iter_modules(pyod.models.__path__)}
    tabular = {name for name in known - OTHER_KINDS if not name.startswith(("pyg_", "ts_", "_"))}
    assert tabular == {*MEMBERS, *LEFT_OUT}
    assert not set(MEMBERS) & set(LEFT_OUT)
    assert all(len(reason) > 10 for reason in LEFT_OUT.values())


@pytest.mark.parametrize("short", ["gmm", "inne", "kde", "knn", "lof", "mcd", "sampling"])
def test_scores_are_pyods(short: str, skewed: np.ndarray) -> None:
    new = np.random.default_rng(1).normal(size=(30, 3))
    ours = DETECTORS.get(f"pyod:{short}").create().fit(skewed)
    seed = {"random_state": 0} if "random_state" in ours.get_params() else {}
    if short in ("kde", "knn", "lof"):  # the seed is that of the sample alone
        seed = {}
    theirs = original(f"pyod:{short}", **seed).fit(skewed)
    np.testing.assert_allclose(
        ours.decision_function(new), theirs.decision_function(new), rtol=1e-9
    )


@pytest.mark.parametrize("short", ["iforest", "ocsvm", "elliptic_envelope"])
def test_scores_are_scikit_learns_turned_round(short: str, skewed: np.ndarray) -> None:
    ours = DETECTORS.get(f"sklearn:{short}").create().fit(skewed)
    seed = {"random_state": 0} if short != "ocsvm" else {}
    theirs = original(f"sklearn:{short}", **seed).fit(skewed)
    np.testing.assert_allclose(
        ours.decision_function(skewed), -theirs.decision_function(skewed), rtol=1e-9
    )


def test_a_plain_name_finds_the_librarys_detector_and_models_keep_the_full_name() -> None:
    found = wb.detect("sample:breast-cancer", "abod")
    assert found.detector == "pyod:abod"
    assert found.model.detector == "pyod:abod"


def test_the_catalog_says_which_library_a_detector_is_from() -> None:
    table = wb.catalog().set_index("name")
    assert table.loc["pyod:abod", "library"] == "PyOD"
    assert table.loc["sklearn:elliptic_envelope", "library"] == "scikit-learn"
    assert "n_neighbors=10" in table.loc["pyod:abod", "parameters"]


def test_a_detector_whose_extra_is_missing_says_what_to_install(
    skewed: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    table = wb.catalog().set_index("name")
    assert set(table.loc[["pyod:vae", "autoencoder", "patch_memory"], "extra"]) == {"deep"}
    assert table.loc["iforest", "extra"] == ""
    with pytest.raises(
        MissingExtra, match=r"torch is needed to train 'pyod:vae': pip install .*\[deep"
    ):
        DETECTORS.get("pyod:vae").create().fit(skewed)
    compared = wb.compare(skewed, ["ecod", "pyod:vae"])
    assert "pip install" in compared.failures["pyod:vae"]


def test_very_many_rows_are_sampled_by_the_seed(skewed: np.ndarray) -> None:
    kind = DETECTORS.get("pyod:kde")
    first, same = (kind.create(max_rows=50).fit_score(skewed) for _ in range(2))
    np.testing.assert_array_equal(first, same)
    other = kind.create(max_rows=50, random_state=1).fit_score(skewed)
    assert not np.array_equal(first, other)
    with pytest.raises(ParameterError, match="max_rows must be a whole number of at least 2"):
        kind.create(max_rows=1).fit(skewed)


def test_counts_of_neighbours_bow_to_few_rows() -> None:
    values = np.random.default_rng(0).normal(size=(6, 2))
    for name in ("pyod:lof", "pyod:abod", "sklearn:lof"):
        assert np.isfinite(DETECTORS.get(name).create().fit_score(values)).all()


def test_cblof_takes_other_numbers_of_clusters_where_pyod_gives_up() -> None:
    values = np.random.default_rng(0).normal(size=(4000, 10))
    detector = DETECTORS.get("pyod:cblof").create().fit(values)
    assert np.isfinite(detector.decision_function(values)).all()


def test_a_failure_of_the_library_is_one_of_our_errors() -> None:
    with pytest.raises(DataError, match="'pyod:mcd' cannot learn from these data"):
        DETECTORS.get("pyod:mcd").create().fit(np.ones((50, 3)))


def test_mad_scores_the_worst_column_and_says_which() -> None:
    values = np.random.default_rng(0).normal(size=(200, 3))
    values[5, 1] = 30.0
    detector = DETECTORS.get("pyod:mad").create().fit(values)
    base, parts = detector.contributions(values, [5])  # type: ignore[misc]
    assert parts[0].argmax() == 1
    assert base[0] + parts[0].sum() == pytest.approx(detector.decision_function(values)[5])


def test_cof_is_pyods_on_the_training_rows(skewed: np.ndarray) -> None:
    from pyod.models.cof import COF

    ours = DETECTORS.get("cof").create().fit_score(skewed)
    np.testing.assert_allclose(ours, COF().fit(skewed).decision_scores_, rtol=1e-9)


def test_sod_finds_a_row_that_is_odd_in_one_of_many_columns_and_says_which() -> None:
    values = np.random.default_rng(0).normal(size=(400, 12))
    values[7, 4] = 9.0
    detector = DETECTORS.get("sod").create().fit(values)
    assert detector.decision_function(values).argmax() == 7
    assert detector.contributions(values, [7])[1][0].argmax() == 4  # type: ignore[index]


@pytest.mark.bars
def test_sod_agrees_with_pyods_up_to_ties(skewed: np.ndarray) -> None:
    from pyod.models.sod import SOD

    from workbench.metrics.agreement import rank_correlation

    ours = DETECTORS.get("sod").create().fit_score(skewed)
    theirs = SOD().fit(skewed).decision_scores_
    judged = theirs > 0.0  # PyOD says 0 where no column is calm
    assert rank_correlation(ours[judged], theirs[judged]) > 0.75


def test_feature_bagging_stands_noise_columns_better_than_one_look() -> None:
    from workbench.metrics.points import roc_auc

    random = np.random.default_rng(0)
    values = random.normal(size=(500, 3))
    values[:25] *= 3.0
    labels = np.repeat([1.0, 0.0], [25, 475])
    noisy = np.column_stack([values, random.normal(size=(500, 12)) * 2])
    bagged = DETECTORS.get("feature_bagging").create(n_estimators=30).fit_score(noisy)
    assert roc_auc(labels, bagged) > 0.6


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("sod", {"ref_set": 1}, "ref_set must be at least 2"),
        ("sod", {"alpha": 1.0}, "alpha must lie"),
        ("sod", {"max_rows": 2}, "max_rows"),
        ("cof", {"max_rows": 2}, "max_rows"),
        ("feature_bagging", {"n_estimators": 0}, "n_estimators"),
        ("feature_bagging", {"max_rows": 1}, "max_rows"),
    ],
)
def test_parameters_that_cannot_work_are_refused(
    name: str, params: dict[str, Any], words: str, skewed: np.ndarray
) -> None:
    with pytest.raises(ParameterError, match=words):
        DETECTORS.get(name).create(**params).fit(skewed)
