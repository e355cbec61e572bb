"""Puts the lanes into a notebook cell: JupyterLab, Voilà, VS Code."""

from __future__ import annotations

from workbench.view.components._widget import widget_of
from workbench.view.components.lanes import LanesState

__all__ = ["LanesWidget"]

LanesWidget = widget_of(LanesState)
