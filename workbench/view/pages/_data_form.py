"""The part of a form that says which data: a sample or an upload, and what its columns mean."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.core.errors import WorkbenchError
from workbench.core.settings import settings
from workbench.view import uploads
from workbench.view.data_session import DataSession
from workbench.view.engine import samples
from workbench.view.pages._columns import ColumnChoices
from workbench.view.pages._live import WIDE
from workbench.view.pages._style import HTML
from workbench.view.wording import html, text

__all__ = ["GAPS", "DataForm", "RunForm", "heading"]

#: Beside the words of the button: the font of icons would be fetched for this one sign.
LENS = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M15.5 14h-.8l-.3-.3a6.5 '
    "6.5 0 1 0-.7.7l.3.3v.8l5 5 1.5-1.5zm-6 0a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9z"
    '"/></svg>'
)
GAPS = ":host { gap: 12px; } :host > .scroll-button { display: none !important; }"


def heading(told: str) -> Any:
    """Return the small title of a part of a form."""
    style = "font-size:12px;font-weight:500;margin:0;color:var(--soft);letter-spacing:.02em"
    return pn.pane.HTML(f'<h2 style="{style}">{told}</h2>', stylesheets=[HTML], **WIDE)


class DataForm:
    """Controls that change the session's data and follow it.

    Parameters
    ----------
    session : DataSession
        Whose choices are shown.
    started : callable
        Called after work was started, so that the page begins to look after it.
    """

    def __init__(self, session: DataSession, started: Callable[[], None]) -> None:
        self.session = session
        self._started = started
        self._quiet = False
        self._samples = samples()
        options = {"Choose data": "", **session.engine.choices()}
        own = any(not source.startswith("sample:") for source in session.engine.choices().values())
        self.sample = pmui.Select(
            label="Data" if own else "Sample", options=options, size="small", **WIDE
        )
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
        told = f"CSV, Parquet, JSON lines, Excel or a log, up to {limit / 2**20:,.0f} MB."
        told += f" It {session.engine.STAYS}."
        self.limit = pn.pane.HTML(f"<small>{told}</small>", stylesheets=[HTML], **WIDE)
        self.columns = ColumnChoices(session, started)
        self.columns_view = pn.Column(
            heading("Columns"), *self.columns.parts, pn.Spacer(height=4), visible=False,
            stylesheets=[GAPS], **WIDE,
        )  # fmt: skip
        self.parts = [
            heading("Data"), self.sample, self.about, self.upload, self.limit, pn.Spacer(height=4),
            self.columns_view,
        ]  # fmt: skip
        self.sample.param.watch(self._sampled, "value")
        self.upload.param.watch(self._uploaded, "value")
        session.param.watch(lambda *_: self.follow(), ["source", "stage", "columns"])
        self.follow()

    def follow(self) -> None:
        """Show which data the session has."""
        session = self.session
        self._quiet = True
        known = session.source if session.source in self.sample.options.values() else ""
        self.sample.value = known
        self._quiet = False
        self.about.object = f"<small>{self._about()}</small>"
        self.columns_view.visible = bool(session.columns or session.roles)

    def _about(self) -> str:
        source = self.session.source
        if source.startswith("upload:"):
            return f"Uploaded: {html(source.rpartition('/')[2], 60)}"
        return html(self._samples.get(source.removeprefix("sample:"), ""))

    def _sampled(self, event: Any) -> None:
        if not self._quiet and event.new and event.new != self.session.source:
            self.session.pick(event.new)
            self._started()

    def _uploaded(self, event: Any) -> None:
        if not event.new:
            return
        try:
            name = text(self.upload.filename or "upload")
            self.session.pick(self.session.engine.take_in(name, event.new))
        except WorkbenchError as error:
            self.session.param.update(message=str(error), stage="failed")
            return
        self._started()


class RunForm:
    """The button that starts, the one that cancels, and how far the work has come.

    Parameters
    ----------
    session : DataSession
        Whose work is shown.
    label : str
        What the button says.
    start : callable
        Begins the work.
    """

    def __init__(self, session: DataSession, label: str, start: Callable[[], None]) -> None:
        self.session = session
        self.run = pmui.Button(label=label, variant="contained", color="primary", icon=LENS, **WIDE)
        self.cancel = pmui.Button(label="Cancel", variant="outlined", visible=False, **WIDE)
        self.stage = pn.pane.HTML("", stylesheets=[HTML], visible=False, **WIDE)
        self.parts = [self.run, self.cancel, self.stage]
        #: Whether what was chosen can be run; a form may say no.
        self.possible = True
        self.run.on_click(lambda *_: start())
        self.cancel.on_click(lambda *_: session.cancel())
        session.param.watch(lambda *_: self.follow(), ["stage", "dataset"])
        self.follow()

    def follow(self) -> None:
        """Show what can be done now."""
        busy = self.session.stage in ("loading", "running")
        self.run.disabled = busy or self.session.dataset is None or not self.possible
        self.cancel.visible = self.stage.visible = busy

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
