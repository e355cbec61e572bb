"""One row in depth: its score, what is odd around it, what is like it, and what people say of it.

No browser and no kernel: pages put views on these states, tests read them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from workbench.view.components.scatter import ScatterState
from workbench.view.components.scores import ScoresState
from workbench.view.components.table import TableState
from workbench.view.session import Session
from workbench.view.wording import text
from workbench.view.workspace import Workspace

__all__ = ["FEATURES", "Investigating", "RowSession"]

#: Features that are drawn: those that add most to the score.
FEATURES = 2


class RowSession(Session):
    """The state behind the Investigate page: that of Explore, without figures nobody sees."""

    judges: ClassVar[bool] = False


class Investigating(Workspace):
    """A workspace around one row: charts open on its neighbourhood and follow each other.

    Parameters
    ----------
    found : Detection
        What was found.
    row : int, optional
        The row in question; by default the most severe anomaly.
    **storing
        ``engine`` and ``source``, as for :class:`Workspace`.

    Examples
    --------
    >>> import workbench as wb
    >>> space = Investigating(wb.detect("sample:breast-cancer", "ecod"), row=3)
    >>> space.row, len(space.features)
    (3, 2)
    """

    def __init__(self, found: Any, row: int | None = None, **storing: Any) -> None:
        super().__init__(found, **storing)
        self.score, self.plane, self.similar = ScoresState(), ScatterState(), TableState()
        self.features = [ScoresState() for _ in range(FEATURES)]
        self._shown: list[str] = []
        self._draw()
        self._connect()
        if row is not None and row != self.row and 0 <= row < len(found):
            self.select(row)
        else:
            self._follow()

    @property
    def otherwise(self) -> str:
        """What would make the row usual, in a sentence; empty where there is no such thing."""
        change = None if self.explanation is None else self.explanation.counterfactual
        return "" if change is None else str(change.words)

    @property
    def charts(self) -> list[ScoresState]:
        """All charts along the axis."""
        return [self.score, *self.features]

    # ---- wiring ----------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.param.watch(lambda *_: self._follow(), "explanation")
        self.param.watch(lambda *_: self._draw(), "found")
        self.score.param.watch(lambda event: self._moved(event.new), "threshold")
        self.plane.param.watch(lambda event: self._opened(event.new.get("row")), "selected")
        self.similar.param.watch(lambda event: self._opened(event.new), "selected")
        for chart in self.charts:
            chart.stepper = self.table.neighbour
            chart.param.watch(lambda event: self._opened(event.new.get("row")), "selected")
            chart.param.watch(lambda event: self._look(event.new), "window")
        self.plane.stepper = self.table.neighbour

    def _look(self, window: list[float]) -> None:
        """Open every chart on the same window."""
        if self._quiet or len(window) != 2:
            return
        self._quiet = True
        for chart in self.charts:
            if chart.window != window and not chart.phase:
                chart.look(window[0], window[1])
        self._quiet = False

    def _draw(self) -> None:
        """Show the scores anew, as after another threshold."""
        self._quiet = True
        with self.score.kept():
            self.score.show_detection(self.found)
        self._quiet = False

    def _follow(self) -> None:
        """Show what is around the open row, what is like it, and the features behind it."""
        row, why = self.row, self.explanation
        if row is None:
            return
        self._quiet = True
        if why is not None:
            self._show_features([part.feature for part in why.contributions])
        self.plane.select(row)
        for chart in self.charts:
            chart.select(row)
        low, high = self.score.window
        if not low < self.score.selected["x"] < high or [low, high] == list(self.score.extent):
            self.score.around(row)
            low, high = self.score.window
        for chart in self.features:
            if not chart.phase:
                chart.look(low, high)
        self.similar.show(self._alike())
        if self.similar.lines == []:
            self.similar.blank("No other anomaly stands out for like reasons.")
        self._quiet = False

    def _show_features(self, names: list[str]) -> None:
        frame = self.found.dataset.frame
        numeric = [name for name in names if frame[name].dtype.kind in "iuf"][:FEATURES]
        if numeric == self._shown:
            return
        self._shown = numeric
        for place, chart in enumerate(self.features):
            if place < len(numeric):
                chart.show_detection(self.found, text(numeric[place], 60))
            else:
                chart.blank("No further numeric column adds to the score.")
        across = (*(text(name, 60) for name in numeric), "", "")[:2]
        self.plane.show_detection(self.found, *across)

    def _alike(self) -> pd.DataFrame:
        data, similar = self.found.dataset, self.explanation.similar if self.explanation else ()
        rows = [item.row for item in similar]
        table: dict[str, Any] = {"row": rows}
        if data.time is not None:
            table["time"] = data.frame[data.time].iloc[rows].to_numpy()
        table["alike, %"] = [round(100 * item.likeness) for item in similar]
        table["severity"] = [item.severity for item in similar]
        table["band"] = [item.band for item in similar]
        return pd.DataFrame(table)
