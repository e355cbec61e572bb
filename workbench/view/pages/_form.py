"""The left side of Explore: which data, which detector, which threshold; run and cancel."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.view.components.code_panel import Code, CodePanel
from workbench.view.engine import detectors
from workbench.view.pages._data_form import GAPS, DataForm, RunForm, heading
from workbench.view.pages._keep_view import keep_view
from workbench.view.pages._live import WIDE
from workbench.view.pages._take_away import take_away
from workbench.view.session import RULES, Session

__all__ = ["Form"]


class Form:
    """The controls; they change the session and follow it.

    Parameters
    ----------
    session : Session
        Whose choices are shown.
    started : callable
        Called after work was started, so that the page begins to look after it.
    """

    def __init__(self, session: Session, started: Any) -> None:
        self.session = session
        self._started = started
        self._quiet = False
        self.data = DataForm(session, started)
        self._make_detector()
        self.running = RunForm(session, "Find anomalies", self._run)
        self.code = Code()
        self.code_view = pn.Column(
            heading("The same in Python"),
            CodePanel(self.code, **WIDE),
            take_away(session, lambda: (session.found, session.chosen())),
            *keep_view(session, "explore"),
            visible=False,
            stylesheets=[GAPS],
            **WIDE,
        )
        self.view = pn.Column(
            *self.data.parts, heading("Detection"), self.detector, self.rule, self.amount,
            self.reset, *self.running.parts, pn.Spacer(height=4), self.code_view,
            sizing_mode="stretch_width", margin=(16, 16), stylesheets=[GAPS],
        )  # fmt: skip
        session.param.watch(lambda *_: self.follow(), ["detector", "rule", "amount"])
        session.param.watch(lambda *_: self.follow(), ["stage", "found", "threshold"])
        self.follow()

    def _make_detector(self) -> None:
        options = {"automatic choice" if name == "auto" else name: name for name in detectors()}
        rules = {words: name for name, (words, _, _) in RULES.items()}
        self.detector = pmui.Select(label="Detector", options=options, size="small", **WIDE)
        self.rule = pmui.Select(label="Threshold rule", options=rules, size="small", **WIDE)
        self.amount = pmui.FloatInput(label="Share", size="small", step=0.01, **WIDE)
        self.reset = pmui.Button(
            label="Back to the rule's threshold",
            variant="text",
            size="small",
            visible=False,
            **WIDE,
        )
        self.detector.param.watch(self._detector_chosen, "value")
        self.rule.param.watch(self._rule_chosen, "value")
        self.amount.param.watch(self._amount_chosen, "value")
        self.reset.on_click(lambda *_: self.session.set_threshold(None))

    # ---- following the session ----------------------------------------------------------------

    def follow(self) -> None:
        """Show the session's choices and what can be done now."""
        session = self.session
        _, parameter, _ = RULES[session.rule]
        self._quiet = True
        self.detector.value = session.detector if session.detector in detectors() else "auto"
        self.rule.value = session.rule
        label = {"contamination": "Share of the rows", "n": "Rows a day", "factor": "Factor"}
        self.amount.param.update(
            label=label.get(parameter, "Quantile"),
            value=session.amount,
            visible=bool(parameter),
        )
        self._quiet = False
        self.reset.visible = session.threshold is not None and session.found is not None
        found = session.found
        self.code_view.visible = found is not None
        if found is not None:
            self.code.code = str(found.code)

    def progress(self) -> None:
        """Show how far the work has come."""
        self.running.progress()

    # ---- what a person does -------------------------------------------------------------------

    def _detector_chosen(self, event: Any) -> None:
        if not self._quiet:
            self.session.detector = event.new

    def _rule_chosen(self, event: Any) -> None:
        if not self._quiet:
            self.session.set_rule(event.new)

    def _amount_chosen(self, event: Any) -> None:
        if not self._quiet and event.new is not None:
            self.session.set_rule(self.session.rule, event.new)

    def _run(self) -> None:
        self.session.param.update(row=None, brush=[], picked=None, window=[], threshold=None)
        self.session.run()
        self._started()
