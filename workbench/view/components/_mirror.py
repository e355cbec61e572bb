"""Keeps a server-side view and its state in step; the state is always right."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import hashlib
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
    #: Of the ESM text: the browser keeps modules under it.
    _digest: ClassVar[str] = ""

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

    def _get_properties(self, doc: Any) -> dict[str, Any]:
        # Told that it is translated already, the browser does not do so again for each part.
        return {**super()._get_properties(doc), "bundle": self._digest}

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
    text = esm(state.__module__.rpartition(".")[2])
    words = {
        "__doc__": f"A thin view on a ``{state.__name__}``; the parameters mirror the state's.",
        "__module__": state.__module__,
        "_wire": state.wire(),
        "_esm": text,
        "_digest": hashlib.sha256(text.encode()).hexdigest(),
    }
    name = state.__name__.removesuffix("State") + "Panel"
    made = new_class(name, (Mirror,), exec_body=lambda body: body.update(words | inside))
    return cast(type[Mirror], made)


def _copy(item: Any) -> Any:
    return type(item)(default=item.default, doc=item.doc, allow_None=item.allow_None)
