"""Puts the severity lanes into a server page."""

from __future__ import annotations

from pathlib import Path

import param

from workbench.view.components._mirror import Mirror
from workbench.view.components.lanes import WIRE

__all__ = ["LanesPanel"]


class LanesPanel(Mirror):
    """A thin view on a ``LanesState``; the parameters mirror the state's."""

    _wire = WIRE
    _esm = Path(__file__).with_name("lanes.js")

    frame = param.Bytes(default=b"", doc="Cells of the visible window.")
    overview = param.Bytes(default=b"", doc="Cells of the whole axis.")
    threshold = param.Number(default=None, allow_None=True, doc="Score that counts.")
    preview = param.Dict(default={}, doc="Threshold tried out.")
    selected = param.Dict(default={}, doc="Selected row.")
    brush = param.List(default=[], doc="Brushed range.")
    note = param.String(default="", doc="Sentence about the selected row.")
    summary = param.String(default="", doc="Words in place of the picture.")
