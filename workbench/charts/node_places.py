"""Lays a graph out in a plane: which nodes are shown, and where they stand."""

from __future__ import annotations

import numpy as np

from workbench.core.network import Network

__all__ = ["node_places", "shown_nodes"]

#: Up to so many nodes a layout by distances (Kamada and Kawai, 1989), beyond by forces.
FEW = 90
SEED = 7


def shown_nodes(network: Network, severity: np.ndarray, most: int) -> np.ndarray:
    """Return the nodes to draw: all, or the surroundings of the most severe ones.

    Parameters
    ----------
    network : Network
    severity : numpy.ndarray of shape (n,)
        Nodes come in its order, each with its neighbours, until there are enough.
    most : int
        Largest number.

    Returns
    -------
    numpy.ndarray of int
        Rows, ascending.
    """
    if network.size <= most:
        return np.arange(network.size)
    edges = network.adjacency
    kept = np.zeros(network.size, dtype=bool)
    for node in np.argsort(-severity, kind="stable"):
        around = edges.indices[edges.indptr[node] : edges.indptr[node + 1]]
        # Of a hub's neighbours the most severe: it alone would fill the picture.
        around = around[np.argsort(-severity[around], kind="stable")][: most // 4]
        wanted = np.append(around, node)
        if kept.sum() + (~kept[wanted]).sum() > most:
            break
        kept[wanted] = True
    return np.flatnonzero(kept)


def node_places(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of each node, both in [0, 1]; the same each time.

    Parts that are not connected are laid out each by itself and set side by side, the largest
    first; the room that each takes grows with its nodes.
    """
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(network.size))
    graph.add_edges_from(zip(network.start.tolist(), network.end.tolist(), strict=True))
    parts = sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
    places = np.zeros((network.size, 2))
    width = 1.25 * np.sqrt(sum(len(part) for part in parts))
    left, top, tall = 0.0, 0.0, 0.0
    for part in parts:
        side = np.sqrt(len(part))
        if left > 0 and left + side > width:
            left, top, tall = 0.0, top + tall, 0.0
        members = sorted(part)
        places[members] = (left, top) + side * (0.06 + 0.88 * _laid_out(graph.subgraph(members)))
        left, tall = left + side, max(tall, side)
    ends = np.maximum(places.max(axis=0, initial=0.0), 1e-9)
    x, y = (places / ends).clip(0.0, 1.0).T if network.size > 1 else np.full((2, network.size), 0.5)
    return x, y


def _laid_out(graph: object) -> np.ndarray:
    """Return places in the unit square of a connected graph, in ascending order of its nodes."""
    import networkx as nx

    members = sorted(graph)  # type: ignore[call-overload]  # networkx has no types
    if len(members) == 1:
        return np.full((1, 2), 0.5)
    if len(members) <= FEW:
        found = nx.kamada_kawai_layout(graph)
    else:
        found = nx.spring_layout(graph, seed=SEED, iterations=120, k=1.6 / np.sqrt(len(members)))
    at = np.array([found[node] for node in members])
    reach = np.maximum(np.ptp(at, axis=0), 1e-9)
    return np.asarray((at - at.min(axis=0)) / reach)
