"""The tools in a notebook cell: components side by side, as ipywidgets lay them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.view.comparing import Comparing
from workbench.view.components.views import widget
from workbench.view.wording import html
from workbench.view.workspace import Workspace

if TYPE_CHECKING:
    from workbench.view.watching import Watching

__all__ = ["comparer", "explorer", "labeller", "watched", "watcher"]

#: How columns share a cell of JupyterLab at 1440 pixels, which is about 1000 wide: the table shows
#: all that one decides by, the reasons stand beside it. Narrower, they stand below.
LEFT, SIDE = "3 1 520px", "1 1 340px"


def explorer(space: Workspace) -> Any:
    """Return lanes, table, reason, labels and copied Python of one result, for a cell or Voilà.

    Of a graph, the nodes and edges too.
    """
    import ipywidgets as widgets

    # The bar stands above the reason, whose height changes from row to row: it stays in its place.
    side = _column([widget(space.labels), widget(space.why)], SIDE)
    left = _column([widget(space.table)], LEFT)
    top = [space.lanes] if space.graph is None else [space.graph, space.lanes]
    return _whole([*map(widget, top), _flow([left, side]), _folded(widgets, space)])


def labeller(space: Workspace) -> Any:
    """Return what one needs to say what rows are: the bar on top, the evidence below it."""
    import ipywidgets as widgets

    evidence = _flow(
        [
            _column([widget(space.lanes)], LEFT),
            _column([widget(space.why)], SIDE),
        ]
    )
    return _whole([widget(space.labels), evidence, _folded(widgets, space)])


def _whole(parts: list[Any]) -> Any:
    import ipywidgets as widgets

    layout = widgets.Layout(width="100%", overflow="hidden", grid_gap="12px")
    box = widgets.VBox(parts, layout=layout)
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
    return widgets.VBox(
        parts, layout=widgets.Layout(flex=flex, min_width="0", overflow="hidden", grid_gap="12px")
    )


def _folded(widgets: Any, space: Workspace | Comparing) -> Any:
    """Return the Python lines behind what is seen, folded away."""
    return widgets.Accordion(children=[widget(space.code)], titles=("Copy as Python",))


def comparer(space: Comparing) -> Any:
    """Return matrix, one detector's anomalies, disputed rows, reason and copied Python."""
    import ipywidgets as widgets

    looked, listed = widgets.HTML(), widgets.HTML()

    def name(*_: Any) -> None:
        looked.value = _heading(f"What {space.detector} finds")
        listed.value = _heading("Disputed rows", space.listed)

    space.param.watch(name, ["detector", "listed"])
    name()
    left = _column([listed, widget(space.disputed), looked, widget(space.table)], LEFT)
    side = _column([widget(space.why)], SIDE)
    parts = [widget(space.matrix), widget(space.lanes), _flow([left, side])]
    return _whole([*parts, _folded(widgets, space)])


def _heading(words: str, more: str = "") -> str:
    small = f"<br><small>{html(more)}</small>" if more else ""
    return f"<strong>{html(words, 120)}</strong>{small}"


def watched(live: Any) -> tuple[Watching, Any]:
    """Return what is seen of a monitor of this process, and its parts: lanes that flow, cards."""
    from workbench.view.watching import Watching, incidents_of

    def incidents() -> tuple[list[Any], int]:
        found = incidents_of(live.firings)
        return found, len(found)

    watching = Watching(live, incidents, chart=False)
    return watching, _whole([widget(watching.flow), widget(watching.cards)])


def watcher(live: Any) -> Any:
    """Return lanes that flow and what is odd, of a monitor in this notebook."""
    import asyncio

    watching, whole = watched(live)
    watching.tick()

    async def follow() -> None:
        # A notebook's loop runs while no cell does; what came meanwhile is shown after.
        still = 0
        while still < 3:
            await asyncio.sleep(0.5)
            came = watching.tick()
            still = 0 if came or live.monitor.state == "running" else still + 1

    try:
        whole.following = asyncio.get_running_loop().create_task(follow())
    except RuntimeError:  # no loop: what is there is shown once
        watching.tick()
    return whole
