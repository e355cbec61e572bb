"""Keeps what an address says under a name: a view that one comes back to, and shows to others."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.core.errors import WorkbenchError
from workbench.view.pages._shell import WIDE
from workbench.view.pages._style import HTML
from workbench.view.wording import html

__all__ = ["keep_view"]


def keep_view(session: Any, page: str) -> list[Any]:
    """Return a field for a name and a button; nothing where nobody signs in.

    Parameters
    ----------
    session : DataSession
        Its query is what is kept.
    page : str
        The page that it belongs to.
    """
    if not session.engine.account():
        return []
    name = pmui.TextInput(label="Name of this view", size="small", max_length=120, **WIDE)
    told = pn.pane.HTML("", stylesheets=[HTML], **WIDE)

    def keep(*_: Any) -> None:
        try:
            session.engine.keep_view(name.value, page, session.query())
        except WorkbenchError as error:
            told.object = f'<p role="alert">{html(error)}</p>'
            return
        told.object = (
            f'<p role="status">Kept as “{html(name.value, 60)}”: it is among the saved views of '
            '<a href="home">Home</a>.</p>'
        )
        name.value = ""

    button = pmui.Button(label="Save view", variant="outlined", color="primary", **WIDE)
    button.on_click(keep)
    name.param.watch(keep, "enter_pressed")
    return [name, button, told]
