"""Compare: several detectors on the same data, who agrees with whom, and why one says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import param

from workbench.core.errors import WorkbenchError
from workbench.core.progress import Progress
from workbench.view.components.detector_matrix import DetectorMatrixState
from workbench.view.components.lanes import LanesState
from workbench.view.components.why_bars import WhyBarsState
from workbench.view.dashboards import _parts as parts
from workbench.view.dashboards._page import Page
from workbench.view.dashboards.asked import asked, data_address, offered
from workbench.view.dashboards.runner import Runner
from workbench.view.engine import Engine, detectors

__all__ = ["CompareDashboard", "Side", "compare_dashboard"]

FIRST = "sample:pump"
USUAL = ("seasonal_residual", "iforest", "ecod", "knn")
MOST = 8


def compare_dashboard(query: Mapping[str, str] | None = None) -> Any:
    """Return the dashboard as one widget; ``?data=sample:pump&detectors=ecod,knn`` says what.

    Parameters
    ----------
    query : mapping of str to str, optional
        What is asked for; by default the address of the page.
    """
    board = CompareDashboard(asked() if query is None else query)
    board.run()
    return board.view


class Side(param.Parameterized):
    """A comparison with one of its detectors opened: what is selected in one part is in all.

    Parameters
    ----------
    comparison : Comparison
        Several detectors on one dataset.
    """

    chosen = param.String(default="", doc="Detector whose lanes and reasons are shown.")
    row = param.Integer(default=None, allow_None=True, doc="Selected row of the data.")

    def __init__(self, comparison: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # param is typed in part
        self.comparison = comparison
        self.matrix, self.lanes, self.why = DetectorMatrixState(), LanesState(), WhyBarsState()
        self._quiet = False
        self.matrix.show_comparison(comparison)
        self.choose(next(iter(comparison.detections)))
        for state, other in ((self.matrix, self.lanes), (self.lanes, self.matrix)):
            state.param.watch(self._opened, "selected")
            state.param.watch(lambda event, to=other: self._brushed(to, event.new), "brush")

    def choose(self, name: str) -> None:
        """Show the lanes of another detector; the selected row stays, if there is one."""
        found = self.comparison.detections[name]
        self.chosen = name
        self._quiet = True
        self.lanes.show_detection(found, keep=bool(self.lanes.names))
        self._quiet = False
        first = found.records[0].peak if found.records else None
        self.select(first if self.row is None else self.row)

    def select(self, row: int | None) -> None:
        """Open a row in all parts, and say why the chosen detector scores it so."""
        self.row = row
        self._quiet = True
        self.matrix.select(row)
        self.lanes.select(row)
        self._quiet = False
        try:
            found = self.comparison.detections[self.chosen]
            self.why.show(None if row is None else found.explain(row))
        except WorkbenchError as error:
            self.why.fail(str(error))

    def _opened(self, event: Any) -> None:
        row = event.new.get("row")
        if not self._quiet and row is not None and row != self.row:
            self.select(row)

    def _brushed(self, other: Any, brush: list[float]) -> None:
        if not self._quiet:
            self._quiet = True
            other.brush = brush
            self._quiet = False


class CompareDashboard:
    """Choices, progress, and the detectors side by side.

    Parameters
    ----------
    query : mapping of str to str
        ``data``: a sample or a file of the served folder; ``detectors``: names with commas.
    engine : Engine, optional
        Where data come from; a test hands in another one.
    """

    def __init__(self, query: Mapping[str, str], engine: Any = None) -> None:
        self.engine = Engine() if engine is None else engine
        self.runner, self.page = Runner(), Page()
        self.side: Side | None = None
        named = [name.strip() for name in query.get("detectors", "").split(",") if name.strip()]
        names = tuple(dict.fromkeys(named[:MOST])) or USUAL
        self.data = parts.choice("Data", offered(), query.get("data") or FIRST)
        self.names = parts.several(
            f"Detectors, up to {MOST} (Ctrl or Shift adds)", detectors(), names
        )
        self.start = parts.button("Compare", self.run, primary=True)
        self.cancel = parts.button("Cancel", self.runner.cancel)
        self.result = parts.card(name="result")
        self.result.layout.display = "none"
        choices = parts.form(self.data, self.names, self.start, self.cancel)
        line = parts.status(self.runner, self.cancel)
        self.view = parts.sheet(parts.card(choices, line), self.result, self.page)

    def run(self) -> None:
        """Run all chosen detectors, beside the page."""
        from workbench.workflow.comparison import compare

        source, names = self.data.value, list(self.names.value)
        self.page.query = {"data": source, "detectors": ",".join(names)}
        if not 2 <= len(names) <= MOST:
            self.runner.fail(f"Choose two to {MOST} detectors to compare; {len(names)} are chosen.")
            return

        def work(progress: Progress) -> Any:
            data = self.engine.load(data_address(source), progress.part(0.0, 0.05))
            compared = compare(data, names, progress=progress.part(0.05, 0.95))
            progress.step(0.95, "setting them side by side")
            return Side(compared)

        self.runner.start(work, self.show)

    def show(self, side: Side) -> None:
        """Show a comparison in place of the one before."""
        self.side = side
        self.result.children = (_tool(side),)
        self.result.layout.display = ""


def _tool(side: Side) -> Any:
    """Return what is seen of a comparison."""
    import ipywidgets as widgets

    which = parts.choice("Look at", {n: n for n in side.comparison.detections}, side.chosen)
    which.observe(lambda change: side.choose(change["new"]), "value")
    left = widgets.VBox([parts.form(which), parts.component(side.lanes)])
    return widgets.VBox(
        [parts.component(side.matrix), parts.columns(left, parts.component(side.why))]
    )
