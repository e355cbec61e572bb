"""Compare: several detectors on the same data, who agrees with whom, and why one says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.progress import Progress
from workbench.view.comparing import Comparing
from workbench.view.dashboards import _parts as parts
from workbench.view.dashboards._page import Page
from workbench.view.dashboards.asked import asked, data_address, offered
from workbench.view.dashboards.runner import Runner
from workbench.view.engine import Engine, detectors
from workbench.view.notebook import comparer

__all__ = ["CompareDashboard", "compare_dashboard"]

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
        self.space: Comparing | None = None
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
        from workbench.workflow.comparing import compare

        source, names = self.data.value, list(self.names.value)
        self.page.query = {"data": source, "detectors": ",".join(names)}
        if not 2 <= len(names) <= MOST:
            self.runner.fail(f"Choose two to {MOST} detectors to compare; {len(names)} are chosen.")
            return

        def work(progress: Progress) -> Any:
            data = self.engine.load(data_address(source), progress.part(0.0, 0.05))
            compared = compare(data, names, progress=progress.part(0.05, 0.95))
            progress.step(0.95, "setting them side by side")
            return Comparing(compared)

        self.runner.start(work, self.show)

    def show(self, space: Comparing) -> None:
        """Show a comparison in place of the one before."""
        self.space = space
        self.result.children = (comparer(space),)
        self.result.layout.display = ""
