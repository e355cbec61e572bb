"""Graphs: networkx objects, GraphML files and lists of edges."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from workbench.core.errors import ColumnError, DataError, suggest
from workbench.core.network import Network
from workbench.sources._files import check_file
from workbench.sources._graph_features import node_frame
from workbench.sources._isolate import parse
from workbench.sources.base import RawTable, Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Graph"]


class Graph(Source):
    """Find odd nodes in a network: one row a node, described by its neighbourhood (OddBall).

    Takes a networkx graph, a ``.graphml`` file, or, with ``format="graph"``, any table of edges
    (one row an edge). Direction is ignored. The edges are kept beside the rows, and attributes of
    the nodes become columns. See ``_graph_features.node_frame`` for the columns.
    """

    name: ClassVar[str] = "graph"
    suffixes: ClassVar[tuple[str, ...]] = (".graphml",)

    def accepts(self, source: Any) -> bool:
        """Return whether ``source`` is a networkx graph or a ``.graphml`` path."""
        return _is_networkx(source) or super().accepts(source)

    def read(
        self,
        source: Any,
        *,
        from_column: str | None = None,
        to_column: str | None = None,
        weight: str | None = None,
        nodes: Any = None,
        name: str | None = None,
    ) -> RawTable:
        """Read the graph.

        Parameters
        ----------
        source : networkx.Graph, path or table
            The graph.
        from_column, to_column : str, optional
            In a table of edges: the two ends; the first two columns by default.
        weight : str, optional
            Weight of an edge: a column, or an attribute ("weight" by default in graphs).
        nodes : table or path, optional
            Beside a table of edges: one row a node, its name in the first column and what is known
            of it in the others. Nodes without edges count too.
        name : str, optional
            What to call it.
        """
        if _is_networkx(source):
            read = _from_networkx(source, weight or "weight")
        elif isinstance(source, (str, os.PathLike)) and super().accepts(source):
            read = _from_graphml(source, weight or "weight")
        else:
            read = _from_edges(source, from_column, to_column, weight, nodes)
        network = Network.of(len(read.nodes), *read.edges)
        frame = node_frame(read.nodes, network, read.attributes)
        roles = {"kind": "graph", "exclude": ["node"]}
        return RawTable(frame, name or read.called, read.notices, roles, network=network)


class _Read(NamedTuple):
    """A graph as it was found: names, (start, end, weight), attributes, name and notices."""

    nodes: list[Any]
    edges: tuple[Any, Any, Any]
    attributes: pd.DataFrame | None
    called: str
    notices: tuple[str, ...] = ()


def _is_networkx(source: Any) -> bool:
    return any(base.__module__ == "networkx.classes.graph" for base in type(source).__mro__)


def _from_networkx(graph: Any, weight: str) -> _Read:
    import pandas as pd

    position = {node: index for index, node in enumerate(graph)}
    edges = list(graph.edges(data=weight, default=1.0))
    start, end = ([position[edge[place]] for edge in edges] for place in (0, 1))
    known = pd.DataFrame.from_records([dict(about) for _, about in graph.nodes(data=True)])
    return _Read(list(graph), (start, end, [edge[2] for edge in edges]), known, "graph")


def _from_graphml(source: Any, weight: str) -> _Read:
    import pandas as pd

    path = check_file(source)
    table, notes = parse("workbench.sources._graphml_reader:read_graphml", path, weight=weight)
    start, end, values = (table.column(position).to_numpy() for position in range(3))
    known = pd.DataFrame(notes["attributes"])
    return _Read(notes["nodes"], (start, end, values), known, path.name, tuple(notes["notices"]))


def _from_edges(
    source: Any, start: str | None, end: str | None, weight: str | None, nodes: Any
) -> _Read:
    import pandas as pd

    from workbench.sources import read

    table = read(source)
    frame = table.frame
    if frame.shape[1] < 2:
        raise DataError(f"'{table.name}' has one column; a list of edges needs two at least.")
    start, end = start or str(frame.columns[0]), end or str(frame.columns[1])
    for column in filter(None, (start, end, weight)):
        if column not in frame:
            hint = suggest(column, frame.columns)
            raise ColumnError(f"Column '{column}' is not in '{table.name}'.{hint}")
    edges = frame.dropna(subset=[start, end])
    left = len(frame) - len(edges)
    said = [f"{left:,} edge(s) with a missing end were left out."] if left else []
    known = None if nodes is None else _described(nodes)
    both = pd.concat([edges[start].astype(str), edges[end].astype(str)], ignore_index=True)
    named = both if known is None else pd.concat([known.index.to_series(), both])
    names = pd.Index(named.unique())
    codes, count = names.get_indexer(both), len(edges)
    values = None if weight is None else pd.to_numeric(edges[weight], errors="coerce").to_numpy()
    return _Read(
        list(names),
        (codes[:count], codes[count:], values),
        None if known is None else known.reindex(names),
        table.name,
        (*table.notices, *said),
    )


def _described(nodes: Any) -> pd.DataFrame:
    """Return what is known of each node, by its name."""
    from workbench.sources import read

    table = read(nodes)
    known = table.frame.set_index(table.frame.columns[0])
    known.index = known.index.astype(str)
    if twice := known.index[known.index.duplicated()].tolist():
        raise DataError(f"'{table.name}' describes the node '{twice[0]}' twice.")
    return known
