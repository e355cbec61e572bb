"""Puts the lanes into a server page."""

from __future__ import annotations

from workbench.view.components._mirror import mirror_of
from workbench.view.components.lanes import LanesState

__all__ = ["LanesPanel"]

LanesPanel = mirror_of(LanesState)
