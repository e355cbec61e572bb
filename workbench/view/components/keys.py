"""Lets a page be driven from the keyboard, and tells which keys there are."""

from __future__ import annotations

from workbench.view.components._state import ComponentState

__all__ = ["Keys"]


class Keys(ComponentState):
    """A round "?" button and the hotkeys of the page around it.

    What the person pressed arrives as ``asked``: ``{"what": "step", "by": 1}`` for j, -1 for k.
    """

    @classmethod
    def example(cls, case: str) -> Keys:
        """Return a state for the gallery."""
        from workbench.view.components import _examples

        state = cls()
        _examples.phase(state, case, "This page has no shortcuts.")
        return state
