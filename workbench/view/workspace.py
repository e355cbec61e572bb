"""One result with all that people do to it: components that share selection, range and threshold.

No browser and no kernel: notebooks and pages put views on these states, tests read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import param

from workbench.core.errors import WorkbenchError
from workbench.view.components.code import Code
from workbench.view.components.graph import GraphState
from workbench.view.components.label_bar import LabelBarState
from workbench.view.components.lanes import LanesState
from workbench.view.components.table import TableState
from workbench.view.components.why_bars import WhyBarsState
from workbench.view.engine import Engine
from workbench.view.wording import axis_of, when

__all__ = ["Workspace"]


class Workspace(param.Parameterized):
    """The states behind ``found.explore()``, wired to each other.

    Parameters
    ----------
    found : Detection
        What was found.
    rows : sequence of int, optional
        Rows to ask about, in this order; by default the anomalies, most severe first.
    noted : bool
        Whether the lanes say in a sentence why the selected row is odd, where nothing else does.
    engine : Engine, optional
        Who stores what is said about rows, and says whose words they are.
    source : str
        What the engine calls the data.

    Examples
    --------
    >>> import workbench as wb
    >>> space = Workspace(wb.detect("sample:breast-cancer", "ecod"))
    >>> space.row == space.found.records[0].peak
    True
    """

    found = param.Parameter(doc="The detection with the threshold in force.")
    row = param.Integer(default=None, allow_None=True, doc="Selected row of the data.")
    brush = param.List(default=[], doc="Brushed range [low, high] on the axis, or empty.")
    explanation = param.Parameter(default=None, doc="Why the selected row stands out, or None.")

    def __init__(
        self,
        found: Any,
        rows: Sequence[int] | None = None,
        *,
        noted: bool = False,
        engine: Engine | None = None,
        source: str = "",
    ) -> None:
        super().__init__(found=found)  # type: ignore[no-untyped-call]  # param is typed in part
        self._engine, self._source = engine or Engine(), source
        self._noted = noted
        self._asked_rows = None if rows is None else [int(row) for row in rows]
        times = found.dataset.frame[found.dataset.time] if found.dataset.time else None
        self._times, self._axis = times, axis_of(times, len(found))
        self.lanes, self.table, self.why = LanesState(), TableState(), WhyBarsState()
        self.labels, self.code = LabelBarState(), Code()
        #: Nodes and edges, where the data are a graph.
        self.graph = GraphState() if found.dataset.network is not None else None
        self.lanes.stepper = self.table.neighbour
        if self.graph is not None:
            self.graph.stepper = self.table.neighbour
        self._quiet = False
        self._make_labels()
        self._show(keep=False)
        self._wire()
        first = self.labels.row
        self.select(first if first is not None else (None if len(found) == 0 else self._highest()))

    # ---- what a person does ---------------------------------------------------------------------

    def select(self, row: int | None) -> None:
        """Open a row: every component follows."""
        if row is not None and not 0 <= row < len(self.found):
            return
        self.row = row
        self._quiet = True
        self.lanes.select(row)
        if self.graph is not None:
            self.graph.select(row)
        home = next((item for item in self.found.records if row in item.rows), None)
        self.table.open(row if home is None else home.peak)
        self.labels.open(row)
        self._quiet = False
        self._explain()
        self._write_code()

    def set_threshold(self, value: float) -> None:
        """Move the threshold; nothing is fitted again."""
        if value != float(self.found.threshold.value):
            self.found = self.found.with_threshold(float(value))
            self._show(keep=True)
            self._brushed(self.brush)  # the new table lists what lies inside the range again
            self.select(self.row)

    @property
    def rows(self) -> list[int]:
        """Rows of the brushed range, else of the selected anomaly, else the selected row."""
        if len(self.brush) == 2:
            low, high = self.brush
            return [int(row) for row in np.flatnonzero((self._axis >= low) & (self._axis <= high))]
        if self.row is None:
            return []
        home = next((item for item in self.found.records if self.row in item.rows), None)
        return [self.row] if home is None else list(home.rows)

    # ---- wiring ----------------------------------------------------------------------------------

    def _wire(self) -> None:
        self.lanes.param.watch(lambda event: self._opened(event.new.get("row")), "selected")
        self.lanes.param.watch(lambda event: self._brushed(event.new), "brush")
        self.lanes.param.watch(lambda event: self._moved(event.new), "threshold")
        self.table.param.watch(lambda event: self._opened(event.new), "selected")
        self.labels.param.watch(lambda event: self._opened(event.new), "row")
        if self.graph is not None:
            self.graph.param.watch(lambda event: self._opened(event.new.get("row")), "selected")

    def _opened(self, row: int | None) -> None:
        if not self._quiet and row is not None and row != self.row:
            self.select(row)

    def _moved(self, value: float | None) -> None:
        if not self._quiet and value is not None:
            self.set_threshold(value)

    def _brushed(self, brush: list[float]) -> None:
        if self._quiet:
            return
        self.brush = brush
        inside = set(self.rows) if len(brush) == 2 else None
        self.table.keep(
            None
            if inside is None
            else {item.peak for item in self.found.records if not inside.isdisjoint(item.rows)}
        )
        self._write_code()

    def _show(self, *, keep: bool) -> None:
        self._quiet = True
        if len(self.found):
            self.lanes.show_detection(self.found, keep=keep)
            if self.graph is not None:
                self.graph.show_detection(self.found, keep=keep)
        self.table.show(self.found.anomalies)
        if self._asked_rows is None:
            self._ask([item.peak for item in self.found.records])
        self._quiet = False

    def _explain(self) -> None:
        why = None
        try:
            why = None if self.row is None else self.found.explain(self.row)
            self.why.show(why)
        except WorkbenchError as error:
            self.why.fail(str(error))
        if why is not None:
            self.lanes.note = str(why.sentence) if self._noted else ""
        self.explanation = why

    def _write_code(self) -> None:
        lines = [self.found.code]
        rows = self.rows if len(self.brush) == 2 else []
        if rows and self._times is not None:
            inside = self._times.iloc[rows]
            lines.append(
                f"table = found.table\n"
                f"table[table[{self.found.dataset.time!r}].between("
                f"{str(inside.min())!r}, {str(inside.max())!r})]"
            )
        elif rows:
            lines.append(f"found.table.iloc[{rows[0]}:{rows[-1] + 1}]")
        if self.row is not None:
            lines.append(f"found.explain({self.row})")
        self.code.code = "\n".join(line for line in lines if line)

    def _highest(self) -> int:
        return int(self.found.scores.to_numpy().argmax())

    # ---- labels ----------------------------------------------------------------------------------

    def _make_labels(self) -> None:
        def named(row: int) -> str:
            return f"row {row:,d}" if self._times is None else when(self._times.iloc[row])

        self.labels.named = named
        self.labels.on_label = self._store
        self.labels.advance = True
        self._ask(self._asked_rows or [item.peak for item in self.found.records])

    def _ask(self, rows: list[int]) -> None:
        if shut := self._engine.may_label(self._source):
            self.labels.blank(shut)
            return
        try:
            said = self.found.labels.rename(columns={"verdict": "label", "comment": "note"})
        except WorkbenchError as error:  # a result can be looked at where nothing can be stored
            self.labels.fail(str(error))
            return
        row = self.labels.row
        self.labels.show(rows, said.to_dict("records"), author=self._engine.author())
        if row is not None:
            self.labels.open(row)

    def _store(self, record: dict[str, Any]) -> None:
        try:
            self._engine.label(self._source, self.found, record)
        except WorkbenchError as error:
            self.labels.fail(str(error))
