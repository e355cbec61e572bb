"""Keeps a server-side view and its state in step; the state is always right."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from functools import cache
from types import new_class
from typing import Any, ClassVar, cast

import param
from panel.custom import AnyWidgetComponent

from workbench.view.components._esm import esm
from workbench.view.components._state import ComponentState

__all__ = ["Mirror", "mirror_of"]


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


@cache
def mirror_of(state: type[ComponentState]) -> type[Mirror]:
    """Return the Panel view of a state: one parameter for each that travels.

    Parameters
    ----------
    state : type of ComponentState
        Its module is named like the ESM file.
    """
    inside = {name: _copy(state.param[name]) for name in state.wire() if name not in Mirror.param}
    words = {
        "__doc__": f"A thin view on a ``{state.__name__}``; the parameters mirror the state's.",
        "__module__": state.__module__,
        "_wire": state.wire(),
        "_esm": esm(state.__module__.rpartition(".")[2]),
    }
    name = state.__name__.removesuffix("State") + "Panel"
    made = new_class(name, (Mirror,), exec_body=lambda body: body.update(words | inside))
    return cast(type[Mirror], made)


def _copy(item: Any) -> Any:
    return type(item)(default=item.default, doc=item.doc, allow_None=item.allow_None)
