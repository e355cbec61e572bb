"""The graph component shows who is connected with whom, and keeps large graphs readable."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest

import workbench as wb
from workbench.charts.node_places import node_places, shown_nodes
from workbench.core.network import Network
from workbench.view.components._pack import unpack
from workbench.view.components.graph import MOST_NODES, GraphState
from workbench.view.display import static_html
from workbench.view.workspace import Workspace


@pytest.fixture(scope="module")
def novel() -> Any:
    return wb.detect("sample:les-miserables", "oddball", threshold="contamination:0.1")


@pytest.fixture
def state(novel: Any) -> GraphState:
    state = GraphState()
    state.show_detection(novel)
    return state


def ask(state: GraphState, what: str, **more: Any) -> None:
    state.asked = {"what": what, "seq": state.asked.get("seq", 0) + 1, **more}


def test_all_nodes_and_edges_of_a_small_graph_are_drawn_by_name(state: GraphState) -> None:
    header, drawn = unpack(state.frame)
    assert (len(drawn["x"]), len(drawn["start"])) == (77, 254)
    assert "Valjean" in header["names"]
    assert drawn["flagged"].sum() == header["odd"] > 0
    assert "The oddest is" in state.summary


def test_a_click_opens_a_node_and_steps_walk_the_anomalies(state: GraphState, novel: Any) -> None:
    ask(state, "select", row=11)
    assert state.selected["name"] == "Valjean"
    assert state.selected["neighbours"] == 36
    assert 11 in state.rows
    assert len(state.rows) == 37
    ask(state, "step", by=1)
    assert state.selected["row"] == novel.records[1].peak  # after Valjean, who comes first
    ask(state, "select")
    assert state.selected == {}


def test_of_a_large_graph_the_surroundings_of_the_oddest_are_drawn() -> None:
    graph = nx.barabasi_albert_graph(3_000, 2, seed=1)
    graph.add_edges_from((a, b) for a in range(1_000, 1_012) for b in range(1_000, a))
    found = wb.detect(graph, "oddball")
    state = GraphState()
    state.show_detection(found)
    header, drawn = unpack(state.frame)
    assert len(drawn["row"]) <= MOST_NODES
    assert found.records[0].peak in drawn["row"]
    assert header["nodes"] == 3_000
    assert "of 3,000 nodes" in state.told
    missing = int(np.setdiff1d(np.arange(3_000), drawn["row"])[0])
    ask(state, "select", row=missing)
    assert missing in unpack(state.frame)[1]["row"]


def test_the_layout_is_the_same_each_time_and_stays_inside() -> None:
    parts = nx.disjoint_union_all([nx.path_graph(120), nx.cycle_graph(5), nx.empty_graph(3)])
    network = wb.load(parts).network
    assert network is not None
    first, second = node_places(network), node_places(network)
    np.testing.assert_array_equal(first, second)
    for side in first:
        assert side.min() >= 0.0
        assert side.max() <= 1.0
    apart = np.column_stack(first)[:, None] - np.column_stack(first)[None]
    closest = np.sqrt((apart**2).sum(axis=2))[~np.eye(network.size, dtype=bool)].min()
    assert closest > 1e-4


def test_a_graph_without_edges_or_with_one_node_is_laid_out() -> None:
    for size in (1, 4):
        x, y = node_places(Network.of(size, [], []))
        assert np.isfinite([*x, *y]).all()
    assert shown_nodes(Network.of(3, [], []), np.zeros(3), 10).tolist() == [0, 1, 2]


def test_data_without_edges_say_so() -> None:
    state = GraphState()
    state.show_detection(wb.detect("sample:breast-cancer", "ecod"))
    assert state.phase["kind"] == "empty"


def test_tools_of_a_graph_share_the_selection_and_those_of_a_table_have_none(novel: Any) -> None:
    space = Workspace(novel)
    assert space.graph is not None
    assert space.graph.selected["row"] == space.row
    space.graph.asked = {"what": "select", "row": 11, "seq": 1}
    assert space.row == 11
    assert space.explanation.row == 11
    assert Workspace(wb.detect("sample:breast-cancer", "ecod")).graph is None


def test_without_a_script_the_graph_is_a_picture_with_names(novel: Any) -> None:
    shown = static_html(novel)
    assert shown.count("<line") == 254
    assert shown.count("<circle") == 77
    assert "Valjean" in shown
