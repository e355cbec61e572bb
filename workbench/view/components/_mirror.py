"""Keeps a server-side view and its state in step; the state is always right."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any, ClassVar

import param
from panel.custom import AnyWidgetComponent

__all__ = ["Mirror"]


class Mirror(AnyWidgetComponent):
    """Base of the thin views: parameters named in ``_wire`` mirror those of ``state``.

    Only ``asked`` travels from the browser to the state; all else travels to the browser.
    """

    __abstract = True

    _wire: ClassVar[tuple[str, ...]] = ()

    asked = param.Dict(default={}, doc="Latest wish of the person.")

    def __init__(self, state: Any, **params: Any) -> None:
        self.state = state
        super().__init__(**{name: getattr(state, name) for name in self._wire}, **params)
        state.param.watch(self._from_state, list(self._wire))
        self.param.watch(self._to_state, "asked")

    def _from_state(self, *events: Any) -> None:
        self.param.update({e.name: e.new for e in events if e.name != "asked"})

    @classmethod
    def _process_importmap(cls) -> dict[str, Any]:
        # Panel would name React at a CDN; these parts import nothing, so they need no map.
        return {}

    def _to_state(self, event: Any) -> None:
        self.state.asked = event.new
