"""The whole way of a graph: from its edges to explained nodes, saved, opened, handed over."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.core.errors import DataError, ParameterError
from workbench.workflow.handover import hand_over, take_over


def club() -> nx.Graph:
    graph = nx.karate_club_graph()
    for node in graph:
        graph.nodes[node]["age"] = 20.0 + node % 5
    graph.nodes[0]["age"] = 70.0
    return graph


def test_auto_takes_detectors_that_see_the_edges_and_says_why() -> None:
    found = wb.detect(club())
    assert found.detector == "average"
    assert found.params["members"] == ["neighbour_contrast", "pagerank", "iforest"]
    assert "2 attributes, held against those of the neighbours" in found.reason
    bare = wb.detect("sample:les-miserables")
    assert bare.params["members"] == ["oddball", "iforest"]
    assert "no attributes" in bare.reason
    assert bare.explain().contributions


def test_detectors_for_tables_go_on_judging_the_columns() -> None:
    assert len(wb.detect(club(), "ecod").scores) == 34


def test_a_saved_model_scores_another_graph_and_asks_for_its_edges(tmp_path: Path) -> None:
    found = wb.detect(club(), "neighbour_contrast")
    wb.save(found, tmp_path / "m.wb")
    model = wb.open(tmp_path / "m.wb")
    np.testing.assert_array_equal(model.score(club()).scores, found.scores)
    other = club()
    other.remove_node(33)
    assert len(model.score(other).scores) == 33
    with pytest.raises(DataError, match="looks at the edges of a graph"):
        model.score(found.dataset.frame)


def test_a_reference_learns_from_the_edges_among_its_nodes() -> None:
    found = wb.detect(club(), "oddball", reference=list(range(20)))
    assert np.isfinite(found.scores).all()


def test_holding_nodes_out_is_refused_for_what_sees_edges() -> None:
    with pytest.raises(ParameterError, match="hangs on its neighbours"):
        wb.detect(club(), "oddball", fdr=0.1)
    assert wb.detect(club(), "ecod", fdr=0.2).threshold.rule == "fdr"


def test_a_result_is_handed_over_with_its_edges(tmp_path: Path) -> None:
    found = wb.detect(club(), "pagerank")
    hand_over(found, tmp_path)
    again = take_over(tmp_path)
    assert again.dataset.fingerprint == found.dataset.fingerprint
    assert again.explain(0).contributions[0].feature == found.explain(0).contributions[0].feature


def test_a_notebook_of_a_graph_needs_to_know_where_the_edges_are(tmp_path: Path) -> None:
    found = wb.detect(club(), "oddball")
    with pytest.raises(DataError, match="edges of a graph cannot be written"):
        found.to_notebook(tmp_path / "n.ipynb")
    nx.write_graphml(club(), tmp_path / "club.graphml")
    kept = wb.detect(tmp_path / "club.graphml", "oddball")
    assert kept.to_notebook(tmp_path / "n.ipynb", source=tmp_path / "club.graphml").exists()


def test_a_comparison_and_a_search_take_graph_detectors() -> None:
    compared = wb.compare(club())
    assert "neighbour_contrast" in compared.table.index
    odd = club()
    for node in odd:
        odd.nodes[node]["odd"] = int(node in (0, 5, 9))
    data = wb.load(odd, label="odd")
    pytest.importorskip("optuna")
    assert "pagerank" in set(
        wb.tune(data, trials=4, detectors=["pagerank", "ecod"]).table["detector"]
    )


def test_a_table_of_edges_with_one_of_nodes_is_a_graph() -> None:
    edges = nx.to_pandas_edgelist(club())
    people = pd.DataFrame(
        {"name": list(club()), "age": [about["age"] for _, about in club().nodes(data=True)]}
    )
    data = wb.load(edges, format="graph", weight="weight", nodes=people)
    assert (data.kind, len(data), "age" in data.features) == ("graph", 34, True)
    assert int(wb.detect(data, "neighbour_contrast").scores.to_numpy().argmax()) == 0


def test_a_table_that_is_only_called_a_graph_says_what_it_has_not() -> None:
    data = wb.load(wb.load(club()).frame, kind="graph")
    assert data.network is None
    assert any("no edges" in notice for notice in data.notices)
    assert "numbers only" in wb.detect(data).reason or "categories" in wb.detect(data).reason
