"""A score chart and lanes that grow: served by Panel beside the gallery, and run in notebooks."""

from __future__ import annotations

import numpy as np

from workbench.view.components.lanes import LanesState
from workbench.view.components.scores import ScoresState


class Growing:
    """Two states over the same values; each tick adds fifty rows."""

    def __init__(self) -> None:
        self.line, self.lanes = ScoresState(), LanesState()
        self._rng = np.random.default_rng(0)
        self._values = [*self._rng.normal(0, 1, 500)]
        self._show()

    def tick(self) -> bool:
        """Add fifty rows; window, brush and selection stay."""
        self._values.extend(self._rng.normal(0, 1, 50))
        with self.line.kept(), self.lanes.kept():
            self._show()
        return True

    def _show(self) -> None:
        scores = np.array(self._values)
        self.line.show(scores, threshold=3.0)
        self.lanes.show(("overall",), np.abs(scores)[None] * 20, scores, threshold=3.0)
        self.lanes.summary = f"{len(scores)} points"
