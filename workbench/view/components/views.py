"""Shows any component's state: in a notebook cell, or on a server page."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.view.components._mirror import Mirror
    from workbench.view.components._state import ComponentState
    from workbench.view.components._widget import Widget

__all__ = ["panel", "states", "widget"]


def widget(state: ComponentState, **traits: Any) -> Widget:
    """Return a component for JupyterLab, Voilà or VS Code; needs anywidget.

    Parameters
    ----------
    state : ComponentState
        What it shows; several views may share one.
    **traits
        Further traits of the widget, such as ``layout``.
    """
    from workbench.view.components._widget import widget_of

    return widget_of(type(state))(state, **traits)


def panel(state: ComponentState, **params: Any) -> Mirror:
    """Return a component for a page of the server; needs Panel.

    Parameters
    ----------
    state : ComponentState
        What it shows; several views may share one.
    **params
        Panel's own parameters, such as ``sizing_mode``.
    """
    from workbench.view.components._mirror import mirror_of

    return mirror_of(type(state))(state, **params)


def states() -> dict[str, type[ComponentState]]:
    """Return the state class of every component: an ESM file makes a component.

    Examples
    --------
    >>> "lanes" in states()
    True
    """
    from workbench.view.components._state import ComponentState

    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.js")):
        module = importlib.import_module(f"{__package__}.{path.stem}")
        found[path.stem] = next(
            kind
            for _, kind in inspect.getmembers(module, inspect.isclass)
            if issubclass(kind, ComponentState) and kind.__module__ == module.__name__
        )
    return found
