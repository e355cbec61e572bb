"""Who is connected with whom: the edges between the rows of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from workbench.core.errors import DataError

__all__ = ["STRUCTURE", "Egonets", "Network", "visits"]

#: Columns in which a graph's source describes the surroundings of each node.
STRUCTURE = ("degree", "weighted_degree", "egonet_edges", "egonet_weight", "clustering", "pagerank")


class Egonets(NamedTuple):
    """What surrounds each node: itself, its neighbours and all edges among them; each (n,).

    Attributes
    ----------
    degree, strength : numpy.ndarray
        Neighbours of the node, and the weight of its edges.
    edges, weight : numpy.ndarray
        Edges of the egonet, and their weight.
    """

    degree: np.ndarray
    strength: np.ndarray
    edges: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, eq=False)
class Network:
    """Edges between nodes, which are the rows of a table; made by :meth:`of`.

    There is no direction; edges between the same two nodes are one, and none is a loop.

    Attributes
    ----------
    size : int
        How many nodes there are.
    start, end : numpy.ndarray of shape (m,), int64
        Rows of the two ends of each edge, ``start < end``, ascending.
    weight : numpy.ndarray of shape (m,), float64
        More than 0.
    columns : tuple of str
        What the columns of the matrix beside it are called, where that is known.
    """

    size: int
    start: np.ndarray
    end: np.ndarray
    weight: np.ndarray
    columns: tuple[str, ...] = ()

    @classmethod
    def of(cls, size: int, start: Any, end: Any, weight: Any = None) -> Network:
        """Return the network of some edges, put right: doubles added up, loops left out.

        Parameters
        ----------
        size : int
            How many nodes there are.
        start, end : array-like of int, shape (m,)
            Rows of the two ends of each edge.
        weight : array-like of float, shape (m,), optional
            1 by default; an edge of weight 0 is none.

        Raises
        ------
        DataError
            A weight is missing or negative, or an end is no row.

        Examples
        --------
        >>> Network.of(3, [0, 1, 2], [1, 0, 2]).weight
        array([2.])
        """
        from scipy import sparse

        start, end = (np.asarray(ends, dtype=np.int64).reshape(-1) for ends in (start, end))
        weight = np.ones(len(start)) if weight is None else np.asarray(weight, dtype=float)
        if not np.isfinite(weight).all() or (weight < 0).any():
            raise DataError("Edge weights must be numbers of 0 or more, without gaps.")
        low, high = np.minimum(start, end), np.maximum(start, end)
        if len(low) and (low.min() < 0 or high.max() >= size):
            raise DataError(f"An edge ends at a row that is none: there are {size:,}.")
        kept = (low != high) & (weight > 0)
        half = sparse.coo_array((weight[kept], (low[kept], high[kept])), shape=(size, size)).tocsr()
        half.sort_indices()
        edges = half.tocoo()
        return cls(size, edges.row.astype(np.int64), edges.col.astype(np.int64), edges.data)

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def adjacency(self) -> Any:
        """The symmetric matrix (n, n) of weights, ``scipy.sparse.csr_array``."""
        from scipy import sparse

        shape = (self.size, self.size)
        half = sparse.coo_array((self.weight, (self.start, self.end)), shape=shape).tocsr()
        return (half + half.T).tocsr()

    @cached_property
    def egonets(self) -> Egonets:
        """What surrounds each node."""
        weighted, plain = self.adjacency, self.adjacency.copy()
        plain.data = np.ones_like(plain.data)
        degree, strength = _sums(plain), _sums(weighted)
        among = 0.5 * _sums((plain @ plain).multiply(plain))
        weight = 0.5 * _sums((plain @ weighted).multiply(plain))
        return Egonets(degree, strength, degree + among, strength + weight)

    def among(self, rows: Any) -> Network:
        """Return the edges among some rows, which are counted anew in the order given.

        Parameters
        ----------
        rows : array-like of int, or mask of shape (n,)
        """
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        place = np.full(self.size, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        start, end = place[self.start], place[self.end]
        kept = (start >= 0) & (end >= 0)
        part = Network.of(len(rows), start[kept], end[kept], self.weight[kept])
        return replace(part, columns=self.columns)

    def beside(self, columns: Sequence[str]) -> Network:
        """Return the same network beside a matrix whose columns are called so."""
        made = replace(self, columns=tuple(columns))
        for name in ("adjacency", "egonets"):  # unchanged, and dear
            if name in self.__dict__:
                made.__dict__[name] = self.__dict__[name]
        return made

    def to_bytes(self) -> bytes:
        """Return its edges as bytes, for a fingerprint."""
        return b"".join(part.tobytes() for part in (self.start, self.end, self.weight))


def _sums(matrix: Any) -> np.ndarray:
    return np.asarray(matrix.sum(axis=1), dtype=float).ravel()


def visits(adjacency: Any, damping: float = 0.85) -> np.ndarray:
    """Return the share of visits of each node by a walker (PageRank); they add up to 1.

    Parameters
    ----------
    adjacency : scipy.sparse array of shape (n, n)
        Symmetric; a step follows an edge by its weight.
    damping : float
        Share of the steps that follow an edge; the others jump anywhere. 0.85 is from Brin and
        Page, 1998.
    """
    size, strength = adjacency.shape[0], _sums(adjacency)
    rank = np.full(size, 1 / size)
    share = np.divide(1.0, strength, out=np.zeros(size), where=strength > 0)
    for _ in range(200):
        lost = rank[strength == 0].sum()
        new = (1 - damping) / size + damping * (adjacency.T @ (rank * share) + lost / size)
        done = np.abs(new - rank).sum() < 1e-10
        rank = new
        if done:
            break
    return rank
