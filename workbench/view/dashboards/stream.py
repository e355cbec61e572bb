"""What is seen of a replay: lanes, a line, what arrived, and why; all share a selection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

from workbench.core.errors import WorkbenchError
from workbench.view.components.lanes import LanesState
from workbench.view.components.scores import SCORE, ScoresState
from workbench.view.components.table import TableState
from workbench.view.components.why_bars import WhyBarsState
from workbench.view.dashboards.replay import Replay
from workbench.view.wording import plural

__all__ = ["Stream"]

#: Rows that the moving window shows at once.
WINDOW = 1000
LISTED = ["row", "severity", "band", "start", "rows"]


class Stream:
    """The states behind the live dashboard; :meth:`show` draws the rows that have arrived.

    Examples
    --------
    >>> import workbench as wb
    >>> replay, stream = Replay(wb.load("sample:pump"), "seasonal_residual"), Stream()
    >>> replay.learn()
    >>> stream.begin(replay)
    >>> stream.table.phase["words"]
    'Nothing odd has arrived yet.'
    """

    def __init__(self) -> None:
        self.replay: Replay | None = None
        self.lanes, self.scores = LanesState(), ScoresState()
        self.table, self.why = TableState(), WhyBarsState()
        self.arrived: list[Any] = []
        self._quiet = False
        self._following = True
        self.lanes.stepper = self.scores.stepper = self.table.neighbour
        for state in (self.lanes, self.scores):
            state.param.watch(lambda event: self._opened(event.new.get("row")), "selected")
            state.param.watch(self._moved, "threshold")
        self.table.param.watch(lambda event: self._opened(event.new), "selected")
        self.lanes.param.watch(lambda event: self._brushed(self.scores, event.new), "brush")
        self.scores.param.watch(lambda event: self._brushed(self.lanes, event.new), "brush")

    def begin(self, replay: Replay) -> None:
        """Show a replay that has learned; the window opens on its latest rows."""
        self.replay, self._following = replay, True
        with self._unheard():
            self.scores.shown = next(iter(_numeric(replay)), SCORE)
            self._draw(replay)
            places = self.lanes.places(replay.found)["x"]
            start = float(sorted(places)[-min(WINDOW, len(places))])
            for state in (self.lanes, self.scores):
                state.look(start, state.extent[1])
            self.why.show(None)
            self._list(replay, changed=True)

    def show(self) -> None:
        """Draw what has arrived; a window at the end moves on, brush and selection stay."""
        replay = self.replay
        assert replay is not None
        with self._unheard():
            with self.lanes.kept(), self.scores.kept():
                self._draw(replay)
            self._list(replay)
        if self._following and self.arrived:
            self._open(self.arrived[0].peak)

    def _draw(self, replay: Replay) -> None:
        found, order = replay.found, replay.found.order
        self.lanes.show(
            replay.names,
            replay.severities[:, order],
            found.scores.to_numpy()[order],
            threshold=float(found.threshold.value),
            **self.lanes.places(found),
        )
        odd = plural(len(found.records), "anomaly", "anomalies")
        self.lanes.summary = f"{odd} in the {plural(len(found), 'row')} that have arrived."
        self.scores.show_detection(found, self.scores.shown)

    def _list(self, replay: Replay, *, changed: bool = False) -> None:
        """List what arrived, the latest first; the list is left alone while nothing is new."""
        arrived = [item for item in replay.found.records if item.rows[-1] >= replay.first]
        arrived.sort(key=lambda item: -item.start)
        known = [(item.start, item.peak, len(item.rows)) for item in self.arrived]
        self.arrived = arrived
        if known == [(item.start, item.peak, len(item.rows)) for item in arrived] and not changed:
            return
        lines = [
            {
                "row": item.peak,
                "severity": item.severity,
                "band": item.band,
                "start": item.start if item.start_time is None else item.start_time,
                "rows": len(item.rows),
            }
            for item in arrived
        ]
        self.table.show(pd.DataFrame(lines, columns=LISTED))
        if not lines:
            self.table.blank("Nothing odd has arrived yet.")

    # ---- what a person does -------------------------------------------------------------------

    def _opened(self, row: int | None) -> None:
        if not self._quiet and row is not None and self.replay is not None:
            self._following = False  # from now on the person chooses
            self._open(row)

    def _open(self, row: int) -> None:
        assert self.replay is not None
        if self.lanes.selected.get("row") == row and self.table.selected == row:
            return
        with self._unheard():
            for state in (self.lanes, self.scores):
                state.select(row)
            self.table.open(row)
        try:
            self.why.show(self.replay.found.explain(row))
        except WorkbenchError as error:
            self.why.fail(str(error))

    def _moved(self, event: Any) -> None:
        if not self._quiet and event.new is not None and self.replay is not None:
            self.replay.set_threshold(event.new)
            self.show()

    def _brushed(self, other: Any, brush: list[float]) -> None:
        if not self._quiet:
            with self._unheard():
                other.brush = brush

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """Change the parts without taking that for the wish of a person."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False


def _numeric(replay: Replay) -> list[str]:
    frame = replay.data.frame
    return [name for name in replay.data.features if frame[name].dtype.kind in "iuf"]
