"""Graphs: networkx objects, GraphML files and lists of edges."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.core.errors import ColumnError, DataError, suggest
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
    (one row an edge). Direction is ignored. See ``_graph_features.node_frame`` for the columns.
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
        name : str, optional
            What to call it.
        """
        notices: list[str] = []
        if _is_networkx(source):
            frame, called = _from_networkx(source, weight or "weight"), "graph"
        elif isinstance(source, (str, os.PathLike)) and super().accepts(source):
            frame, called, notices = _from_graphml(source, weight or "weight")
        else:
            frame, called, notices = _from_edges(source, from_column, to_column, weight)
        roles = {"kind": "graph", "exclude": ["node"]}
        return RawTable(frame, name or called, tuple(notices), roles)


def _is_networkx(source: Any) -> bool:
    return any(base.__module__ == "networkx.classes.graph" for base in type(source).__mro__)


def _from_networkx(graph: Any, weight: str) -> pd.DataFrame:
    position = {node: index for index, node in enumerate(graph)}
    edges = list(graph.edges(data=weight, default=1.0))
    return node_frame(
        list(graph),
        [position[edge[0]] for edge in edges],
        [position[edge[1]] for edge in edges],
        [edge[2] for edge in edges],
    )


def _from_graphml(source: Any, weight: str) -> tuple[pd.DataFrame, str, list[str]]:
    path = check_file(source)
    table, notes = parse("workbench.sources._graphml_reader:read_graphml", path, weight=weight)
    start, end, values = (table.column(position).to_numpy() for position in range(3))
    return node_frame(notes["nodes"], start, end, values), path.name, list(notes["notices"])


def _from_edges(
    source: Any, start: str | None, end: str | None, weight: str | None
) -> tuple[pd.DataFrame, str, list[str]]:
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
    both = pd.concat([edges[start].astype(str), edges[end].astype(str)], ignore_index=True)
    codes, nodes = pd.factorize(both)
    count = len(edges)
    values = None if weight is None else pd.to_numeric(edges[weight], errors="coerce").to_numpy()
    made = node_frame(list(nodes), codes[:count], codes[count:], values)
    return made, table.name, [*table.notices, *said]
