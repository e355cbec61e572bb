"""Puts the hotkeys into a server page."""

from __future__ import annotations

from workbench.view.components._mirror import mirror_of
from workbench.view.components.keys import Keys

__all__ = ["Keys", "KeysPanel"]

KeysPanel = mirror_of(Keys)
