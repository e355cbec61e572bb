"""Tables that we made ourselves, kept as Parquet; of graphs the edges too, as GraphML."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from workbench.core.network import STRUCTURE
from workbench.store.artifacts import draft

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.network import Network

__all__ = ["kept_graph", "kept_table"]


def kept_table(frame: pd.DataFrame) -> str:
    """Keep a table; return the SHA-256 of its artifact."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    with draft() as file:
        file.write(buffer.getvalue())
        return file.keep()


def kept_graph(frame: pd.DataFrame, network: Network) -> str:
    """Keep a graph with its edges as GraphML; return the SHA-256 of its artifact.

    The first column of ``frame`` names the nodes; columns on structure are found anew when it is
    read.
    """
    import networkx as nx

    names = frame.iloc[:, 0].astype(str).to_list()
    own = frame.drop(columns=[frame.columns[0], *STRUCTURE])
    graph = nx.Graph()
    for name, about in zip(names, own.to_dict("records"), strict=True):
        graph.add_node(name, **{str(key): value for key, value in about.items()})
    for start, end, weight in zip(network.start, network.end, network.weight, strict=True):
        graph.add_edge(names[start], names[end], weight=float(weight))
    buffer = io.BytesIO()
    nx.write_graphml(graph, buffer)
    with draft() as file:
        file.write(buffer.getvalue())
        return file.keep()
