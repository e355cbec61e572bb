"""Tells at a glance how many anomalies there are of each severity, and filters by a click."""

from __future__ import annotations

from typing import Any

import param

from workbench.view.components import _examples
from workbench.view.components._state import BadWish, ComponentState, Wish

__all__ = ["BandTallyState"]


class BandTallyState(ComponentState):
    """One button a band; needs neither browser nor server."""

    WIRE = ("counts", "chosen")

    counts = param.Dict(default={}, doc="Anomalies in each severity band.")
    chosen = param.String(default="", doc="Band that a person chose, or empty.")

    @classmethod
    def example(cls, case: str) -> BandTallyState:
        """Return a state for the gallery."""
        state = cls()
        if not _examples.phase(state, case, "No anomalies. Lower the threshold."):
            state.show(_examples.detection(case))
        return state

    def show(self, found: Any) -> None:
        """Count the anomalies of a detection."""
        told = ", ".join(f"{count} {name}" for name, count in found.bands.items())
        self.param.update(counts=found.bands, chosen="", summary=f"Anomalies: {told}.", phase={})

    def _on_choose(self, wish: Wish) -> None:
        name = wish.words("band")
        if name not in self.counts:
            raise BadWish("band")
        self.chosen = "" if name == self.chosen else name
