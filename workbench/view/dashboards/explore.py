"""Explore: choose data and a detector, and see what is odd, since when and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.progress import Progress
from workbench.view.dashboards import _parts as parts
from workbench.view.dashboards._page import Page
from workbench.view.dashboards.asked import asked, data_address, offered
from workbench.view.dashboards.runner import Runner
from workbench.view.engine import Engine, detectors
from workbench.view.notebook import explorer
from workbench.view.pages._words import headline
from workbench.view.workspace import Workspace

__all__ = ["ExploreDashboard", "explore_dashboard"]

FIRST = "sample:pump"


def explore_dashboard(query: Mapping[str, str] | None = None) -> Any:
    """Return the dashboard as one widget; ``?data=sample:pump&detector=auto`` says what to show.

    Parameters
    ----------
    query : mapping of str to str, optional
        What is asked for; by default the address of the page.
    """
    board = ExploreDashboard(asked() if query is None else query)
    board.run()
    return board.view


class ExploreDashboard:
    """Choices, progress, and the tools of ``found.explore()`` beneath.

    Parameters
    ----------
    query : mapping of str to str
        ``data``: a sample or a file of the served folder; ``detector``: a name of the catalog.
    engine : Engine, optional
        Where results come from; a test hands in another one.
    """

    def __init__(self, query: Mapping[str, str], engine: Any = None) -> None:
        self.engine = Engine() if engine is None else engine
        self.runner, self.page = Runner(), Page()
        self.space: Workspace | None = None
        known = {"automatic choice" if n == "auto" else n: n for n in detectors()}
        self.data = parts.choice("Data", offered(), query.get("data") or FIRST)
        self.detector = parts.choice("Detector", known, query.get("detector") or "auto")
        self.start = parts.button("Find anomalies", self.run, primary=True)
        self.cancel = parts.button("Cancel", self.runner.cancel)
        self.told = parts.words()
        self.result = parts.card(name="result")
        self.result.layout.display = "none"
        choices = parts.form(self.data, self.detector, self.start, self.cancel)
        line = parts.status(self.runner, self.cancel)
        self.view = parts.sheet(parts.card(choices, line, self.told), self.result, self.page)

    def run(self) -> None:
        """Load what is chosen and look for anomalies, beside the page."""
        source, detector = self.data.value, self.detector.value
        self.page.query = {"data": source, "detector": detector}

        def work(progress: Progress) -> Any:
            address = data_address(source)
            data = self.engine.load(address, progress.part(0.0, 0.1))
            found = self.engine.detect(address, data, detector, progress.part(0.1, 1.0))
            found.lanes()  # dear for wide data, so it is made beside the page too
            return found

        self.runner.start(work, self.show)

    def show(self, found: Any) -> None:
        """Show a detection in place of the one before."""
        self.space = Workspace(found)
        self.told.value = headline(found)
        self.result.children = (explorer(self.space),)
        self.result.layout.display = ""
