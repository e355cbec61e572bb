"""Puts the histogram into a server page."""

from __future__ import annotations

from workbench.view.components._mirror import mirror_of
from workbench.view.components.histogram import HistogramState

__all__ = ["HistogramPanel"]

HistogramPanel = mirror_of(HistogramState)
