"""Graphs: each node described by its neighbourhood."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from workbench.core.errors import ColumnError, DataError, UnreadableFile
from workbench.core.network import Network
from workbench.sources import read


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
    graph = nx.Graph([("a", "b", {"weight": float("nan")})])
    with pytest.raises(DataError, match="weights"):
        read(graph)


def test_loops_and_double_edges_are_put_right() -> None:
    table = read(nx.MultiDiGraph([("a", "b"), ("b", "a"), ("c", "c")]))
    assert table.frame["degree"].tolist() == [1, 1, 0]
    assert table.frame["weighted_degree"].tolist() == [2, 2, 0]


def ends(network: Network | None, frame: pd.DataFrame) -> set[tuple[str, str, float]]:
    assert network is not None
    names = frame["node"].to_numpy()
    edges = zip(network.start, network.end, network.weight, strict=True)
    return {(*sorted((names[a], names[b])), w) for a, b, w in edges}  # type: ignore[misc]


def test_the_edges_are_kept_whatever_the_graph_came_as(novel: nx.Graph, tmp_path: Path) -> None:
    nx.write_graphml(novel, tmp_path / "g.graphml")
    listed = nx.to_pandas_edgelist(novel)
    tables = [
        read(novel),
        read(tmp_path / "g.graphml"),
        read(listed, format="graph", weight="weight"),
    ]
    expected = {(*sorted((a, b)), float(w)) for a, b, w in novel.edges(data="weight")}
    for table in tables:
        assert ends(table.network, table.frame) == expected


def attributed() -> nx.Graph:
    graph = nx.path_graph(["a", "b", "c"])
    about = {
        "a": {"age": 30, "tall": True, "team": "red", "degree": 5.5},
        "b": {"age": 40, "tall": False, "team": "blue"},
        "c": {"team": "red"},
    }
    nx.set_node_attributes(graph, about)
    return graph


def test_attributes_of_nodes_become_columns(tmp_path: Path) -> None:
    frame = read(attributed()).frame
    assert frame["age"].tolist()[:2] == [30, 40]
    assert frame["age"].isna().tolist() == [False, False, True]
    assert frame["team"].tolist() == ["red", "blue", "red"]
    assert frame["degree"].tolist() == [1, 2, 1]
    assert frame["degree (own)"].iloc[0] == 5.5
    nx.write_graphml(attributed(), tmp_path / "g.graphml")
    again = read(tmp_path / "g.graphml").frame
    assert again.pop("tall").tolist()[:2] == frame.pop("tall").tolist()[:2] == [True, False]
    pd.testing.assert_frame_equal(again, frame, check_dtype=False)


def test_a_table_of_nodes_beside_the_edges_brings_attributes_and_lone_nodes() -> None:
    edges = pd.DataFrame({"u": ["a", "b"], "v": ["b", "d"]})
    people = pd.DataFrame({"name": ["c", "b", "a"], "age": [1, 2, 3]})
    table = read(edges, format="graph", nodes=people)
    assert table.frame["node"].tolist() == ["c", "b", "a", "d"]
    assert table.frame["degree"].tolist() == [0, 2, 1, 1]
    assert table.frame["age"].tolist()[:3] == [1, 2, 3]
    with pytest.raises(DataError, match="describes the node 'a' twice"):
        read(edges, format="graph", nodes=pd.DataFrame({"name": ["a", "a"], "age": [1, 2]}))


def test_an_attribute_that_is_not_what_its_key_says_is_refused(tmp_path: Path) -> None:
    nx.write_graphml(attributed(), tmp_path / "g.graphml")
    words = (tmp_path / "g.graphml").read_text().replace(">30<", ">thirty<")
    (tmp_path / "g.graphml").write_text(words)
    with pytest.raises(UnreadableFile, match="not proper GraphML"):
        read(tmp_path / "g.graphml")
