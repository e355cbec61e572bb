"""Turns a graph into one row a node: how its neighbourhood looks, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["node_frame"]


def node_frame(
    nodes: Sequence[object],
    starts: Sequence[int] | np.ndarray,
    ends: Sequence[int] | np.ndarray,
    weights: Sequence[float] | np.ndarray | None = None,
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
    starts, ends : sequence of int
        Positions in ``nodes`` of the two ends of each edge.
    weights : sequence of float, optional
        Weight of each edge, 1 by default.
    label : str
        Name of the column with the nodes.

    Returns
    -------
    pandas.DataFrame
        ``label``, degree, weighted_degree, egonet_edges, egonet_weight, clustering (0-1) and
        pagerank (sums to 1).

    References
    ----------
    L. Akoglu, M. McGlohon, C. Faloutsos: OddBall: Spotting Anomalies in Weighted Graphs,
    PAKDD 2010.

    Examples
    --------
    >>> node_frame(["a", "b", "c"], [0, 1, 2], [1, 2, 0])["egonet_edges"].tolist()
    [3.0, 3.0, 3.0]
    """
    import numpy as np
    import pandas as pd

    if not len(nodes):
        raise DataError("The graph has no nodes. There is nothing to look at.")
    weighted, plain = _matrices(len(nodes), starts, ends, weights)
    degree = np.asarray(plain.sum(axis=1)).ravel()
    strength = np.asarray(weighted.sum(axis=1)).ravel()
    among = 0.5 * np.asarray((plain @ plain).multiply(plain).sum(axis=1)).ravel()
    weight_among = 0.5 * np.asarray((plain @ weighted).multiply(plain).sum(axis=1)).ravel()
    pairs = degree * (degree - 1) / 2
    return pd.DataFrame(
        {
            label: pd.Series([str(node) for node in nodes], dtype="str"),
            "degree": degree,
            "weighted_degree": strength,
            "egonet_edges": degree + among,
            "egonet_weight": strength + weight_among,
            "clustering": np.divide(among, pairs, out=np.zeros_like(among), where=pairs > 0),
            "pagerank": _pagerank(weighted, strength),
        }
    )


def _matrices(size: int, starts: Any, ends: Any, weights: Any) -> tuple[Any, Any]:
    """Return the symmetric weighted and 0/1 matrices."""
    import numpy as np
    from scipy import sparse

    starts, ends = np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
    weights = np.ones(len(starts)) if weights is None else np.asarray(weights, dtype=float)
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError("Edge weights must be numbers of 0 or more, without gaps.")
    kept = starts != ends
    half = sparse.coo_array((weights[kept], (starts[kept], ends[kept])), shape=(size, size)).tocsr()
    weighted = (half + half.T).tocsr()
    plain = weighted.copy()
    plain.data = np.ones_like(plain.data)
    return weighted, plain


def _pagerank(weighted: Any, strength: np.ndarray, damping: float = 0.85) -> np.ndarray:
    """Return the share of visits of a walker who jumps anywhere in 15 % of the steps.

    0.85 is from Brin and Page, 1998.
    """
    import numpy as np

    size = len(strength)
    rank = np.full(size, 1 / size)
    share = np.divide(1.0, strength, out=np.zeros(size), where=strength > 0)
    for _ in range(200):
        lost = rank[strength == 0].sum()
        new = (1 - damping) / size + damping * (weighted.T @ (rank * share) + lost / size)
        done = np.abs(new - rank).sum() < 1e-10
        rank = new
        if done:
            break
    return rank
