"""Detectors for graphs find what was put into them, and say why."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest

import workbench as wb
from workbench.core.errors import DataError, ParameterError
from workbench.core.network import Network
from workbench.detectors import DETECTORS


def towns(seed: int = 0) -> nx.Graph:
    """200 people in four towns, whose age is that of their town; one is of another age."""
    graph = nx.random_partition_graph([50] * 4, 0.12, 0.005, seed=seed)
    random = np.random.default_rng(seed)
    for node in graph:
        graph.nodes[node].update(
            age=20.0 * (node // 50) + float(random.normal()), pay=float(node % 7)
        )
    graph.nodes[10]["age"] = 61.0
    return graph


@pytest.mark.parametrize("name", ["neighbour_contrast", "pagerank"])
def test_a_node_unlike_its_neighbours_scores_highest(name: str) -> None:
    found = wb.detect(towns(), name)
    assert int(found.scores.to_numpy().argmax()) == 10


def test_neighbour_contrast_says_which_attribute_does_not_fit() -> None:
    why = wb.detect(towns(), "neighbour_contrast").explain(10)
    assert why.contributions[0].feature == "age"
    assert "Exact" in why.method


def test_the_walkers_say_which_attribute_keeps_the_like_away() -> None:
    for name in ("pagerank", "auto"):
        why = wb.detect(towns(), name).explain(10)
        assert why.contributions[0].feature == "age"
        assert "Shapley" not in why.method


def test_a_planted_clique_breaks_the_law_and_the_explanation_says_how() -> None:
    graph = nx.gnm_random_graph(300, 450, seed=1)
    clique = range(100, 110)
    graph.add_edges_from(itertools.combinations(clique, 2))
    found = wb.detect(graph, "oddball")
    assert set(np.argsort(-found.scores.to_numpy())[:10]) == set(clique)
    why = found.explain(100)
    assert why.contributions[0].feature == "egonet_edges"
    assert "neighbours one expects" in why.contributions[0].remark
    assert why.counterfactual is not None
    assert "hangs on the edges" in why.counterfactual.words


def test_a_heavy_edge_breaks_the_law_of_weights() -> None:
    graph = nx.gnm_random_graph(200, 400, seed=2)
    nx.set_edge_attributes(graph, 1.0, "weight")
    first, second = next(iter(graph.edges))
    graph.edges[first, second]["weight"] = 500.0
    found = wb.detect(graph, "oddball")
    assert int(found.scores.to_numpy().argmax()) in (first, second)
    assert found.explain().contributions[0].feature == "egonet_weight"


def test_edges_far_away_change_no_score_of_oddball() -> None:
    plain = Network.of(60, range(30), [(node + 1) % 30 for node in range(30)])
    more = Network.of(60, [*plain.start, *range(31, 50)], [*plain.end, *range(32, 51)])
    fitted = DETECTORS.get("oddball").create().fit(np.zeros((60, 1)), network=plain)
    before, after = (
        fitted.decision_function(np.zeros((60, 1)), network=one) for one in (plain, more)
    )
    np.testing.assert_array_equal(before[:30], after[:30])


def test_a_damping_that_cannot_work_is_refused() -> None:
    with pytest.raises(ParameterError, match="damping"):
        wb.detect(towns(), "pagerank", damping=1.5)


def test_a_network_of_another_size_is_refused() -> None:
    detector = DETECTORS.get("oddball").create()
    with pytest.raises(DataError, match="has 4 nodes for 3 rows"):
        detector.fit(np.zeros((3, 1)), network=Network.of(4, [0], [1]))


def test_tables_take_no_member_that_needs_edges() -> None:
    with pytest.raises(ParameterError, match="'oddball' looks at the edges"):
        wb.detect("sample:breast-cancer", "average", members=["ecod", "oddball"])
