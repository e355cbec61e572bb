"""What all detectors for graphs share: they see the edges between the rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from workbench.core.errors import DataError, ParameterError
from workbench.core.network import STRUCTURE, Network
from workbench.core.progress import Progress
from workbench.detectors.base import Detector

__all__ = ["GraphDetector", "as_given", "check_network", "own_columns"]


class GraphDetector(Detector):
    """Scores the nodes of a graph by what they bring themselves and whom they are connected with.

    A subclass learns in ``_fit(X, network, progress)`` and scores in ``_score(X, network)``. A
    node's score depends on its neighbours too, so that a row alone has none.
    """

    #: Whether it scores no other graph than the one that it learned from.
    transductive: ClassVar[bool] = False

    @abstractmethod
    def _fit(self, X: np.ndarray, network: Network, progress: Progress) -> None: ...

    @abstractmethod
    def _score(self, X: np.ndarray, network: Network) -> np.ndarray: ...

    def _stand(self, time: Any, network: Network | None, rows: int) -> Network:
        if network is None:
            raise DataError(
                f"'{self.name()}' looks at the edges of a graph, and these data have none. Load "
                "the graph itself: a networkx graph, a .graphml file, or a table of edges with "
                "format='graph'. Detectors for tables do without edges."
            )
        return check_network(network, rows)


def check_network(network: Network, rows: int) -> Network:
    """Return the network, or raise when it has another number of nodes than there are rows."""
    if network.size != rows:
        raise DataError(f"The network has {network.size:,} nodes for {rows:,} rows.")
    return network


def as_given(stand: Any) -> dict[str, Any]:
    """Return how rows stand to each other as the keyword under which it was given."""
    return {"network" if isinstance(stand, Network) else "time": stand}


def own_columns(network: Network, width: int) -> np.ndarray:
    """Return the columns of a matrix that nodes bring themselves, beside those on structure.

    All columns where their names are not known, or where nodes bring nothing.

    Parameters
    ----------
    network : Network
        With the names of the columns.
    width : int
        How many there are.

    Examples
    --------
    >>> own_columns(Network.of(2, [0], [1]).beside(["degree", "age"]), 2)
    array([1])
    """
    own = np.flatnonzero([name not in STRUCTURE for name in network.columns])
    return own if len(own) and len(network.columns) == width else np.arange(width)


def refuse_graph_members(members: list[Detector], stand: Any) -> None:
    """Say which member of an ensemble needs edges where there are none.

    Raises
    ------
    ParameterError
    """
    lost = [one.name() for one in members if isinstance(one, GraphDetector)]
    if lost and not isinstance(stand, Network):
        raise ParameterError(
            f"'{lost[0]}' looks at the edges of a graph and cannot be a member for data without."
        )
