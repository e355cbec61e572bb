"""Turns a graph into one row a node: how its neighbourhood looks, and what it brings itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.core.errors import DataError
from workbench.core.network import STRUCTURE, Network, visits
from workbench.sources._dialect import tidy_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["node_frame"]


def node_frame(
    nodes: Sequence[object],
    network: Network,
    attributes: pd.DataFrame | None = None,
    *,
    label: str = "node",
) -> pd.DataFrame:
    """Describe each node by its egonet, as OddBall does to find odd ones.

    The graph is taken as undirected; edges between the same two nodes are added up, loops are
    left out. The egonet of a node is the node, its neighbours and all edges among them.

    Parameters
    ----------
    nodes : sequence
        Names.
    network : Network
        Edges between them.
    attributes : pandas.DataFrame, optional
        What the nodes bring themselves, one row a node; a name that is taken gets " (own)".
    label : str
        Name of the column with the nodes.

    Returns
    -------
    pandas.DataFrame
        ``label``, degree, weighted_degree, egonet_edges, egonet_weight, clustering (0-1) and
        pagerank (sums to 1); then the attributes.

    References
    ----------
    L. Akoglu, M. McGlohon, C. Faloutsos: OddBall: Spotting Anomalies in Weighted Graphs,
    PAKDD 2010.

    Examples
    --------
    >>> ring = Network.of(3, [0, 1, 2], [1, 2, 0])
    >>> node_frame(["a", "b", "c"], ring)["egonet_edges"].tolist()
    [3.0, 3.0, 3.0]
    """
    import numpy as np
    import pandas as pd

    if not len(nodes):
        raise DataError("The graph has no nodes. There is nothing to look at.")
    degree, strength, edges, weight = network.egonets
    pairs, among = degree * (degree - 1) / 2, edges - degree
    clustering = np.divide(among, pairs, out=np.zeros_like(among), where=pairs > 0)
    numbers = (degree, strength, edges, weight, clustering, visits(network.adjacency))
    frame = pd.DataFrame(
        {
            label: pd.Series([str(node) for node in nodes], dtype="str"),
            **dict(zip(STRUCTURE, numbers, strict=True)),
        }
    )
    if attributes is None or attributes.shape[1] == 0:
        return frame
    taken = set(frame.columns)
    names = [f"{name} (own)" if str(name) in taken else name for name in attributes.columns]
    own = attributes.set_axis(list(tidy_names(names)[0]), axis=1).reset_index(drop=True)
    return pd.concat([frame, own], axis=1)
