"""Puts the score histogram into a server page."""

from __future__ import annotations

from pathlib import Path

import param

from workbench.view.components._mirror import Mirror
from workbench.view.components.histogram import WIRE

__all__ = ["HistogramPanel"]


class HistogramPanel(Mirror):
    """A thin view on a ``HistogramState``; the parameters mirror the state's."""

    _wire = WIRE
    _esm = Path(__file__).with_name("histogram.js")

    bars = param.List(default=[], doc="Rows in each bin.")
    inside = param.List(default=[], doc="Rows of the brushed range in each bin.")
    low = param.Number(default=0.0, doc="Lower end of the first bin.")
    high = param.Number(default=1.0, doc="Upper end of the last bin.")
    threshold = param.Number(default=None, allow_None=True, doc="Score that counts.")
    preview = param.Dict(default={}, doc="Threshold tried out.")
    summary = param.String(default="", doc="Words in place of the picture.")
