"""The tools in a notebook cell: components side by side, as ipywidgets lay them out."""

from __future__ import annotations

from typing import Any

from workbench.view.components.views import widget
from workbench.view.workspace import Workspace

__all__ = ["explorer", "labeller"]


def explorer(space: Workspace) -> Any:
    """Return lanes, table, reason, labels and copied Python of one result, for a cell or Voilà."""
    import ipywidgets as widgets

    # The bar stands above the reason, whose height changes from row to row: it stays in its place.
    side = _column([widget(space.labels), widget(space.why)], "1 1 360px")
    left = _column([widget(space.table)], "1.4 1 420px")
    return _whole([widget(space.lanes), _flow([left, side]), _folded(widgets, space)])


def labeller(space: Workspace) -> Any:
    """Return what one needs to say what rows are: the bar on top, the evidence below it."""
    import ipywidgets as widgets

    evidence = _flow(
        [
            _column([widget(space.lanes)], "1.4 1 420px"),
            _column([widget(space.why)], "1 1 360px"),
        ]
    )
    return _whole([widget(space.labels), evidence, _folded(widgets, space)])


def _whole(parts: list[Any]) -> Any:
    import ipywidgets as widgets

    box = widgets.VBox(parts, layout=widgets.Layout(width="100%", overflow="hidden"))
    box.add_class("workbench")
    return box


def _flow(parts: list[Any]) -> Any:
    """Side by side where there is room, below each other on a phone."""
    import ipywidgets as widgets

    return widgets.Box(
        parts,
        layout=widgets.Layout(
            display="flex", flex_flow="row wrap", width="100%", grid_gap="16px 24px"
        ),
    )


def _column(parts: list[Any], flex: str) -> Any:
    import ipywidgets as widgets

    # min_width 0: a wide table scrolls inside of its column instead of pushing it.
    return widgets.VBox(parts, layout=widgets.Layout(flex=flex, min_width="0", overflow="hidden"))


def _folded(widgets: Any, space: Workspace) -> Any:
    """Return the Python lines behind what is seen, folded away."""
    return widgets.Accordion(children=[widget(space.code)], titles=("Copy as Python",))
