"""Puts the severity lanes into a notebook cell: JupyterLab, Voilà, VS Code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workbench.view.components.lanes import WIRE, LanesState

__all__ = ["LanesWidget"]


class LanesWidget(anywidget.AnyWidget):
    """A thin view on a :class:`LanesState`; the traits mirror its parameters.

    Examples
    --------
    >>> widget = LanesWidget(LanesState(threshold=0.5))
    >>> widget.state.threshold = 0.7
    >>> widget.threshold
    0.7
    """

    _esm = Path(__file__).with_name("lanes.js")

    frame = traitlets.Bytes(b"", help="Cells of the visible window.").tag(sync=True)
    overview = traitlets.Bytes(b"", help="Cells of the whole axis.").tag(sync=True)
    threshold = traitlets.Float(None, allow_none=True, help="Score that counts.").tag(sync=True)
    preview = traitlets.Dict(help="Threshold tried out.").tag(sync=True)
    selected = traitlets.Dict(help="Selected row.").tag(sync=True)
    brush: Any = traitlets.List(help="Brushed range.").tag(sync=True)
    note = traitlets.Unicode(help="Sentence about the selected row.").tag(sync=True)
    summary = traitlets.Unicode(help="Words in place of the picture.").tag(sync=True)
    asked = traitlets.Dict(help="Latest wish of the person.").tag(sync=True)

    def __init__(self, state: LanesState, **traits: Any) -> None:
        self.state = state
        super().__init__(**{name: getattr(state, name) for name in WIRE}, **traits)
        state.param.watch(self._from_state, list(WIRE))
        self.observe(self._to_state, names=["asked"])

    def _from_state(self, *events: Any) -> None:
        with self.hold_trait_notifications():
            for event in events:
                if event.name != "asked":
                    setattr(self, event.name, event.new)

    def _to_state(self, change: Any) -> None:
        self.state.asked = change["new"]
