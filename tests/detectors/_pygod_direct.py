"""PyGOD run by itself: with a loader of full batches where its own one cannot be installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from pygod.detector import base
from torch_geometric.data import Data

from workbench.core.network import Network

__all__ = ["as_data", "direct"]


class FullBatch:
    """Yields the whole graph with what NeighborLoader adds, which needs pyg-lib or torch-sparse."""

    def __init__(self, data: Data, num_neigh: Any, batch_size: int) -> None:
        assert batch_size == data.num_nodes
        self.data = data

    def __iter__(self) -> Iterator[Data]:
        batch = self.data.clone()
        batch.n_id = batch.input_id = torch.arange(batch.num_nodes)
        batch.batch_size = batch.num_nodes
        yield batch


def as_data(X: np.ndarray, network: Network) -> Data:
    """Return a graph as PyGOD takes it."""
    ends = [[*network.start, *network.end], [*network.end, *network.start]]
    edges = torch.tensor(np.array(ends, dtype=np.int64))
    return Data(x=torch.from_numpy(np.ascontiguousarray(X, dtype=np.float32)), edge_index=edges)


def direct(kind: Any, X: np.ndarray, network: Network, seed: int, **params: Any) -> np.ndarray:
    """Return the scores that a class of PyGOD's gives a graph, by its own words alone."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    loader, base.NeighborLoader = base.NeighborLoader, FullBatch
    try:
        model = kind(**params).fit(as_data(X, network))
    finally:
        base.NeighborLoader = loader
    return np.asarray(model.decision_score_, dtype=float)
