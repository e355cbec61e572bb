"""PyGOD's detectors behind our contract: the whole graph at once, seeded, kept as plain arrays.

PyGOD asks torch_geometric's NeighborLoader for batches even where the batch is the whole graph, and
that needs pyg-lib or torch-sparse. Here its models are trained on the graph itself, by the same
steps (see ``tests/detectors/test_pygod.py``).
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from workbench.core.errors import DataError
from workbench.core.extras import require
from workbench.core.network import Network
from workbench.core.progress import Progress
from workbench.detectors._graph import GraphDetector, own_columns
from workbench.detectors._torch import borrowed
from workbench.detectors._wrapped import Wrapped

__all__ = ["MOST_NODES", "Deep", "Residual", "Transductive"]

#: These methods hold matrices of nodes by nodes: 10,000 take 400 MB each.
MOST_NODES = 10_000
WHY = "for detectors of PyGOD"


class _Member(GraphDetector, Wrapped):
    """What all of them share: the library's estimator, and the graph as its tensors."""

    def _build(self, X: np.ndarray) -> Any:
        module, _, attribute = self.member.source.partition(":")
        kind = getattr(require(module, extra="graph", why=WHY), attribute)
        made = kind(**{name: getattr(self, name) for name in self.member.params})
        made.num_nodes, made.in_dim = X.shape
        return made

    def _data(self, X: np.ndarray, network: Network) -> Any:
        """Return the graph as one batch of its own: attributes, edges, and the full matrix."""
        if network.size > MOST_NODES:
            raise DataError(
                f"'{self.name()}' holds a matrix of nodes by nodes: at most {MOST_NODES:,} nodes, "
                f"found {network.size:,}. Take 'neighbour_contrast', 'pagerank' or 'oddball'."
            )
        torch = require("torch", extra="graph", why=WHY)
        data = require("torch_geometric.data", extra="graph", why=WHY).Data()
        ends = [[*network.start, *network.end], [*network.end, *network.start]]
        own = np.ascontiguousarray(X[:, own_columns(network, X.shape[1])], dtype=np.float32)
        data.x = torch.from_numpy(own)
        data.edge_index = torch.tensor(np.array(ends, dtype=np.int64))
        data.s = torch.zeros(network.size, network.size)
        data.s[data.edge_index[0], data.edge_index[1]] = 1.0
        data.n_id = torch.arange(network.size)
        data.batch_size = network.size
        return data


class Deep(_Member):
    """A neural network of PyGOD's that scores any graph with the same columns."""

    explained: ClassVar[str] = (
        "What the network misses of each attribute when it rebuilds the node, shared by squares; "
        "what it misses of the edges is in the base."
    )

    def _fit(self, X: np.ndarray, network: Network, progress: Progress) -> None:
        with borrowed(self.random_state, progress, WHY, "graph") as torch:
            model, data = self._estimator(X, network), self._data(X, network)
            _train(torch, model, data, progress)
            state = model.model.state_dict()
            self.weights_ = {name: value.numpy().copy() for name, value in state.items()}

    def _score(self, X: np.ndarray, network: Network) -> np.ndarray:
        with self._ready(X, network) as (model, data):
            return _scores(model, data)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, network: Network
    ) -> tuple[np.ndarray, np.ndarray] | None:
        with self._ready(X, network) as (model, data):
            rebuilt = self._rebuilt(model, data)
            if rebuilt is None:
                return None
            share, values = rebuilt
            own = _shares(share, data.x.numpy() - values.numpy())
            scores = _scores(model, data)
        parts = np.zeros((len(rows), X.shape[1]))
        parts[:, own_columns(network, X.shape[1])] = own[rows]
        return scores[rows] - parts.sum(axis=1), parts

    def _rebuilt(self, model: Any, data: Any) -> tuple[float, Any] | None:
        """Return the weight of attributes and the attributes rebuilt; None where none are."""
        return None

    def _estimator(self, X: np.ndarray, network: Network) -> Any:
        model = self._build(X[:, own_columns(network, X.shape[1])])
        model.model = model.init_model()
        return model

    @contextmanager
    def _ready(self, X: np.ndarray, network: Network) -> Iterator[tuple[Any, Any]]:
        """Yield the fitted estimator and the graph, without gradients."""
        with borrowed(self.random_state, Progress(), WHY, "graph") as torch, torch.no_grad():
            model, data = self._estimator(X, network), self._data(X, network)
            state = {name: torch.from_numpy(value) for name, value in self.weights_.items()}
            model.model.load_state_dict(state)
            model.model.eval()
            yield model, data


class Transductive(_Member):
    """A method that scores the very graph that it learned from, and no other."""

    transductive: ClassVar[bool] = True
    explained: ClassVar[str] = (
        "What stays unexplained of each attribute, shared by squares; the rest of the score is in "
        "the base."
    )

    def _fit(self, X: np.ndarray, network: Network, progress: Progress) -> None:
        with borrowed(getattr(self, "random_state", 0), progress, WHY, "graph") as torch:
            data = self._data(X, network)
            model = self._build(data.x.numpy())
            self.scores_, own = self._learn(torch, model, data, progress)
        self.parts_ = np.zeros(X.shape)
        self.parts_[:, own_columns(network, X.shape[1])] = own
        self.seen_ = _digest(X, network)

    @abstractmethod
    def _learn(
        self, torch: Any, model: Any, data: Any, progress: Progress
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores (n,) and what each attribute adds to them (n, d)."""

    def _score(self, X: np.ndarray, network: Network) -> np.ndarray:
        if _digest(X, network) != self.seen_:
            raise DataError(
                f"'{self.name()}' scores the graph that it learned from, and no other (it is "
                "transductive). Detect in this graph anew, or take 'pygod:dominant' or "
                "'neighbour_contrast'."
            )
        return self.scores_

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, network: Network
    ) -> tuple[np.ndarray, np.ndarray]:
        scores, parts = self._score(X, network)[rows], self.parts_[rows]
        return scores - parts.sum(axis=1), parts


class Residual(Transductive):
    """Radar and ANOMALOUS: what a linear model of the attributes leaves over."""

    def _learn(
        self, torch: Any, model: Any, data: Any, progress: Progress
    ) -> tuple[np.ndarray, np.ndarray]:
        module = require(type(model).__module__, extra="graph", why=WHY)
        x, _, laplacian, *start = model.process_graph(data)
        model.model = getattr(module, f"{type(model).__name__}Base")(*start)
        optimiser = torch.optim.Adam(
            model.model.parameters(), lr=model.lr, weight_decay=model.weight_decay
        )
        for _ in _epochs(model.epoch, progress):
            rebuilt, left = model.model(x)
            loss = model._loss(x, rebuilt, left, laplacian)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        squares = model.model.r.detach().numpy().astype(np.float64) ** 2
        return squares.sum(axis=1), squares


def _epochs(count: int, progress: Progress) -> Iterator[int]:
    for epoch in range(count):
        progress.step(epoch / count, f"epoch {epoch + 1} of {count}")
        yield epoch


def _train(torch: Any, model: Any, data: Any, progress: Progress) -> None:
    """Train as PyGOD does on a batch that is the whole graph."""
    optimiser = torch.optim.Adam(
        model.model.parameters(), lr=model.lr, weight_decay=model.weight_decay
    )
    model.model.train()
    for _ in _epochs(model.epoch, progress):
        loss, _scored = model.forward_model(data)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _scores(model: Any, data: Any) -> np.ndarray:
    _, scores = model.forward_model(data)
    return np.asarray(scores.numpy(), dtype=np.float64)


def _shares(weight: float, missed: np.ndarray) -> np.ndarray:
    """Return what each attribute adds: the weighted length of what is missed, by squares."""
    squares = missed.astype(np.float64) ** 2
    total = squares.sum(axis=1, keepdims=True)
    return np.asarray(weight * squares / np.sqrt(np.where(total > 0.0, total, 1.0)))


def _digest(X: np.ndarray, network: Network) -> str:
    seen = hashlib.sha256((X + 0.0).tobytes())
    seen.update(network.to_bytes())
    return seen.hexdigest()
