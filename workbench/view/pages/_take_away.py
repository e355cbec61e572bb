"""The button that hands out what is seen as a notebook."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import panel_material_ui as pmui

from workbench.core.errors import WorkbenchError
from workbench.view.notebook_file import notebook_file
from workbench.view.pages._live import WIDE

__all__ = ["take_away"]


def take_away(session: Any, seen: Callable[[], tuple[Any, dict[str, Any]]]) -> Any:
    """Return the button "Open as notebook".

    Parameters
    ----------
    session : DataSession
        Told in words when the file cannot be made.
    seen : callable
        Returns the result that is seen, and what is chosen in it.
    """

    def made() -> io.BytesIO:
        result, chosen = seen()
        try:
            button.filename, content = notebook_file(result, **chosen)
        except WorkbenchError as error:
            session.message = str(error)
            raise
        return io.BytesIO(content)

    button = pmui.FileDownload(
        callback=made, filename="workbench.ipynb", label="Open as notebook", variant="outlined",
        color="primary", **WIDE,
    )  # fmt: skip
    return button
