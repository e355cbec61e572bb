"""One suite that every detector in the catalog must pass."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.contracts.degenerate import AT_FIT, AT_SCORE, clean
from tests.contracts.exemptions import EXEMPT, SCALE_FREE
from workbench.core.errors import NotFitted, ParameterError, WorkbenchError
from workbench.core.settings import settings
from workbench.detectors import DETECTORS, Detector

NAMES = DETECTORS.names()
OWN = [name for name in NAMES if ":" not in name]
FAMILIES = [name for name in NAMES if ":" in name]
TABULAR = [name for name in NAMES if "tabular" in DETECTORS.get(name).tags.kinds]
SEEDED = [name for name in NAMES if DETECTORS.get(name).tags.seeded]
#: What an extra brings, and what needs none.
EXTRA = [name for name in NAMES if DETECTORS.get(name).tags.extra]
PLAIN = [name for name in NAMES if name not in EXTRA]
ONLINE = [name for name in NAMES if DETECTORS.get(name).tags.online]
#: What learns a stream in order may hang on the order.
UNSEEDED = [name for name in TABULAR if name not in SEEDED and name not in ONLINE]

#: Cases a library's detector and ours get in the quick run; ``pytest -m bars`` gives all of them.
FEW, MORE = 4, 15


def pairs(test: str, cases: list[str]) -> list[Any]:
    """Each detector with some cases, drawn by name; ours with more than a library's."""
    listed = []
    for name in NAMES:
        ranked = sorted(cases, key=lambda case: zlib.crc32(f"{test} {name} {case}".encode()))
        for case in cases:
            slow = case not in ranked[: FEW if name in FAMILIES else MORE]
            marks = [pytest.mark.bars] if slow else []
            listed.append(pytest.param(name, case, marks=marks))
    return listed


def each(test: str, names: list[str]) -> list[Any]:
    """Names with what is exempt marked as failing, so that a cure does not go unnoticed."""
    return [
        pytest.param(
            name,
            marks=[pytest.mark.xfail(reason=EXEMPT[test, name], strict=True)]
            if (test, name) in EXEMPT
            else [],
        )
        for name in names
    ]


def made(name: str) -> Detector:
    return DETECTORS.get(name).create()


def test_the_exemption_list_does_not_grow() -> None:
    assert len(EXEMPT) == 2
    assert all(reason for reason in EXEMPT.values())
    assert {name for _, name in EXEMPT} <= set(NAMES)
    assert not {name for _, name in EXEMPT} & set(OWN), "our own detectors have no excuse"


@pytest.mark.parametrize(("name", "case"), pairs("fit", list(AT_FIT)))
def test_fitting_on_degenerate_data_gives_finite_scores_or_one_clear_error(
    name: str, case: str
) -> None:
    detector = made(name)
    data = AT_FIT[case]()
    try:
        scores = detector.fit_score(data)
        unseen = detector.decision_function(clean()) if np.shape(data)[1] == 4 else np.zeros(1)
    except WorkbenchError as error:
        assert len(str(error)) > 20
        return
    assert np.isfinite(scores).all()
    assert len(scores) == len(data)  # type: ignore[arg-type]
    assert np.isfinite(unseen).all()


@pytest.mark.parametrize(("name", "case"), pairs("score", list(AT_SCORE)))
def test_scoring_degenerate_data_gives_finite_scores_or_one_clear_error(
    name: str, case: str
) -> None:
    detector = made(name).fit(clean())
    data = AT_SCORE[case]()
    try:
        scores = detector.decision_function(data)
    except WorkbenchError as error:
        assert len(str(error)) > 20
        return
    assert np.isfinite(scores).all()
    assert len(scores) == len(data)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "case"), pairs("detect", [*AT_FIT, *AT_SCORE]))
def test_detecting_in_degenerate_data_gives_finite_results_or_one_clear_error(
    name: str, case: str
) -> None:
    """The whole way: preparation, fit, threshold, and scoring of degenerate rows."""
    try:
        if case in AT_FIT and case != "1 row":
            found = wb.detect(_frame(AT_FIT[case]()), name)
        else:
            kind = "series" if name not in TABULAR else "tabular"
            data = wb.load(_frame(clean()), kind=kind)
            found = wb.detect(data, name).model.score(_frame(AT_SCORE[case]()))
    except WorkbenchError as error:
        assert len(str(error)) > 20
        return
    assert np.isfinite(found.scores).all()
    assert np.isfinite(found.threshold.value)
    assert found.severity.between(0, 100).all()


def _frame(values: object) -> object:
    if isinstance(values, pd.DataFrame):
        return values
    array = np.asarray(values)
    if array.ndim != 2:
        return array
    return pd.DataFrame(
        array,
        columns=list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")[
            : array.shape[1]
        ],
    )


@pytest.mark.parametrize("name", each("spike", NAMES))
def test_a_spike_scores_highest(name: str) -> None:
    values = np.random.default_rng(3).normal(size=(400, 3))
    if name not in TABULAR:
        values = np.sin(np.arange(400) * 2 * np.pi / 25)[:, None] + 0.05 * values
    values[200:202] += 12.0
    detector = made(name)
    best = int(detector.fit_score(values).argmax())
    # A stretch's score reaches all points that it covers (kshape: four windows long).
    reach = getattr(detector, "width_", 1) * getattr(detector, "factor_", 1)
    assert 200 - reach <= best <= 201 + reach


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_scores(name: str, blob: np.ndarray) -> None:
    first, second = (made(name).fit(blob).decision_function(blob) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_is_honoured(name: str, blob: np.ndarray) -> None:
    detector = DETECTORS.get(name).create(random_state=5)
    assert detector.get_params()["random_state"] == 5
    assert np.isfinite(detector.fit(blob).decision_function(blob)).all()


@pytest.mark.parametrize("name", NAMES)
def test_rows_seen_in_fit_score_the_same_again(name: str, blob: np.ndarray) -> None:
    detector = made(name)
    scores = detector.fit_score(blob)
    np.testing.assert_allclose(detector.decision_function(blob), scores, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", TABULAR)
def test_a_row_scores_the_same_alone_and_in_a_batch(name: str, blob: np.ndarray) -> None:
    detector = made(name).fit(blob)
    unseen = np.random.default_rng(4).normal(size=(40, 4)) * 2
    alone = np.concatenate([detector.decision_function(row[None, :]) for row in unseen])
    np.testing.assert_allclose(alone, detector.decision_function(unseen), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", TABULAR)
def test_the_order_of_the_scored_rows_does_not_matter(name: str, blob: np.ndarray) -> None:
    detector = made(name).fit(blob)
    order = np.random.default_rng(5).permutation(len(blob))
    np.testing.assert_allclose(
        detector.decision_function(blob[order]), detector.decision_function(blob)[order], rtol=1e-9
    )


@pytest.mark.parametrize("name", UNSEEDED)
def test_the_order_of_the_learned_rows_does_not_matter(name: str, blob: np.ndarray) -> None:
    order = np.random.default_rng(6).permutation(len(blob))
    np.testing.assert_allclose(
        made(name).fit(blob[order]).decision_function(blob),
        made(name).fit(blob).decision_function(blob),
        rtol=1e-7,
        atol=1e-9,
    )


@pytest.mark.parametrize("name", SCALE_FREE)
def test_the_units_of_the_columns_do_not_matter(name: str, blob: np.ndarray) -> None:
    """Powers of two, so that rounding is the same: 1 m or 1/1024 km."""
    units = np.array([1024.0, 1.0, 1.0 / 1024.0, 4.0])
    np.testing.assert_allclose(
        made(name).fit(blob * units).decision_function(blob * units),
        made(name).fit(blob).decision_function(blob),
        rtol=1e-6,
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_threads_changes_nothing(
    name: str, blob: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threadpoolctl import threadpool_limits

    values = np.tile(blob, (3, 1)) + np.random.default_rng(7).normal(size=(600, 4)) / 8
    scores = []
    for count in (1, 2):
        monkeypatch.setenv("WORKBENCH_THREADS", str(count))
        settings.cache_clear()
        with threadpool_limits(count):
            scores.append(made(name).fit_score(values))
    np.testing.assert_allclose(*scores, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_missing_cells_are_filled_before_a_detector_sees_them(name: str, blob: np.ndarray) -> None:
    frame = pd.DataFrame(blob, columns=list("abcd"))
    frame.loc[10:30, "b"] = np.nan
    kind = "tabular" if name in TABULAR else "series"
    found = wb.detect(wb.load(frame, kind=kind), name)
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_parameters_of_a_library_have_its_names_and_defaults(name: str) -> None:
    """Where a default is ours, the table says why."""
    member = DETECTORS.get(name).member  # type: ignore[attr-defined]
    module, _, attribute = member.source.partition(":")
    theirs = inspect.signature(getattr(importlib.import_module(module), attribute)).parameters
    differs = {key for key, value in member.params.items() if theirs[key].default != value}
    assert differs == set(member.differs)
    assert set(member.fixed) <= set(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_scores_like_its_array(name: str, blob: np.ndarray) -> None:
    frame = pd.DataFrame(blob, columns=list("abcd"))
    np.testing.assert_array_equal(
        made(name).fit(frame).decision_function(frame), made(name).fit(blob).decision_function(blob)
    )


@pytest.mark.parametrize("name", NAMES)
def test_scoring_changes_neither_the_detector_nor_the_data(name: str, blob: np.ndarray) -> None:
    detector = made(name).fit(blob)
    kept = blob.copy()
    first = detector.decision_function(blob)
    detector.decision_function(blob[:50])
    np.testing.assert_array_equal(detector.decision_function(blob), first)
    np.testing.assert_array_equal(blob, kept)


@pytest.mark.parametrize("name", NAMES)
def test_a_zero_with_a_minus_sign_is_a_zero(name: str, blob: np.ndarray) -> None:
    """A kernel that sorts by bits once wrote outside of its arrays here."""
    values = blob.copy()
    values[::2, 1] = 0.0
    signed = values.copy()
    signed[::4, 1] = -0.0
    try:
        plain = made(name).fit_score(values)
    except WorkbenchError:
        return
    np.testing.assert_allclose(made(name).fit_score(signed), plain, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_contributions_add_up_to_the_score(name: str, blob: np.ndarray) -> None:
    detector = made(name).fit(blob)
    rows = np.array([0, 17, 150])
    answer = detector.contributions(blob, rows)
    if answer is None:
        assert not detector.tags.exact
        return
    base, parts = answer
    np.testing.assert_allclose(
        base + parts.sum(axis=1), detector.decision_function(blob)[rows], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_refused_by_name(name: str) -> None:
    with pytest.raises(ParameterError, match="has no parameter 'nonsense'"):
        DETECTORS.get(name).create(nonsense=1)


@pytest.mark.parametrize("name", NAMES)
def test_scoring_before_fitting_is_refused(name: str, blob: np.ndarray) -> None:
    with pytest.raises(NotFitted, match="fit"):
        made(name).decision_function(blob)


@pytest.mark.parametrize("name", NAMES)
def test_a_clone_has_the_parameters_and_no_memory(name: str, blob: np.ndarray) -> None:
    clone = made(name).fit(blob).clone()
    assert clone.get_params() == made(name).get_params()
    with pytest.raises(NotFitted):
        clone.decision_function(blob)


@pytest.mark.parametrize("name", NAMES)
def test_the_tags_tell_what_a_newcomer_needs(name: str) -> None:
    kind = DETECTORS.get(name)
    assert kind.tags.paper
    assert kind.tags.cost
    assert kind.tags.good_at
    assert set(kind.tags.kinds) <= {"tabular", "series"}
    assert (kind.__doc__ or "").count(">>>") >= 2


@pytest.mark.parametrize(
    "names", [PLAIN, pytest.param(EXTRA, marks=pytest.mark.extras)], ids=["plain", "extra"]
)
def test_saved_models_score_the_same_in_a_fresh_process(
    names: list[str], tmp_path: Path, blob: np.ndarray
) -> None:
    """All detectors through one fresh process: starting one for each takes minutes."""
    frame = pd.DataFrame(blob, columns=list("abcd"))
    frame.to_parquet(tmp_path / "data.parquet")
    for name in names:
        data = wb.load(frame, kind="tabular" if name in TABULAR else "series")
        found = wb.detect(data, name)
        file = name.replace(":", "--")  # no colons in the names of files on Windows
        wb.save(found, tmp_path / f"{file}.wb")
        np.save(tmp_path / f"{file}.npy", found.scores.to_numpy())
    program = """
        import sys
        from pathlib import Path
        import numpy as np, pandas as pd, workbench as wb
        folder = Path(sys.argv[1])
        frame = pd.read_parquet(folder / "data.parquet")
        for file in sorted(folder.glob("*.wb")):
            scores = wb.open(file).score(frame).scores.to_numpy()
            kept = np.load(file.with_suffix(".npy"))
            np.testing.assert_allclose(scores, kept, rtol=0, atol=1e-12)
            print(file.stem)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted(name.replace(":", "--") for name in names)
