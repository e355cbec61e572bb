"""OddBall: nodes whose surroundings break the laws that the others follow."""

from __future__ import annotations

import numpy as np

from workbench.core.network import Network
from workbench.core.progress import Progress
from workbench.detectors._graph import GraphDetector
from workbench.detectors.base import Tags

__all__ = ["OddBall"]

#: Each law: what it foresees, and from what. Names of columns of a graph's table.
LAWS = (("egonet_edges", "degree"), ("egonet_weight", "egonet_edges"))
#: Groups of nodes for each factor e of the foreseeing number, whose medians make the law.
GROUPS = 3.0
#: Nodes that make a group.
FEWEST = 3
#: Least and largest slope: a star of edges that do not meet, and a clique (Akoglu 2010).
SLOPES = (1.0, 2.0)


class OddBall(GraphDetector):
    """Finds near-cliques, near-stars and heavy surroundings: nodes off the laws of egonets.

    The edges around a node grow as a power of its neighbours, and their weight as a power of the
    edges. Each law is a line through medians on logarithmic scales; the score is how far a node
    lies off, times the logarithm of what it has too much or too little, summed over both laws.
    Nodes without neighbours break none.

    References
    ----------
    Akoglu, McGlohon, Faloutsos: OddBall: spotting anomalies in weighted graphs, PAKDD 2010. The
    distance is our own, so that parts add up; the third law, on eigenvalues, is left out.

    Examples
    --------
    >>> from workbench.core.network import Network
    >>> from itertools import combinations
    >>> clique = list(combinations(range(8), 2))
    >>> ring = [(node, node + 1) for node in range(8, 40)] + [(40, 8)]
    >>> network = Network.of(41, *zip(*clique, *ring))
    >>> scores = OddBall().fit_score(np.zeros((41, 1)), network=network)
    >>> bool(scores[:8].min() > scores[8:].max())
    True
    """

    tags = Tags(
        kinds=("graph",),
        scores="nodes",
        paper="Akoglu, McGlohon, Faloutsos: OddBall, PAKDD 2010",
        cost="the sum of squared degrees",
        good_at="cliques and stars that do not belong; needs no attributes",
        min_rows=3,
        exact=True,
    )

    def _fit(self, X: np.ndarray, network: Network, progress: Progress) -> None:
        self.laws_ = np.array([_law(known, met) for known, met in _pairs(network)])

    def _score(self, X: np.ndarray, network: Network) -> np.ndarray:
        return np.asarray(self._broken(network).sum(axis=1))

    def _contributions(
        self, X: np.ndarray, rows: np.ndarray, network: Network
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give each law's part to the column that it foresees; to the base where there is none."""
        broken = self._broken(network)[rows]
        base, parts = np.zeros(len(rows)), np.zeros((len(rows), X.shape[1]))
        for place, (name, _) in enumerate(LAWS):
            if name in network.columns:
                parts[:, network.columns.index(name)] += broken[:, place]
            else:
                base += broken[:, place]
        return base, parts

    def _broken(self, network: Network) -> np.ndarray:
        """Return what each law adds to the score of each node, (n, 2)."""
        broken = np.zeros((network.size, len(LAWS)))
        for place, (known, met) in enumerate(_pairs(network)):
            there = known > 0
            foreseen = self._foreseen(place, known[there])
            off = np.abs(np.log(met[there]) - np.log(foreseen))
            broken[there, place] = off * np.log1p(np.abs(met[there] - foreseen))
        return broken

    def _foreseen(self, place: int, known: np.ndarray) -> np.ndarray:
        slope, height = self.laws_[place]
        return np.asarray(np.exp(height + slope * np.log(known)))

    def remark(self, X: np.ndarray, row: int, column: int, network: Network) -> str:
        """Return what the law lets expect of a column, where it is about one."""
        name = network.columns[column] if network.columns else ""
        place = next((at for at, law in enumerate(LAWS) if law[0] == name), None)
        if place is None or network.egonets.degree[row] == 0:
            return ""
        known, met = (each[row] for each in _pairs(network)[place])
        foreseen = float(self._foreseen(place, np.array([known]))[0])
        if place == 0:
            return (
                f"with {known:,.0f} neighbours one expects {foreseen:,.0f} edges around it; there "
                f"are {met:,.0f}"
            )
        return (
            f"with {known:,.0f} edges around it one expects a weight of {foreseen:,.0f}; it is "
            f"{met:,.0f}"
        )


def _pairs(network: Network) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return for each law what it foresees from, and what there is."""
    around = network.egonets
    return (around.degree, around.edges), (around.edges, around.weight)


def _law(known: np.ndarray, met: np.ndarray) -> tuple[float, float]:
    """Return slope and height of the line through medians of groups, on logarithmic scales."""
    there = known > 0
    if not there.any():
        return SLOPES[0], 0.0
    x, y = np.log(known[there]), np.log(met[there])
    _, place, count = np.unique(np.round(GROUPS * x), return_inverse=True, return_counts=True)
    # A node that is a group by itself would make the law that it breaks.
    groups = np.flatnonzero(count >= FEWEST)
    if len(groups) < 2:
        return SLOPES[0], float(np.median(y - SLOPES[0] * x))
    across, upright = (np.array([np.median(side[place == at]) for at in groups]) for side in (x, y))
    weight = np.sqrt(count[groups])
    slope = float(np.clip(np.polyfit(across, upright, 1, w=weight)[0], *SLOPES))
    return slope, float(np.average(upright - slope * across, weights=weight**2))
