"""Says how good the ranking is where labels are, and how far to trust it where none are."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.view.pages._style import CARD, HTML
from workbench.view.session import Session
from workbench.view.wording import html

__all__ = ["TrustCard", "figures"]

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}

#: Metrics shown where labels are, and what people call them.
SHOWN = {
    "roc_auc": "ROC-AUC",
    "average_precision": "Average precision",
    "f1": "F1 at the threshold",
    "vus_pr": "VUS-PR",
}


def _share(value: float) -> str:
    return f"{value:.2f}" if value == value else "–"  # NaN differs from itself


def _line(item: Any, name: str, meaning: str) -> str:
    span = "" if item.low is None else f"<small>{_share(item.low)} to {_share(item.high)}</small>"
    return (
        f'<li><div class="top"><span class="name">{html(name, 60)}</span>'
        f'<span class="value">{span} <b>{_share(item.value)}</b></span></div>'
        f'<div class="under"><span>{html(meaning, 160)}</span></div></li>'
    )


def figures(evaluation: Any) -> str:
    """Return the figures with their intervals, and the statement that belongs beside them."""
    if evaluation.labelled:
        items = [(item, SHOWN[item.name]) for item in evaluation.metrics if item.name in SHOWN]
    else:
        items = [(item, f"{item.name[0].upper()}{item.name[1:]}") for item in evaluation.metrics]
    known = {item.name: item.value for item in evaluation.metrics}
    parts = [f"{name} {_share(known[name])}" for name in ("precision", "recall") if name in known]
    told = {"f1": f"{' and '.join(parts)}, row by row"} if parts else {}
    lines = "".join(_line(item, name, told.get(item.name, item.meaning)) for item, name in items)
    return (
        f'<ul class="parts figures">{lines}</ul>'
        f'<p style="margin-top:10px"><small>{html(evaluation.statement, 600)}</small></p>'
    )


class TrustCard:
    """A small card; with a label it fills by itself, without one it waits for the wish.

    Parameters
    ----------
    session : Session
        Whose result is judged.
    started : callable
        Called when something is being worked out.
    """

    def __init__(self, session: Session, started: Callable[[], None]) -> None:
        self.session = session
        self._started = started
        self.title = pn.pane.HTML("", stylesheets=[HTML], **WIDE)
        self.body = pn.pane.HTML("", stylesheets=[HTML], **WIDE)
        self.ask = pmui.Button(label="", variant="outlined", size="small", **WIDE)
        self.ask.on_click(lambda *_: session.judge())
        self.view = pn.Column(
            self.title, self.body, self.ask, stylesheets=[CARD, ":host { gap: 10px; }"],
            css_classes=["sixth"], **WIDE,
        )  # fmt: skip
        session.param.watch(lambda *_: self.follow(), ["found", "evaluation", "judging", "doubt"])
        self.follow()

    def follow(self) -> None:
        """Show what is known, what is going on, or what can be asked for."""
        session = self.session
        if session.found is None:
            return
        label = session.found.dataset.label
        known = session.evaluation is not None
        self.ask.visible = not known and not session.judging
        if label is not None:
            self.title.object = f"<h2>Against the label <small>{html(label, 40)}</small></h2>"
            self.ask.label = "Measure against the label"
        else:
            self.title.object = "<h2>Trust</h2>"
            self.ask.label = "How far can this be trusted?"
        if session.judging:
            self._started()
            told = "measuring" if label is not None else "asking other detectors, learning again"
            self.body.object = f'<small role="status">{told} …</small>'
        elif known:
            self.body.object = figures(session.evaluation)
        elif session.doubt:
            self.body.object = f'<p role="status">{html(session.doubt, 600)}</p>'
        else:
            self.body.object = (
                "<small>There are many rows: measuring takes a while.</small>"
                if label is not None
                else "<small>No column says which rows are anomalies. Other detectors can be "
                "asked, and half of the rows left out, to see whether the ranking stays."
                "</small>"
            )
