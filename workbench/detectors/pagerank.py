"""PageRank, twice: nodes that a walker reaches less once like neighbours are preferred."""

from __future__ import annotations

import numpy as np

from workbench.core.errors import ParameterError
from workbench.core.network import Network, visits
from workbench.core.progress import Progress
from workbench.detectors._additive import shared_by_square
from workbench.detectors._graph import GraphDetector, own_columns
from workbench.detectors.base import Tags

__all__ = ["PageRank"]


class PageRank(GraphDetector):
    """Finds nodes that few like ones reach: visited less once a walker prefers his like.

    One walker follows edges by their weight, a second one also by how alike the two ends are
    (a Gaussian of their distance, as wide as the median over the edges of training). The score is
    the logarithm of the first one's visits over the second one's, so that hubs are not odd for
    being hubs.

    Parameters
    ----------
    damping : float
        Share of the steps that follow an edge, in (0, 1); the others jump anywhere.

    References
    ----------
    Page, Brin et al.: The PageRank citation ranking, 1999; walks by likeness: Moonesinghe, Tan:
    Outlier detection using random walks (OutRank), ICTAI 2006. The ratio of the two is our own.

    Examples
    --------
    >>> from workbench.core.network import Network
    >>> ring = Network.of(30, range(30), [(node + 1) % 30 for node in range(30)])
    >>> X = np.sin(np.arange(30) * 2 * np.pi / 30)[:, None]
    >>> X[7] = -1.0
    >>> int(PageRank().fit_score(X, network=ring).argmax())
    7
    """

    tags = Tags(
        kinds=("graph",),
        scores="nodes",
        paper="Moonesinghe, Tan: OutRank, ICTAI 2006; Page et al.: PageRank, 1999",
        cost="edges · (steps + d)",
        good_at="nodes at the rim of those that are like them",
    )

    def __init__(self, damping: float = 0.85) -> None:
        self.damping = damping

    def _fit(self, X: np.ndarray, network: Network, progress: Progress) -> None:
        if not 0.0 < self.damping < 1.0:
            raise ParameterError(f"damping must lie between 0 and 1, found {self.damping!r}.")
        self.columns_ = own_columns(network, X.shape[1])
        apart = (X[network.start][:, self.columns_] - X[network.end][:, self.columns_]) ** 2
        self.width_ = _width(apart.sum(axis=1))
        self.widths_ = np.array([_width(column) for column in apart.T])

    def _score(self, X: np.ndarray, network: Network) -> np.ndarray:
        return self._missed(X[:, self.columns_], network, self.width_)

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, network: Network
    ) -> tuple[np.ndarray, np.ndarray]:
        alone = np.column_stack(
            [
                self._missed(X[:, [column]], network, width)[rows]
                for column, width in zip(self.columns_, self.widths_, strict=True)
            ]
        )
        _, shares = shared_by_square(alone)
        total = shares.sum(axis=1, keepdims=True)
        even = np.full(shares.shape, 1.0 / shares.shape[1])
        shares = np.where(total > 0.0, shares / np.where(total > 0.0, total, 1.0), even)
        parts = np.zeros((len(rows), X.shape[1]))
        parts[:, self.columns_] = shares * self._score(X, network)[rows][:, None]
        return np.zeros(len(rows)), parts

    def _missed(self, own: np.ndarray, network: Network, width: float) -> np.ndarray:
        """Return the logarithm of the plain walker's visits over those by likeness, (n,)."""
        plain = network.adjacency
        alike = plain.tocoo()
        apart = ((own[alike.row] - own[alike.col]) ** 2).sum(axis=1)
        # A walker who likes nobody would stay at home: a thousandth of each edge is left.
        alike.data = alike.data * np.maximum(np.exp(-apart / width), 1e-3)
        there, here = (visits(one, self.damping) for one in (plain, alike.tocsr()))
        return np.asarray(np.log(there / here))


def _width(apart: np.ndarray) -> float:
    """Return the median distance over edges, their mean where most are 0, else 1."""
    usual = float(np.median(apart)) if len(apart) else 0.0
    return usual or (float(apart.mean()) if len(apart) else 0.0) or 1.0
