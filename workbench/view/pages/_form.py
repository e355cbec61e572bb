"""The left side of Explore: which data, which detector, which threshold; run and cancel."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.core.errors import WorkbenchError
from workbench.core.settings import settings
from workbench.view import uploads
from workbench.view.components.code_panel import Code, CodePanel
from workbench.view.engine import detectors, samples
from workbench.view.pages._columns import ColumnChoices
from workbench.view.pages._style import HTML
from workbench.view.session import RULES, Session
from workbench.view.wording import html, text

__all__ = ["Form"]

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
GAPS = ":host { gap: 12px; } :host > .scroll-button { display: none !important; }"


def _heading(words: str) -> Any:
    style = "font-size:12px;font-weight:500;margin:0;color:var(--soft);letter-spacing:.02em"
    return pn.pane.HTML(f'<h2 style="{style}">{words}</h2>', stylesheets=[HTML], **WIDE)


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
        self._samples = samples()
        self._make_data()
        self.columns = ColumnChoices(session, started)
        self._make_detector()
        self._make_run()
        self.code = Code()
        self.code_view = pn.Column(
            _heading("The same in Python"), CodePanel(self.code, **WIDE), visible=False, **WIDE
        )
        self.columns_view = pn.Column(
            _heading("Columns"), *self.columns.parts, pn.Spacer(height=4), visible=False,
            stylesheets=[GAPS], **WIDE,
        )  # fmt: skip
        self.view = pn.Column(
            _heading("Data"), self.sample, self.about, self.upload, self.limit, pn.Spacer(height=4),
            self.columns_view, _heading("Detection"), self.detector, self.rule, self.amount,
            self.reset, self.run, self.cancel, self.stage, pn.Spacer(height=4), self.code_view,
            sizing_mode="stretch_width", margin=(16, 16),
            stylesheets=[GAPS],
        )  # fmt: skip
        session.param.watch(lambda *_: self.follow(), ["source", "detector", "rule", "amount"])
        session.param.watch(lambda *_: self.follow(), ["stage", "found", "threshold"])
        self.follow()

    # ---- making -------------------------------------------------------------------------------

    def _make_data(self) -> None:
        options = {"Choose a sample": "", **{name: f"sample:{name}" for name in self._samples}}
        self.sample = pmui.Select(label="Sample", options=options, size="small", **WIDE)
        self.about = pn.pane.HTML("", stylesheets=[HTML], **WIDE)
        limit = settings().upload_limit
        self.upload = pmui.FileInput(
            label="Upload a file",
            accept=",".join(uploads.ENDINGS),
            variant="outlined",
            max_file_size=limit,
            chunk_size=2_000_000,
            **WIDE,
        )
        told = f"CSV, Parquet, JSON lines or Excel, up to {limit / 2**20:,.0f} MB."
        told += " It stays on this machine."
        self.limit = pn.pane.HTML(f"<small>{told}</small>", stylesheets=[HTML], **WIDE)
        self.sample.param.watch(self._sampled, "value")
        self.upload.param.watch(self._uploaded, "value")

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

    def _make_run(self) -> None:
        self.run = pmui.Button(
            label="Find anomalies", variant="contained", color="primary", icon="search", **WIDE
        )
        self.cancel = pmui.Button(label="Cancel", variant="outlined", visible=False, **WIDE)
        self.stage = pn.pane.HTML("", stylesheets=[HTML], visible=False, **WIDE)
        self.run.on_click(self._run)
        self.cancel.on_click(lambda *_: self.session.cancel())

    # ---- following the session ----------------------------------------------------------------

    def follow(self) -> None:
        """Show the session's choices and what can be done now."""
        session = self.session
        busy = session.stage in ("loading", "running")
        _, parameter, _ = RULES[session.rule]
        self._quiet = True
        known = session.source if session.source in self.sample.options.values() else ""
        self.sample.value = known
        self.about.object = f"<small>{self._about()}</small>"
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
        self.run.disabled = busy or session.dataset is None
        self.cancel.visible = self.stage.visible = busy
        self.columns_view.visible = bool(session.columns or session.roles)
        found = session.found
        self.code_view.visible = found is not None
        if found is not None:
            self.code.code = str(found.code)

    def _about(self) -> str:
        source = self.session.source
        if source.startswith("upload:"):
            return f"Uploaded: {html(source.rpartition('/')[2], 60)}"
        return html(self._samples.get(source.removeprefix("sample:"), ""))

    def progress(self) -> None:
        """Show how far the work has come."""
        job = self.session.job
        if job is not None:
            done = round(100 * job.fraction)
            self.stage.object = (
                '<div class="progress" role="progressbar" aria-label="Progress" aria-valuemin="0" '
                f'aria-valuemax="100" aria-valuenow="{done}"><b style="width:{done}%"></b></div>'
                f'<small role="status">{html(job.stage)} … {job.seconds:.0f} s</small>'
            )

    # ---- what a person does -------------------------------------------------------------------

    def _sampled(self, event: Any) -> None:
        if not self._quiet and event.new and event.new != self.session.source:
            self.session.pick(event.new)
            self._started()

    def _uploaded(self, event: Any) -> None:
        if not event.new:
            return
        try:
            self.session.pick(uploads.store(text(self.upload.filename or "upload"), event.new))
        except WorkbenchError as error:
            self.session.param.update(message=str(error), stage="failed")
            return
        self._started()

    def _detector_chosen(self, event: Any) -> None:
        if not self._quiet:
            self.session.detector = event.new

    def _rule_chosen(self, event: Any) -> None:
        if not self._quiet:
            self.session.set_rule(event.new)

    def _amount_chosen(self, event: Any) -> None:
        if not self._quiet and event.new is not None:
            self.session.set_rule(self.session.rule, event.new)

    def _run(self, _event: Any) -> None:
        self.session.param.update(row=None, brush=[], picked=None, window=[], threshold=None)
        self.session.run()
        self._started()
