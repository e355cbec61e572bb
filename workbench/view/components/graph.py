"""Shows who is connected with whom, and which nodes are odd; a click opens a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import param

from workbench.charts.node_places import node_places, shown_nodes
from workbench.core.anomaly import band
from workbench.core.network import Network
from workbench.view.components import _examples
from workbench.view.components._pack import parcel
from workbench.view.components._state import ComponentState, Wish
from workbench.view.wording import count, number, plural, text

__all__ = ["GraphState"]

#: More nodes than these cannot be told apart: then the surroundings of the oddest are shown.
MOST_NODES = 300


class GraphState(ComponentState):
    """Nodes and edges in a plane; anomalies as marks, the oddest with their names.

    Examples
    --------
    >>> import workbench as wb
    >>> state = GraphState()
    >>> state.show_detection(wb.detect("sample:les-miserables", "oddball"))
    >>> state.summary[:20]
    '77 nodes, 254 edges,'
    """

    WIRE = ("frame", "selected", "told")

    frame = param.Bytes(default=b"", doc="Nodes and edges that are drawn, packed.")
    selected = param.Dict(default={}, doc="Selected node: row, name, severity, neighbours.")
    told = param.String(default="", doc="What of the graph is drawn.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        #: Which row comes next; a page puts the order of its table here.
        self.stepper: Callable[[int], int | None] = self.neighbour
        self._network = Network.of(0, [], [])
        self._names: list[str] = []
        self._severity = np.empty(0)
        self._odd = np.empty(0, dtype=np.intp)
        self._rows = np.empty(0, dtype=np.intp)

    @classmethod
    def example(cls, case: str) -> GraphState:
        """Return a state for the gallery."""
        state = cls()
        if not _examples.phase(state, case, "These data have no edges. Load a graph to see one."):
            state.show_detection(_examples.graph(case))
        return state

    def show_detection(self, found: Any, *, keep: bool = False) -> None:
        """Show the graph of a detection.

        Parameters
        ----------
        found : Detection
            Its data have edges.
        keep : bool
            Whether the selected node stays: when only the threshold moved.
        """
        data = found.dataset
        if data.network is None or len(found) == 0:
            self.blank("These data have no edges. Load a graph to see one.")
            return
        row = self.selected.get("row") if keep else None
        self._network = data.network
        self._names = [text(name, 40) for name in _names(data)]
        self._severity = found.severity.to_numpy(float)
        odd = np.flatnonzero(found.is_anomaly.to_numpy())
        self._odd = odd[np.argsort(-self._severity[odd], kind="stable")]
        self._rows = shown_nodes(self._network, self._severity, MOST_NODES)
        self._draw()
        self.param.update(summary=self._told(), phase={})
        self.select(row)

    @property
    def rows(self) -> np.ndarray:
        """The selected node with its neighbours, as positions in the data; none where none is."""
        row = self.selected.get("row")
        return self._rows[:0] if row is None else np.append(self._around(row), row)

    def select(self, row: int | None) -> None:
        """Mark a node, and draw its surroundings where it was not drawn; None marks none."""
        if row is None or not 0 <= row < self._network.size:
            self.selected = {}
            return
        if row not in self._rows:
            near = np.append(self._around(row)[: MOST_NODES // 4], row)
            self._rows = np.union1d(self._rows, near)
            self._draw()
        self.selected = {
            "row": int(row),
            "name": self._names[row],
            "severity": float(self._severity[row]),
            "neighbours": len(self._around(row)),
        }

    def neighbour(self, step: int) -> int | None:
        """Return the row of the next or previous anomaly in order of severity."""
        if not self._odd.size:
            return None
        at = np.flatnonzero(self._odd == self.selected.get("row", -1))
        place = (int(at[0]) + step) % self._odd.size if at.size else (0 if step > 0 else -1)
        return int(self._odd[place])

    # ---- wishes -------------------------------------------------------------------------------

    def _on_select(self, wish: Wish) -> None:
        self.select(wish.whole("row") if wish.has("row") else None)

    def _on_step(self, wish: Wish) -> None:
        self.select(self.stepper(wish.whole("by")))

    # ---- messages -----------------------------------------------------------------------------

    def _around(self, row: int) -> np.ndarray:
        edges = self._network.adjacency
        found: np.ndarray = edges.indices[edges.indptr[row] : edges.indptr[row + 1]]
        return found[np.argsort(-self._severity[found], kind="stable")]

    def _draw(self) -> None:
        drawn, rows = self._network.among(self._rows), self._rows
        x, y = node_places(drawn)
        total = self._network.size
        self.told = (
            f"All {plural(total, 'node')} and {plural(len(drawn), 'edge')}"
            if len(rows) == total
            else f"{count(len(rows))} of {plural(total, 'node')}: the surroundings of the oddest"
        )
        degree = np.diff(self._network.adjacency.indptr)[rows]
        self.frame = parcel(
            {"names": [self._names[row] for row in rows], "nodes": total, "odd": len(self._odd)},
            x=x.astype(np.float32),
            y=y.astype(np.float32),
            severity=self._severity[rows].astype(np.float32),
            flagged=np.isin(rows, self._odd).astype(np.int32),
            row=rows.astype(np.int32),
            degree=degree.astype(np.int32),
            start=drawn.start.astype(np.int32),
            end=drawn.end.astype(np.int32),
        )

    def _told(self) -> str:
        network = self._network
        told = (
            f"{plural(network.size, 'node')}, {plural(len(network), 'edge')}, "
            f"{plural(self._odd.size, 'anomaly', 'anomalies')}."
        )
        if not self._odd.size:
            return told
        worst = int(self._odd[0])
        severity = float(self._severity[worst])
        return (
            f"{told} The oddest is {self._names[worst]}: severity {number(round(severity))}, "
            f"{band(severity)}, with {plural(len(self._around(worst)), 'neighbour')}."
        )


def _names(data: Any) -> list[Any]:
    """Return what the nodes are called: the column that a graph's source puts first."""
    first = data.frame.columns[0]
    if first in data.features:
        return [f"row {place}" for place in range(len(data))]
    return list(data.frame[first])
