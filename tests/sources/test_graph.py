"""Graphs: each node described by its neighbourhood."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from workbench.core.errors import ColumnError, DataError
from workbench.sources import read
from workbench.sources._graph_features import node_frame


@pytest.fixture(scope="module")
def novel() -> nx.Graph:
    return nx.les_miserables_graph()


def test_the_features_agree_with_networkx(novel: nx.Graph) -> None:
    frame = read(novel).frame.set_index("node")
    ranks = nx.pagerank(novel, tol=1e-12)
    for node in novel:
        ego = nx.ego_graph(novel, node)
        assert frame.loc[node, "degree"] == novel.degree(node)
        assert frame.loc[node, "weighted_degree"] == novel.degree(node, weight="weight")
        assert frame.loc[node, "egonet_edges"] == ego.number_of_edges()
        assert frame.loc[node, "egonet_weight"] == ego.size(weight="weight")
        assert frame.loc[node, "clustering"] == pytest.approx(nx.clustering(novel, node))
        assert frame.loc[node, "pagerank"] == pytest.approx(ranks[node], abs=1e-8)


def test_a_graphml_file_gives_the_same(novel: nx.Graph, tmp_path: Path) -> None:
    nx.write_graphml(novel, tmp_path / "g.graphml")
    pd.testing.assert_frame_equal(read(tmp_path / "g.graphml").frame, read(novel).frame)


def test_a_list_of_edges_gives_the_same(novel: nx.Graph) -> None:
    edges = nx.to_pandas_edgelist(novel)
    frame = read(edges, format="graph", weight="weight").frame.set_index("node").sort_index()
    expected = read(novel).frame.set_index("node").sort_index()
    pd.testing.assert_frame_equal(frame, expected, rtol=1e-6)


def test_the_kind_and_the_names_of_nodes_are_told(novel: nx.Graph) -> None:
    assert read(novel).roles == {"kind": "graph", "exclude": ["node"]}


def test_a_missing_edge_column_is_answered_with_the_nearest() -> None:
    edges = pd.DataFrame({"start": ["a"], "end": ["b"]})
    with pytest.raises(ColumnError, match="Did you mean 'start'"):
        read(edges, format="graph", from_column="stat")


def test_edges_without_an_end_are_left_out_and_mentioned() -> None:
    table = read(pd.DataFrame({"u": ["a", "b"], "v": ["b", None]}), format="graph")
    assert len(table.frame) == 2
    assert any("left out" in notice for notice in table.notices)


def test_an_empty_graph_is_refused() -> None:
    with pytest.raises(DataError, match="no nodes"):
        read(nx.Graph())


def test_bad_weights_are_refused() -> None:
    with pytest.raises(DataError, match="weights"):
        node_frame(["a", "b"], [0], [1], [np.nan])


def test_loops_and_double_edges_are_put_right() -> None:
    frame = node_frame(["a", "b", "c"], [0, 0, 1, 2], [1, 0, 0, 2])
    assert frame["degree"].tolist() == [1, 1, 0]
    assert frame["weighted_degree"].tolist() == [2, 2, 0]
