"""The left side of Compare: which data, which detectors; run and cancel."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.view.compare_session import FEWEST, CompareSession
from workbench.view.components.code_panel import CodePanel
from workbench.view.components.detector_matrix import MOST_DETECTORS
from workbench.view.engine import detectors
from workbench.view.pages._data_form import GAPS, DataForm, RunForm, heading
from workbench.view.pages._keep_view import keep_view
from workbench.view.pages._live import WIDE, words
from workbench.view.pages._take_away import take_away

__all__ = ["CompareForm"]


class CompareForm:
    """The controls; they change the session and follow it.

    Parameters
    ----------
    session : CompareSession
        Whose choices are shown.
    started : callable
        Called after work was started, so that the page begins to look after it.
    """

    def __init__(self, session: CompareSession, started: Callable[[], None]) -> None:
        self.session = session
        self._started = started
        self._quiet = False
        self.data = DataForm(session, started)
        self.detectors = pmui.MultiChoice(label="Detectors", options=[], searchable=True, **WIDE)
        self.hint = words()
        self.running = RunForm(session, "Compare", self._run)
        space = session.space
        seen = take_away(
            session, lambda: (space.comparison, {"detector": space.detector, "row": space.row})
        )
        self.code_view = pn.Column(
            heading("The same in Python"), CodePanel(space.code, **WIDE), seen,
            *keep_view(session, "compare"), visible=False, stylesheets=[GAPS], **WIDE,
        )  # fmt: skip
        self.view = pn.Column(
            *self.data.parts, heading("Detectors"), self.detectors, self.hint,
            *self.running.parts, pn.Spacer(height=4), self.code_view,
            sizing_mode="stretch_width", margin=(16, 16), stylesheets=[GAPS],
        )  # fmt: skip
        self.detectors.param.watch(self._chosen, "value")
        session.param.watch(lambda *_: self.follow(), ["detectors", "stage", "comparison"])
        self.follow()

    def follow(self) -> None:
        """Show the session's choices and what can be done now."""
        session, chosen = self.session, list(self.session.detectors)
        known = detectors()
        self._quiet = True
        others = [name for name in chosen if name not in known]
        self.detectors.param.update(options=[*known, *others], value=chosen)
        self._quiet = False
        self.running.possible = FEWEST <= len(chosen) <= MOST_DETECTORS
        self.running.follow()
        told = f"{len(chosen)} chosen; {FEWEST} to {MOST_DETECTORS} can be compared."
        self.hint.object = f"<small>{told}</small>"
        self.code_view.visible = session.comparison is not None

    def progress(self) -> None:
        """Show how far the work has come."""
        self.running.progress()

    def _chosen(self, event: Any) -> None:
        if not self._quiet:
            self.session.detectors = list(event.new)

    def _run(self) -> None:
        self.session.forget()
        self.session.run()
        self._started()
