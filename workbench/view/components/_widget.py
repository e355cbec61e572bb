"""Keeps a notebook's widget and its state in step; the state is always right."""

from __future__ import annotations

from functools import cache
from types import new_class
from typing import Any, ClassVar, cast

import anywidget
import param
import traitlets

from workbench.view.components._esm import esm
from workbench.view.components._state import ComponentState

__all__ = ["Widget", "widget_of"]

#: Which trait carries which parameter; the first that fits is taken.
KINDS: tuple[tuple[type, type], ...] = (
    (param.Bytes, traitlets.Bytes),
    (param.String, traitlets.Unicode),
    (param.Boolean, traitlets.Bool),
    (param.Integer, traitlets.Int),
    (param.Number, traitlets.Float),
    (param.Dict, traitlets.Dict),
    (param.List, traitlets.List),
)


class Widget(anywidget.AnyWidget):
    """Base of the notebook views: traits named in ``_wire`` mirror parameters of ``state``."""

    _wire: ClassVar[tuple[str, ...]] = ()

    def __init__(self, state: Any, **traits: Any) -> None:
        self.state = state
        super().__init__(**{name: getattr(state, name) for name in self._wire}, **traits)
        state.param.watch(self._from_state, list(self._wire))
        self.observe(self._to_state, names=["asked"])

    def _from_state(self, *events: Any) -> None:
        with self.hold_trait_notifications():
            for event in events:
                if event.name != "asked":
                    setattr(self, event.name, event.new)

    def _to_state(self, change: Any) -> None:
        self.state.asked = change["new"]


@cache
def widget_of(state: type[ComponentState]) -> type[Widget]:
    """Return the notebook view of a state: one synchronised trait for each that travels.

    Parameters
    ----------
    state : type of ComponentState
        Its module is named like the ESM file.
    """
    inside = {name: _trait(state.param[name]) for name in state.wire()}
    words = {
        "__doc__": f"A thin view on a ``{state.__name__}``; the traits mirror its parameters.",
        "__module__": state.__module__,
        "_wire": state.wire(),
        "_esm": esm(state.__module__.rpartition(".")[2]),
    }
    name = state.__name__.removesuffix("State") + "Widget"
    made = new_class(name, (Widget,), exec_body=lambda body: body.update(words | inside))
    return cast(type[Widget], made)


def _trait(item: Any) -> Any:
    kind = next(trait for known, trait in KINDS if isinstance(item, known))
    default: Any = None if item.default in ({}, []) else item.default
    more = {} if default is None and not item.allow_None else {"default_value": default}
    trait: Any = kind(allow_none=bool(item.allow_None), help=item.doc, **more)
    return trait.tag(sync=True)
