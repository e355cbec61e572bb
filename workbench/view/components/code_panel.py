"""Hands out the Python lines behind what is on the screen."""

from __future__ import annotations

from pathlib import Path

import param

from workbench.view.components._mirror import Mirror

__all__ = ["Code", "CodePanel"]


class Code(param.Parameterized):
    """The lines to show."""

    code = param.String(default="", doc="Runnable lines of Python.")
    asked = param.Dict(default={}, doc="Not used.")


class CodePanel(Mirror):
    """The lines with a copy button."""

    _wire = ("code",)
    _esm = Path(__file__).with_name("code.js")

    code = param.String(default="", doc="Runnable lines of Python.")
