"""A network is put right once; selections of rows keep the edges among them."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.dataset import DatasetRecord
from workbench.core.errors import DataError
from workbench.core.network import Network, visits


def test_loops_doubles_and_directions_are_put_right() -> None:
    made = Network.of(3, [0, 1, 2, 1], [1, 0, 2, 2], [1.0, 2.0, 5.0, 0.0])
    assert (made.start.tolist(), made.end.tolist(), made.weight.tolist()) == ([0], [1], [3.0])
    assert len(made) == 1


def test_bad_ends_and_weights_are_refused() -> None:
    with pytest.raises(DataError, match="weights"):
        Network.of(2, [0], [1], [np.nan])
    with pytest.raises(DataError, match="a row that is none: there are 2"):
        Network.of(2, [0], [2])


def test_a_selection_keeps_the_edges_among_its_rows_in_its_own_order() -> None:
    part = Network.of(4, [0, 1, 2], [1, 2, 3], [1.0, 2.0, 3.0]).among([3, 1, 2])
    assert (part.size, part.start.tolist(), part.end.tolist()) == (3, [0, 1], [2, 2])
    assert part.weight.tolist() == [3.0, 2.0]
    mask = np.array([True, True, False, True])
    assert len(Network.of(4, [0, 1], [1, 3]).among(mask)) == 2


def test_a_walker_visits_as_networkx_says() -> None:
    graph = nx.les_miserables_graph()
    place = {node: at for at, node in enumerate(graph)}
    ends = np.array([[place[a], place[b], w["weight"]] for a, b, w in graph.edges(data=True)]).T
    ours = visits(Network.of(len(place), ends[0], ends[1], ends[2]).adjacency)
    theirs = nx.pagerank(graph, tol=1e-12)
    np.testing.assert_allclose(ours, [theirs[node] for node in graph], atol=1e-8)


def test_the_fingerprint_covers_the_edges() -> None:
    one, other = nx.path_graph(4), nx.path_graph(4)
    frame = wb.load(one).frame
    records = [
        DatasetRecord(frame, "g", "graph", ("degree",), network=wb.load(graph).network)
        for graph in (one, other)
    ]
    assert records[0].fingerprint == records[1].fingerprint
    plain = DatasetRecord(frame, "g", "graph", ("degree",))
    assert plain.fingerprint != records[0].fingerprint


def test_a_network_of_another_size_than_the_table_is_refused() -> None:
    with pytest.raises(DataError, match="3 nodes and the table 2 rows"):
        DatasetRecord(
            pd.DataFrame({"a": [1, 2]}), "g", "graph", ("a",), network=Network.of(3, [], [])
        )
