"""Lets a page be driven from the keyboard, and tells which keys there are."""

from __future__ import annotations

from pathlib import Path

import param

from workbench.view.components._mirror import Mirror

__all__ = ["Keys", "KeysPanel"]


class Keys(param.Parameterized):
    """What the person pressed: ``{"what": "step", "by": 1}`` for j, -1 for k."""

    asked = param.Dict(default={}, doc="Latest wish of the person.")


class KeysPanel(Mirror):
    """A round "?" button and the hotkeys of the page around it."""

    _wire = ("asked",)
    _esm = Path(__file__).with_name("keys.js")
