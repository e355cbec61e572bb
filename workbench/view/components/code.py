"""Hands out the Python lines behind what is on the screen."""

from __future__ import annotations

import param

from workbench.view.components._state import ComponentState

__all__ = ["Code"]


class Code(ComponentState):
    """The lines to show, with a copy button."""

    WIRE = ("code",)

    code = param.String(default="", doc="Runnable lines of Python.")

    @classmethod
    def example(cls, case: str) -> Code:
        """Return a state for the gallery."""
        from workbench.view.components import _examples

        state = cls()
        if not _examples.phase(state, case, "Nothing has been run yet. Choose data first."):
            lines = str(_examples.detection("many").code).splitlines()
            state.code = "\n".join(lines if case == "many" else lines[:1])
        return state
