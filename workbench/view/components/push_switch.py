"""Lets a person turn notifications in their browser on and off."""

from __future__ import annotations

from collections.abc import Callable

import param

from workbench.view.components._state import ComponentState, Wish

__all__ = ["PushSwitch"]


class PushSwitch(ComponentState):
    """A button that asks the browser, and says in words why it cannot be.

    All of it is done by the browser: permission is asked for within the click. What it then did
    arrives as ``asked``: ``{"what": "changed"}``; where it is, as ``{"what": "zone", "zone":
    "Europe/Berlin"}``.
    """

    WIRE = ("devices",)

    devices = param.List(default=[], doc="Ids of the person's devices that the server knows.")

    def __init__(self, **params: object) -> None:
        #: Called when the browser was turned on or off, and with the name of its time zone.
        self.on_change: Callable[[], None] = lambda: None
        self.on_zone: Callable[[str], None] = lambda zone: None
        super().__init__(**params)

    def _on_changed(self, wish: Wish) -> None:
        self.on_change()

    def _on_zone(self, wish: Wish) -> None:
        self.on_zone(wish.words("zone", 64))

    @classmethod
    def example(cls, case: str) -> PushSwitch:
        """Return a state for the gallery."""
        from workbench.view.components import _examples

        state = cls()
        _examples.phase(state, case, "There is no browser to turn it on in.")
        return state
