"""Says which column is the time, the label and the entity, and which are left out and why."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.view.data_session import ROLES, DataSession
from workbench.view.pages._style import HTML
from workbench.view.wording import html, plural, text

__all__ = ["ColumnChoices", "left_out"]

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
MOST_LEFT_OUT = 30
AUTOMATIC = "\0"  # no column's name begins so


def left_out(data: Any) -> str:
    """Return which columns no detector looks at, and why; folded, for it is rarely asked."""
    reasons = {} if data is None else data.excluded
    if not reasons:
        return ""
    lines = "".join(
        f"<li><b>{html(name, 40)}</b>: {html(str(reason).partition('; pass ')[0], 160)}</li>"
        for name, reason in list(reasons.items())[:MOST_LEFT_OUT]
    )
    more = len(reasons) - MOST_LEFT_OUT
    lines += f"<li>and {plural(more, 'more column')}</li>" if more > 0 else ""
    told = plural(len(reasons), "column is", "columns are")
    return f'<details class="plain"><summary>{told} left out</summary><ul>{lines}</ul></details>'


class ColumnChoices:
    """Three choices that change the session's columns and follow it.

    Parameters
    ----------
    session : DataSession
        Whose columns are shown.
    started : callable
        Called after the data began to be read again.
    """

    def __init__(self, session: DataSession, started: Callable[[], None]) -> None:
        self.session = session
        self._started = started
        self._quiet = False
        self.choices = {
            role: pmui.Select(label=role.capitalize(), options=[""], size="small", **WIDE)
            for role in ROLES
        }
        self.left_out = pn.pane.HTML("", stylesheets=[HTML], visible=False, **WIDE)
        self.parts = [*self.choices.values(), self.left_out]
        for role, choice in self.choices.items():
            choice.param.watch(self._chosen(role), "value")
        session.param.watch(lambda *_: self.follow(), [*ROLES, "columns", "dataset", "stage"])
        self.follow()

    def follow(self) -> None:
        """Offer the columns of the data; what was found is named in the first choice."""
        session, data = self.session, self.session.dataset
        busy = session.stage in ("loading", "running")
        self._quiet = True
        for role, choice in self.choices.items():
            chosen = getattr(session, role)
            found = None if data is None or chosen else getattr(data, role)
            first = "found automatically" if chosen or data is None else "automatic: "
            if not chosen and data is not None:
                first += text(found, 32) if found is not None else "none found"
            # The browser keeps the words of a value that stays: new words, new value.
            automatic = f"{AUTOMATIC}{first}"
            offered = [*session.columns, *([chosen] if chosen not in session.columns else [])]
            options = {first: automatic, **_named(name for name in offered if name)}
            choice.param.update(options=options, value=chosen or automatic, disabled=busy)
        self._quiet = False
        self.left_out.object = left_out(data)
        self.left_out.visible = bool(self.left_out.object)

    def _chosen(self, role: str) -> Any:
        def chosen(event: Any) -> None:
            column = event.new or ""
            column = "" if column.startswith(AUTOMATIC) else column
            if not self._quiet and column != getattr(self.session, role):
                self.session.set_role(role, column)
                self._started()

        return chosen


def _named(columns: Any) -> dict[str, str]:
    """Return each column under words that differ, however long and alike the names are."""
    named: dict[str, str] = {}
    for column in columns:
        words = text(column, 40) or "(no name)"
        named[words if words not in named else f"{words} ({len(named) + 1})"] = column
    return named
