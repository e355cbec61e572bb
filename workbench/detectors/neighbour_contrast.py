"""Neighbour contrast: nodes that are unlike those they are connected with."""

from __future__ import annotations

import numpy as np

from workbench.core.network import Network
from workbench.core.progress import Progress
from workbench.detectors._graph import GraphDetector, own_columns
from workbench.detectors.base import Tags

__all__ = ["NeighbourContrast"]


class NeighbourContrast(GraphDetector):
    """Finds nodes in the wrong company: what they bring is unlike what their neighbours bring.

    Along each edge the difference of an attribute is held against the median difference over all
    edges of training; a node's score is the mean of log(1 + square) over its edges and one average
    edge, summed over the attributes. So a node with a single edge, or none, is judged mildly. Where
    nodes have no attributes, the columns on structure take their place.

    References
    ----------
    The task: Gao et al.: On community outliers and their efficient detection in information
    networks, KDD 2010. The formula is our own.

    Examples
    --------
    >>> from workbench.core.network import Network
    >>> ring = Network.of(30, range(30), [(node + 1) % 30 for node in range(30)])
    >>> X = np.sin(np.arange(30) * 2 * np.pi / 30)[:, None]
    >>> X[7] = -1.0
    >>> int(NeighbourContrast().fit_score(X, network=ring).argmax())
    7
    """

    tags = Tags(
        kinds=("graph",),
        scores="nodes",
        paper="task: Gao et al.: On community outliers, KDD 2010; own formula",
        cost="edges · d",
        good_at="attributes that do not fit the neighbours; edges between strangers",
        exact=True,
    )

    def _fit(self, X: np.ndarray, network: Network, progress: Progress) -> None:
        self.columns_ = own_columns(network, X.shape[1])
        apart = self._apart(X, network)
        usual = np.median(apart, axis=0) if len(apart) else np.zeros(X.shape[1])
        mean = apart.mean(axis=0) if len(apart) else np.zeros(X.shape[1])
        # An attribute that hardly ever differs: by its mean, so that the few count.
        self.usual_ = np.where(usual > 1e-9, usual, np.where(mean > 0.0, mean, 1.0))
        odd = self._odd(apart)
        self.average_ = odd.mean(axis=0) if len(odd) else np.zeros(X.shape[1])

    def _score(self, X: np.ndarray, network: Network) -> np.ndarray:
        return np.asarray(self._parts(X, network).sum(axis=1))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, network: Network
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(len(rows)), self._parts(X, network)[rows]

    def _parts(self, X: np.ndarray, network: Network) -> np.ndarray:
        """Return what each column adds to the score of each node, (n, d)."""
        odd, total = self._odd(self._apart(X, network)), np.tile(self.average_, (len(X), 1))
        for ends in (network.start, network.end):
            np.add.at(total, ends, odd)
        looked_at = np.zeros(X.shape[1])
        looked_at[self.columns_] = 1.0
        return np.asarray(looked_at * total / (1.0 + network.egonets.degree)[:, None])

    def _apart(self, X: np.ndarray, network: Network) -> np.ndarray:
        return np.abs(X[network.start] - X[network.end])

    def _odd(self, apart: np.ndarray) -> np.ndarray:
        return np.asarray(np.log1p((apart / self.usual_) ** 2))
