"""Served beside the gallery by its tests: a score chart and lanes that grow twice a second."""

import sys
from pathlib import Path

import panel as pn

from workbench.view.components.views import panel

sys.path.insert(0, str(Path(__file__).parent))

from growing import Growing

grown = Growing()
pn.Column(
    *(panel(state, sizing_mode="stretch_width") for state in (grown.line, grown.lanes))
).servable()
pn.state.add_periodic_callback(grown.tick, period=500)
