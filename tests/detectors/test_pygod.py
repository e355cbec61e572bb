"""PyGOD's detectors behind our contract say what PyGOD says, and are kept without pickle."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import workbench as wb
from workbench.core.errors import Cancelled, DataError, MissingExtra
from workbench.core.network import Network
from workbench.core.progress import Progress
from workbench.detectors import DETECTORS
from workbench.detectors.pygod import LEFT_OUT, MEMBERS

sys.path.insert(0, str(Path(__file__).parent))

pytestmark = pytest.mark.extras


@pytest.fixture(scope="module")
def towns() -> tuple[np.ndarray, Network, np.ndarray]:
    """120 people in three towns with the age of their town; ten have that of another."""
    graph = nx.random_partition_graph([40] * 3, 0.15, 0.01, seed=0)
    random = np.random.default_rng(0)
    X = np.column_stack([np.repeat([0.0, 1.0, 2.0], 40), random.normal(size=(120, 2))])
    odd = np.zeros(120, dtype=bool)
    odd[random.choice(120, 10, replace=False)] = True
    X[odd, 0] = (X[odd, 0] + 1.5) % 3.0
    X += 0.1 * random.normal(size=X.shape)
    ends = np.array(list(graph.edges)).T
    return X, Network.of(120, *ends), odd


def test_each_detector_of_pygod_is_here_or_left_out_with_a_reason() -> None:
    from pygod import detector

    known = {name.lower() for name in vars(detector) if name[0].isupper()}
    assert known - {"detector", "deepdetector"} == {*MEMBERS, *LEFT_OUT}
    assert all(len(reason) > 10 for reason in LEFT_OUT.values())


@pytest.mark.parametrize("short", ["radar", "anomalous"])
def test_linear_ones_give_pygods_scores(
    short: str, towns: tuple[np.ndarray, Network, np.ndarray]
) -> None:
    from _pygod_direct import direct
    from pygod import detector

    X, network, _ = towns
    ours = DETECTORS.get(f"pygod:{short}").create().fit_score(X, network=network)
    kind = {"radar": detector.Radar, "anomalous": detector.ANOMALOUS}[short]
    np.testing.assert_allclose(ours, direct(kind, X, network, seed=0), rtol=5e-3)


@pytest.mark.parametrize(
    ("short", "alike", "near"), [("dominant", 0.99, 0.02), ("anomalydae", 0.95, 0.06)]
)
def test_networks_rank_as_pygods_own_do(
    short: str, alike: float, near: float, towns: tuple[np.ndarray, Network, np.ndarray]
) -> None:
    """PyGOD keeps the scores of before the last step; ours are those of after it.

    Of AnomalyDAE's five steps the last one counts more than of DOMINANT's hundred.
    """
    from _pygod_direct import direct
    from pygod import detector
    from scipy.stats import spearmanr

    X, network, odd = towns
    ours = DETECTORS.get(f"pygod:{short}").create().fit_score(X, network=network)
    kind = {"dominant": detector.DOMINANT, "anomalydae": detector.AnomalyDAE}[short]
    theirs = direct(kind, X, network, seed=0)
    assert spearmanr(ours, theirs).statistic > alike
    from workbench.metrics.points import roc_auc

    assert abs(roc_auc(odd, ours) - roc_auc(odd, theirs)) < near


def test_progress_is_told_each_epoch_and_can_be_cancelled(
    towns: tuple[np.ndarray, Network, np.ndarray],
) -> None:
    X, network, _ = towns
    told: list[str] = []
    progress = Progress(lambda done, stage: told.append(stage))
    DETECTORS.get("pygod:dominant").create(epoch=3).fit(X, network=network, progress=progress)
    assert told == ["epoch 1 of 3", "epoch 2 of 3", "epoch 3 of 3"]
    progress.cancel()
    with pytest.raises(Cancelled):
        DETECTORS.get("pygod:radar").create().fit(X, network=network, progress=progress)


def test_seed_and_threads_of_torch_are_left_as_they_were(
    towns: tuple[np.ndarray, Network, np.ndarray],
) -> None:
    import torch

    X, network, _ = towns
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    DETECTORS.get("pygod:cola").create(epoch=2).fit(X, network=network)
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.get_num_threads() == threads


def test_an_attribute_that_is_missed_is_named() -> None:
    graph = nx.random_partition_graph([40] * 2, 0.2, 0.01, seed=1)
    for node in graph:
        graph.nodes[node].update(age=float(node // 40), pay=0.01 * (node % 7))
    graph.nodes[5]["pay"] = 9.0
    for name in ("pygod:dominant", "pygod:radar", "pygod:anomalydae"):
        found = wb.detect(graph, name)
        assert int(found.scores.to_numpy().argmax()) == 5, name
        assert found.explain(5).contributions[0].feature == "pay", name


def test_one_without_parts_of_its_own_is_explained_where_the_node_stands() -> None:
    graph = nx.random_partition_graph([20] * 2, 0.3, 0.02, seed=1)
    for node in graph:
        graph.nodes[node].update(age=float(node // 20))
    found = wb.detect(graph, "pygod:cola", epoch=10)
    assert found.explain().method.startswith("Shapley values")


def test_very_many_nodes_are_refused_before_memory_runs_out() -> None:
    with pytest.raises(DataError, match="at most 10,000 nodes"):
        DETECTORS.get("pygod:radar").create().fit(
            np.zeros((10_001, 1)), network=Network.of(10_001, [0], [1])
        )


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"anomaly-workbench\[graph\]"):
        DETECTORS.get("pygod:radar").create().fit(np.zeros((4, 1)), network=Network.of(4, [0], [1]))


def test_a_saved_network_holds_arrays_and_no_pickle(
    towns: tuple[np.ndarray, Network, np.ndarray],
) -> None:
    X, network, _ = towns
    fitted: Any = DETECTORS.get("pygod:dominant").create(epoch=2).fit(X, network=network)
    assert all(isinstance(value, np.ndarray) for value in fitted.weights_.values())
    assert importlib.util.find_spec("pygod") is not None
