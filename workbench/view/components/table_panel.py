"""Puts the table of anomalies into a server page."""

from __future__ import annotations

from pathlib import Path

import param

from workbench.view.components._mirror import Mirror
from workbench.view.components.table import WIRE

__all__ = ["TablePanel"]


class TablePanel(Mirror):
    """A thin view on a ``TableState``; the parameters mirror the state's."""

    _wire = WIRE
    _esm = Path(__file__).with_name("table.js")

    columns = param.List(default=[], doc="Columns: name, whether numeric.")
    lines = param.List(default=[], doc="Visible lines.")
    selected = param.Integer(default=None, allow_None=True, doc="Row that is open.")
    sort = param.Dict(default={}, doc="Sorted column and direction.")
    page = param.Integer(default=0, doc="Visible page.")
    pages = param.Integer(default=1, doc="Number of pages.")
    status = param.String(default="", doc="How many are listed.")
    search = param.String(default="", doc="Text searched for.")
