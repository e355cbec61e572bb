"""One suite that every detector in the catalog must pass."""

from __future__ import annotations

import dataclasses
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
from tests.contracts.networks import communities, star
from workbench.core.errors import DataError, NotFitted, ParameterError, WorkbenchError
from workbench.core.settings import settings
from workbench.detectors import DETECTORS, Detector, GraphDetector

NAMES = DETECTORS.names()
OWN = [name for name in NAMES if ":" not in name]
FAMILIES = [name for name in NAMES if ":" in name]
TABULAR = [name for name in NAMES if "tabular" in DETECTORS.get(name).tags.kinds]
#: Made for graphs alone: they get edges beside each matrix.
GRAPH = [name for name in NAMES if DETECTORS.get(name).tags.kinds == ("graph",)]
#: Those that run without an extra.
PLAIN = [name for name in NAMES if not DETECTORS.get(name).tags.extra]
SEEDED = [name for name in NAMES if DETECTORS.get(name).tags.seeded]
ONLINE = [name for name in NAMES if DETECTORS.get(name).tags.online]
#: What learns a stream in order may hang on the order.
UNSEEDED = [name for name in TABULAR if name not in SEEDED and name not in ONLINE]

#: Cases in the quick run: few for libraries' detectors and for networks, more for the others;
#: ``pytest -m bars`` gives all of them.
FEW, MORE = 4, 15


def pairs(test: str, cases: list[str]) -> list[Any]:
    """Each detector with some cases, drawn by name; ours with more than a library's."""
    listed = []
    for name in NAMES:
        ranked = sorted(cases, key=lambda case: zlib.crc32(f"{test} {name} {case}".encode()))
        for case in cases:
            slow = case not in ranked[: MORE if name in OWN and name in PLAIN else FEW]
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


def stand(name: str, values: object) -> dict[str, Any]:
    """What a detector is told beside a matrix: a graph among its rows for those that need one."""
    return {"network": communities(len(values))} if name in GRAPH else {}  # type: ignore[arg-type]


def loaded(name: str, frame: pd.DataFrame) -> wb.Dataset:
    """A frame as data of the kind that a detector is for."""
    if name in GRAPH:
        data = wb.load(frame, kind="graph")
        return dataclasses.replace(data, network=communities(len(data)))
    return wb.load(frame, kind="tabular" if name in TABULAR else "series")


def of_another_graph(name: str) -> bool:
    """Whether a detector can score what it did not learn from."""
    kind = DETECTORS.get(name)
    return not (issubclass(kind, GraphDetector) and kind.transductive)


def test_the_exemption_list_does_not_grow() -> None:
    assert len(EXEMPT) == 5
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
        scores = detector.fit_score(data, **stand(name, data))
        same = np.shape(data)[1] == 4 and of_another_graph(name)
        new = clean()
        unseen = detector.decision_function(new, **stand(name, new)) if same else np.zeros(1)
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
    detector = made(name).fit(clean(), **stand(name, clean()))
    data = AT_SCORE[case]()
    try:
        scores = detector.decision_function(data, **stand(name, data))
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
            frame = _frame(AT_FIT[case]())
            found = wb.detect(loaded(name, frame) if name in GRAPH else frame, name)
        else:
            model = wb.detect(loaded(name, _frame(clean())), name).model
            frame = _frame(AT_SCORE[case]())
            found = model.score(loaded(name, frame) if name in GRAPH else frame)
    except WorkbenchError as error:
        assert len(str(error)) > 20
        return
    assert np.isfinite(found.scores).all()
    assert np.isfinite(found.threshold.value)
    assert found.severity.between(0, 100).all()


def _frame(values: object) -> Any:
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
    values[200 : 201 if name in GRAPH else 202] += 12.0
    detector = made(name)
    edges = {"network": star(400, 200)} if name in GRAPH else {}
    best = int(detector.fit_score(values, **edges).argmax())
    # A stretch's score reaches all points that it covers (kshape: four windows long).
    reach = getattr(detector, "width_", 1) * getattr(detector, "factor_", 1)
    assert 200 - reach <= best <= 201 + reach


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_scores(name: str, blob: np.ndarray) -> None:
    edges = stand(name, blob)
    first, second = (
        made(name).fit(blob, **edges).decision_function(blob, **edges) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_is_honoured(name: str, blob: np.ndarray) -> None:
    detector = DETECTORS.get(name).create(random_state=5)
    assert detector.get_params()["random_state"] == 5
    edges = stand(name, blob)
    assert np.isfinite(detector.fit(blob, **edges).decision_function(blob, **edges)).all()


@pytest.mark.parametrize("name", NAMES)
def test_rows_seen_in_fit_score_the_same_again(name: str, blob: np.ndarray) -> None:
    detector = made(name)
    edges = stand(name, blob)
    scores = detector.fit_score(blob, **edges)
    again = detector.decision_function(blob, **edges)
    np.testing.assert_allclose(again, scores, rtol=1e-12, atol=1e-12)


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
            scores.append(made(name).fit_score(values, **stand(name, values)))
    np.testing.assert_allclose(*scores, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_missing_cells_are_filled_before_a_detector_sees_them(name: str, blob: np.ndarray) -> None:
    frame = pd.DataFrame(blob, columns=list("abcd"))
    frame.loc[10:30, "b"] = np.nan
    found = wb.detect(loaded(name, frame), name)
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
    frame, edges = pd.DataFrame(blob, columns=list("abcd")), stand(name, blob)
    np.testing.assert_array_equal(
        made(name).fit(frame, **edges).decision_function(frame, **edges),
        made(name).fit(blob, **edges).decision_function(blob, **edges),
    )


@pytest.mark.parametrize("name", NAMES)
def test_scoring_changes_neither_the_detector_nor_the_data(name: str, blob: np.ndarray) -> None:
    edges = stand(name, blob)
    detector = made(name).fit(blob, **edges)
    kept = blob.copy()
    first = detector.decision_function(blob, **edges)
    if of_another_graph(name):
        detector.decision_function(blob[:50], **stand(name, blob[:50]))
    np.testing.assert_array_equal(detector.decision_function(blob, **edges), first)
    np.testing.assert_array_equal(blob, kept)


@pytest.mark.parametrize("name", NAMES)
def test_a_zero_with_a_minus_sign_is_a_zero(name: str, blob: np.ndarray) -> None:
    """A kernel that sorts by bits once wrote outside of its arrays here."""
    values = blob.copy()
    values[::2, 1] = 0.0
    signed = values.copy()
    signed[::4, 1] = -0.0
    try:
        plain = made(name).fit_score(values, **stand(name, values))
    except WorkbenchError:
        return
    again = made(name).fit_score(signed, **stand(name, signed))
    np.testing.assert_allclose(again, plain, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_contributions_add_up_to_the_score(name: str, blob: np.ndarray) -> None:
    edges = stand(name, blob)
    detector = made(name).fit(blob, **edges)
    rows = np.array([0, 17, 150])
    answer = detector.contributions(blob, rows, **edges)
    if answer is None:
        assert not detector.tags.exact
        return
    base, parts = answer
    scores = detector.decision_function(blob, **edges)[rows]
    np.testing.assert_allclose(base + parts.sum(axis=1), scores, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_refused_by_name(name: str) -> None:
    with pytest.raises(ParameterError, match="has no parameter 'nonsense'"):
        DETECTORS.get(name).create(nonsense=1)


@pytest.mark.parametrize("name", NAMES)
def test_scoring_before_fitting_is_refused(name: str, blob: np.ndarray) -> None:
    with pytest.raises(NotFitted, match="fit"):
        made(name).decision_function(blob, **stand(name, blob))


@pytest.mark.parametrize("name", NAMES)
def test_a_clone_has_the_parameters_and_no_memory(name: str, blob: np.ndarray) -> None:
    edges = stand(name, blob)
    clone = made(name).fit(blob, **edges).clone()
    assert clone.get_params() == made(name).get_params()
    with pytest.raises(NotFitted):
        clone.decision_function(blob, **edges)


@pytest.mark.parametrize("name", NAMES)
def test_the_tags_tell_what_a_newcomer_needs(name: str) -> None:
    kind = DETECTORS.get(name)
    assert kind.tags.paper
    assert kind.tags.cost
    assert kind.tags.good_at
    assert set(kind.tags.kinds) <= {"tabular", "series", "graph"}
    assert kind.tags.scores == ("nodes" if name in GRAPH else "rows")
    assert (kind.__doc__ or "").count(">>>") >= 2


@pytest.mark.parametrize("name", GRAPH)
def test_without_edges_a_graph_detector_says_what_it_needs(name: str, blob: np.ndarray) -> None:
    fitted = made(name).fit(blob, **stand(name, blob))
    for attempt in (made(name).fit, fitted.decision_function):
        with pytest.raises(DataError, match="looks at the edges of a graph"):
            attempt(blob)
    with pytest.raises(DataError, match="looks at the edges of a graph"):
        wb.detect(pd.DataFrame(blob), name)


@pytest.mark.parametrize("name", [name for name in GRAPH if name not in SEEDED])
def test_the_order_of_the_nodes_does_not_matter(name: str, blob: np.ndarray) -> None:
    """As for rows, where edges go along: a node's score hangs on its neighbours, not its place."""
    network, order = communities(len(blob)), np.random.default_rng(6).permutation(len(blob))
    np.testing.assert_allclose(
        made(name).fit_score(blob[order], network=network.among(order)),
        made(name).fit_score(blob, network=network)[order],
        rtol=1e-7 if name in PLAIN else 0.02,  # a hundred steps in single precision
        atol=1e-9,
    )


@pytest.mark.parametrize("name", [name for name in GRAPH if not of_another_graph(name)])
def test_what_scores_its_own_graph_alone_says_so(name: str, blob: np.ndarray) -> None:
    detector = made(name).fit(blob, **stand(name, blob))
    with pytest.raises(DataError, match="scores the graph that it learned from"):
        detector.decision_function(blob + 1.0, **stand(name, blob))


def save_all(names: list[str], folder: Path, frame: pd.DataFrame) -> None:
    """Save a model of each detector, and what it scored."""
    frame.to_parquet(folder / "data.parquet")
    network = communities(len(frame))
    np.savez(folder / "edges.npz", start=network.start, end=network.end, weight=network.weight)
    for name in names:
        found = wb.detect(loaded(name, frame), name)
        file = name.replace(":", "--")  # no colons in the names of files on Windows
        wb.save(found, folder / f"{file}.wb")
        np.save(folder / f"{file}.npy", found.scores.to_numpy())


PROGRAM = """
    import sys
    from dataclasses import replace
    from pathlib import Path
    import numpy as np, pandas as pd, workbench as wb
    from workbench.core.network import Network
    folder = Path(sys.argv[1])
    frame = pd.read_parquet(folder / "data.parquet")
    network = Network(len(frame), **np.load(folder / "edges.npz"))
    graph = replace(wb.load(frame, kind="graph"), network=network)
    for file in sorted(folder.glob("*.wb")):
        model = wb.open(file)
        scores = model.score(graph if model.kind == "graph" else frame).scores.to_numpy()
        kept = np.load(file.with_suffix(".npy"))
        np.testing.assert_allclose(scores, kept, rtol=0, atol=1e-12)
        print(file.stem)
"""


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(
            [name for name in NAMES if name not in PLAIN], id="extras", marks=pytest.mark.extras
        ),
    ],
)
def test_saved_models_score_the_same_in_a_fresh_process(
    names: list[str], tmp_path: Path, blob: np.ndarray
) -> None:
    """All detectors through one fresh process: starting one for each takes minutes."""
    save_all(names, tmp_path, pd.DataFrame(blob, columns=list("abcd")))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted(name.replace(":", "--") for name in names)
