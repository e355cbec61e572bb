"""Served beside the gallery by its tests: a score chart and lanes that grow twice a second."""

import numpy as np
import panel as pn

from workbench.view.components.lanes import LanesState
from workbench.view.components.scores import ScoresState
from workbench.view.components.views import panel

line, lanes = ScoresState(), LanesState()
rng = np.random.default_rng(0)
values = [*rng.normal(0, 1, 500)]


def show() -> None:
    """Show all values so far; window, brush and selection stay."""
    scores = np.array(values)
    line.show(scores, threshold=3.0)
    lanes.show(("overall",), np.abs(scores)[None] * 20, scores, threshold=3.0)
    lanes.summary = f"{len(scores)} points"


def tick() -> None:
    """Add fifty rows."""
    values.extend(rng.normal(0, 1, 50))
    with line.kept(), lanes.kept():
        show()


show()
pn.Column(*(panel(state, sizing_mode="stretch_width") for state in (line, lanes))).servable()
pn.state.add_periodic_callback(tick, period=500)
