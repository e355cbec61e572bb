"""Puts the table into a server page."""

from __future__ import annotations

from workbench.view.components._mirror import mirror_of
from workbench.view.components.table import TableState

__all__ = ["TablePanel"]

TablePanel = mirror_of(TableState)
