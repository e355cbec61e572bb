"""Several detectors with all that people do to them: components that share one comparison.

No browser and no kernel: notebooks and pages put views on these states, tests read them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import param

from workbench.core.errors import WorkbenchError
from workbench.view.components.code import Code
from workbench.view.components.detector_matrix import MOST_DETECTORS, DetectorMatrixState
from workbench.view.components.lanes import LanesState
from workbench.view.components.table import TableState
from workbench.view.components.why_bars import WhyBarsState
from workbench.view.wording import plural

__all__ = ["Comparing"]

#: Lines of the table of disputed rows; nobody reads further, and searching stays quick.
MOST_DISPUTED = 2_000


class Comparing(param.Parameterized):
    """The states behind ``comparison.explore()``, wired to each other.

    Parameters
    ----------
    comparison : Comparison, optional
        What to look at; without it, :meth:`show` brings one.

    Examples
    --------
    >>> import workbench as wb
    >>> space = Comparing(wb.compare("sample:breast-cancer", ["ecod", "pca"]))
    >>> space.detector, space.why.ends["score"] == space.found.scores.iloc[space.row]
    ('ecod', True)
    """

    comparison = param.Parameter(default=None, doc="The comparison with the thresholds in force.")
    detector = param.String(default="", doc="Name of the detector that is looked at.")
    row = param.Integer(default=None, allow_None=True, doc="Selected row of the data.")
    listed = param.String(default="", doc="What the table of disputed rows lists, in words.")

    def __init__(self, comparison: Any = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # param is typed in part
        self.matrix, self.lanes = DetectorMatrixState(), LanesState()
        self.table, self.disputed = TableState(), TableState(nouns=["row", "rows"])
        self.why, self.code = WhyBarsState(), Code()
        self.lanes.stepper = self.table.neighbour
        self.matrix.stepper = self.disputed.neighbour
        self._quiet = False
        self._wire()
        if comparison is not None:
            self.show(comparison)

    def show(self, comparison: Any, *, detector: str = "", row: int | None = None) -> None:
        """Take a comparison; what was selected before is dropped.

        Parameters
        ----------
        comparison : Comparison
            Several detectors on one dataset.
        detector : str
            The one to look at; the first by default.
        row : int, optional
            The row to open; the most disputed one by default.
        """
        names = list(comparison.detections)[:MOST_DETECTORS]
        self.param.update(
            comparison=comparison, detector=detector if detector in names else names[0], row=None
        )
        self._quiet = True
        self.matrix.show_comparison(comparison)
        self.matrix.detector = names.index(self.detector)
        self.lanes.show_detection(self.found)
        self.table.show(self.found.anomalies)
        self._quiet = False
        self._list()
        first = row if row is not None and 0 <= row < len(self.found) else self._first()
        self.select(first)

    # ---- what a person does ---------------------------------------------------------------------

    @property
    def found(self) -> Any:
        """The detection of the detector that is looked at."""
        return self.comparison.detections[self.detector]

    @property
    def rows(self) -> list[int]:
        """Rows of the picked set, else of the brushed range, else the selected row."""
        return [int(row) for row in np.sort(self.matrix.rows)]

    def choose(self, detector: str) -> None:
        """Look at another detector; row, window and brush stay."""
        if detector == self.detector or detector not in self.comparison.detections:
            return
        self.detector = detector
        self._show_detector()
        self._explain()
        self._write_code()

    def select(self, row: int | None) -> None:
        """Open a row: every component follows."""
        if row is None or not 0 <= row < len(self.found):
            return
        self.row = row
        self._quiet = True
        for along in (self.matrix, self.lanes):
            along.select(row)
        self._mark()
        self._quiet = False
        self._explain()
        self._write_code()

    def set_threshold(self, value: float) -> None:
        """Move the threshold of the detector that is looked at; nothing is fitted again."""
        if value == float(self.found.threshold.value):
            return
        members = self._picked()
        self.comparison = self.comparison.with_threshold(self.detector, float(value))
        self._quiet = True
        with self.matrix.kept():
            self.matrix.show_comparison(self.comparison)
        again = [i for i, one in enumerate(self.matrix.sets) if one["members"] == members]
        self.matrix.chosen = again[0] if again else None
        self._quiet = False
        self._show_detector()
        self._list()
        self._explain()
        self._write_code()

    # ---- wiring ----------------------------------------------------------------------------------

    def _wire(self) -> None:
        for along, other in ((self.matrix, self.lanes), (self.lanes, self.matrix)):
            along.param.watch(lambda event: self._opened(event.new.get("row")), "selected")
            along.param.watch(self._follow(other), ["brush", "window"])
        for table in (self.table, self.disputed):
            table.param.watch(lambda event: self._opened(event.new), "selected")
        self.matrix.param.watch(lambda event: self._chose(event.new), "detector")
        self.matrix.param.watch(lambda *_: self._narrowed(), "chosen")
        self.lanes.param.watch(lambda event: self._moved(event.new), "threshold")

    def _follow(self, other: Any) -> Any:
        """Return what keeps the other timeline at the same range and brush."""

        def follow(*events: Any) -> None:
            if self._quiet:
                return
            for event in events:
                self._quiet = True
                if event.name == "brush" and other.brush != event.new:
                    other.brush = event.new
                elif event.name == "window" and event.new and other.window != event.new:
                    other.look(*event.new)
                self._quiet = False
                if event.name == "brush":
                    self._narrowed()

        return follow

    def _opened(self, row: int | None) -> None:
        if not self._quiet and row is not None and row != self.row:
            self.select(row)

    def _chose(self, place: int | None) -> None:
        if not self._quiet and place is not None:
            self.choose(list(self.comparison.detections)[place])

    def _moved(self, value: float | None) -> None:
        if not self._quiet and value is not None:
            self.set_threshold(value)

    def _narrowed(self) -> None:
        if not self._quiet:
            self._list()
            self._write_code()

    def _show_detector(self) -> None:
        self._quiet = True
        self.matrix.detector = list(self.comparison.detections).index(self.detector)
        self.lanes.show_detection(self.found, keep=True)
        self.table.show(self.found.anomalies)
        self._mark()
        self._quiet = False
        if len(self.matrix.brush) == 2:
            self._keep_inside()

    def _mark(self) -> None:
        """Mark the lines of the open row: its own, and that of the stretch around it."""
        home = next((item for item in self.found.records if self.row in item.rows), None)
        self.table.open(self.row if home is None else home.peak)
        self.disputed.open(self.row)

    def _keep_inside(self) -> None:
        """List only anomalies inside of the brushed range."""
        if len(self.matrix.brush) != 2:
            self.table.keep(None)
            return
        inside = {int(row) for row in self.lanes.rows}
        records = self.found.records
        self.table.keep({item.peak for item in records if not inside.isdisjoint(item.rows)})

    def _list(self) -> None:
        """List the rows of the picked set, else the disputed ones, inside of the brushed range."""
        members = self._picked()
        rows = self.comparison.disputed if members is None else self.matrix.rows
        amount = plural(len(rows), "row")
        if members is not None:
            who = ", ".join(self.matrix.names[place] for place in members)
            everyone = len(members) == len(self.matrix.names)
            words = f"{amount} flagged by {'all detectors' if everyone else f'only {who}'}"
        elif len(self.matrix.brush) == 2:
            rows = rows[np.isin(rows, self.lanes.rows)]
            words = f"{plural(len(rows), 'disputed row')} in the brushed range"
        else:
            words = f"{amount} flagged by some detectors and not by others"
        if len(rows) > MOST_DISPUTED:
            words += f"; the first {MOST_DISPUTED:,d} are listed"
        self._quiet = True
        self.disputed.show(self.comparison.verdicts(rows[:MOST_DISPUTED]))
        if not len(rows):
            self.disputed.blank("No row is disputed here. Pick who flags together in the matrix.")
        self.disputed.open(self.row)
        self._quiet = False
        self.listed = f"{words}."
        self._keep_inside()

    def _picked(self) -> list[int] | None:
        chosen = self.matrix.chosen
        return None if chosen is None else list(self.matrix.sets[chosen]["members"])

    def _first(self) -> int:
        if self.disputed.lines:
            return int(self.disputed.lines[0]["row"])
        records = self.found.records
        return int(records[0].peak if records else self.found.scores.to_numpy().argmax())

    def _explain(self) -> None:
        try:
            self.why.show(None if self.row is None else self.found.explain(self.row))
        except WorkbenchError as error:
            self.why.fail(str(error))

    def _write_code(self) -> None:
        lines = [str(self.comparison.code)]
        if self._picked() is not None or len(self.matrix.brush) == 2:
            lines.append(f"comparison.verdicts({self._where()})")
        if self.row is not None:
            lines.append(f"comparison.detections[{self.detector!r}].explain({self.row})")
        self.code.code = "\n".join(lines)

    def _where(self) -> str:
        """Return the picked or brushed rows as an expression."""
        rows, data, members = self.rows, self.comparison.dataset, self._picked()
        if members is not None:
            flags = [place in members for place in range(len(self.comparison.detections))]
            return f"(comparison.flags == {flags}).all(axis=1).to_numpy().nonzero()[0]"
        if data.time is None or rows == list(range(rows[0], rows[-1] + 1)):
            return f"range({rows[0]}, {rows[-1] + 1})"
        times = data.frame[data.time].iloc[rows]
        ends = ", ".join(repr(_plain(end)) for end in (times.min(), times.max()))
        return f"data.frame[{data.time!r}].between({ends}).to_numpy().nonzero()[0]"


def _plain(moment: Any) -> Any:
    return str(moment) if hasattr(moment, "isoformat") else moment.item()
