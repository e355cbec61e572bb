"""Shows a result in a notebook: interactive where there is a kernel, a picture where not."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from workbench.core.anomaly import band
from workbench.core.display import in_notebook
from workbench.core.progress import Progress
from workbench.view.wording import SHAPES, html, number, plural, value

__all__ = ["WorkbenchDisplay", "register", "static_html"]

MOST_LINES = 10
MOST_COLUMNS = 10
#: Nodes of a graph that a picture names.
MOST_NAMES = 8
RAMP = {"critical": "#7a0177", "high": "#e6550d", "medium": "#fec44f", "low": "#9ecae1"}


def register() -> WorkbenchDisplay:
    """Return what ``core.display`` asks for; the entry point ``workbench.display`` names it."""
    return WorkbenchDisplay()


class WorkbenchDisplay:
    """Draws detections and comparisons: as a widget, as plain HTML, as text.

    Panel is not imported; the live lanes need only anywidget, the tools ipywidgets too.
    """

    def __init__(self) -> None:
        # Neither results nor what is seen of them are kept alive by being looked at.
        self._spaces: weakref.WeakKeyDictionary[Any, weakref.ref[Any]] = weakref.WeakKeyDictionary()

    def mimebundle(self, result: Any) -> dict[str, Any] | None:
        """Return widget, HTML and text of a result; None for what cannot be drawn.

        Front ends take the richest that they know: JupyterLab and Voilà the widget,
        papermill's HTML, nbconvert and GitHub the picture with a table.
        """
        if _is_comparison(result):
            html = result._repr_html_()
        elif _is_detection(result):
            html = static_html(result)
        else:
            return None
        bundle = {"text/plain": repr(result), "text/html": html}
        widget = self._widget(result)
        return bundle if widget is None else {**widget, **bundle}

    def explore(self, result: Any) -> Any:
        """Return the tools for a detection or a comparison; selections come back.

        Raises
        ------
        MissingExtra
            The notebook extra is not installed.
        """
        from workbench.core.extras import require

        for name in ("anywidget", "ipywidgets"):
            require(name, extra="notebook", why="to explore a result in a notebook")
        from workbench.view.notebook import comparer, explorer, watcher

        if _is_live(result):
            return watcher(result)
        space = self._opened(result)
        return comparer(space) if _is_comparison(result) else explorer(space)

    def label(self, result: Any, rows: Sequence[int]) -> Any:
        """Return the tools to say what rows are, in the order given.

        Raises
        ------
        MissingExtra
            The notebook extra is not installed.
        """
        from workbench.core.extras import require

        for name in ("anywidget", "ipywidgets"):
            require(name, extra="notebook", why="to label rows in a notebook")
        from workbench.view.notebook import labeller

        return labeller(self._opened(result, rows))

    def selected(self, result: Any) -> list[int]:
        """Return the rows picked, brushed or selected in the latest view of a result."""
        known = self._spaces.get(result)
        space = None if known is None else known()
        return [] if space is None else [int(row) for row in space.rows]

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show a bar, the stage and a cancel button in the cell that waits; needs ipywidgets."""
        try:
            from workbench.view.waiting import Waiting
        except ImportError:  # without ipywidgets one waits as before
            yield Progress()
            return
        with Waiting(title) as progress:
            yield progress

    def _opened(self, result: Any, rows: Sequence[int] | None = None, noted: bool = False) -> Any:
        from workbench.view.comparing import Comparing
        from workbench.view.workspace import Workspace

        space: Comparing | Workspace
        space = (
            Comparing(result) if _is_comparison(result) else Workspace(result, rows, noted=noted)
        )
        self._spaces[result] = weakref.ref(space)
        return space

    def _widget(self, result: Any) -> dict[str, Any] | None:
        from workbench.core.errors import MissingExtra

        if not in_notebook():
            return None
        try:
            from workbench.view.components.views import widget as show

            widget = show(self._alone(result))
        except (ImportError, MissingExtra):
            return None
        made = widget._repr_mimebundle_()
        data = made[0] if isinstance(made, tuple) else made
        return {key: item for key, item in (data or {}).items() if "widget" in key}

    def _alone(self, result: Any) -> Any:
        """Return the state of the one component that a result shows by itself."""
        if not _is_comparison(result):
            return self._opened(result, noted=True).lanes
        from workbench.view.components.detector_matrix import DetectorMatrixState

        matrix = DetectorMatrixState()
        matrix.show_comparison(result)
        self._spaces[result] = weakref.ref(matrix)
        return matrix


def _is_detection(result: Any) -> bool:
    return all(hasattr(result, name) for name in ("records", "scores", "lanes", "threshold"))


def _is_live(result: Any) -> bool:
    return hasattr(result, "since") and hasattr(result, "firings")


def _is_comparison(result: Any) -> bool:
    return all(hasattr(result, name) for name in ("detections", "flags", "verdicts"))


def static_html(found: Any) -> str:
    """Return a picture of the lanes and a table of the worst anomalies; all text is escaped.

    It needs no script, so it also stands in exported notebooks, mail and version control.
    """
    title = f"{plural(len(found.records), 'anomaly', 'anomalies')} in {plural(len(found), 'row')}"
    head = (
        f"<p><strong>{title}</strong> of {html(found.dataset.name, 80)}, by {html(found.detector)}"
    )
    head += f" above {number(found.threshold.value)}</p>"
    return f'<div style="max-width:900px">{head}{_picture(found)}{_table(found)}</div>'


def _picture(found: Any) -> str:
    """Draw the overall lane and up to five others, the peak of each cell, as inline SVG."""
    from workbench.view.components.lanes import LanesState

    if len(found) == 0:
        return ""
    if getattr(found.dataset, "network", None) is not None:
        return _graph(found)
    state = LanesState()
    state.show_detection(found)
    names, cells = state.cells(300)
    parts = []
    for i, name in enumerate(names[:6]):
        y = 4 + 20 * i
        parts.append(
            f'<text x="112" y="{y + 12}" text-anchor="end" font-size="11" fill="currentColor">'
            f'{html(name, 16)}</text><rect x="120" y="{y}" width="770" height="16" '
            'fill="currentColor" opacity="0.07"/>'
        )
        for left, right, severity in cells[i]:
            wide = max(770 * (right - left), 2.0)
            parts.append(
                f'<rect x="{120 + 770 * left:.1f}" y="{y}" width="{wide:.1f}" height="16" '
                f'fill="{RAMP[band(severity)]}"/>'
            )
    height = 8 + 20 * min(len(names), 6)
    told = html(state.summary)
    return (
        f'<svg viewBox="0 0 900 {height}" width="100%" role="img" aria-label="{told}" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _graph(found: Any) -> str:
    """Draw nodes and edges as inline SVG; anomalies with their names, the most severe on top."""
    from workbench.view.components._pack import unpack
    from workbench.view.components.graph import GraphState

    state = GraphState()
    state.show_detection(found)
    told, drawn = unpack(state.frame)
    x, y = 24 + 852 * drawn["x"], 20 + 420 * drawn["y"]
    parts = [
        f'<line x1="{x[a]:.1f}" y1="{y[a]:.1f}" x2="{x[b]:.1f}" y2="{y[b]:.1f}" '
        'stroke="currentColor" opacity="0.25"/>'
        for a, b in zip(drawn["start"], drawn["end"], strict=True)
    ]
    order = drawn["severity"].argsort(kind="stable")
    for node in order:
        odd = bool(drawn["flagged"][node])
        colour = RAMP.get(band(float(drawn["severity"][node])), "#6b7f94") if odd else "#6b7f94"
        parts.append(
            f'<circle cx="{x[node]:.1f}" cy="{y[node]:.1f}" r="{7 if odd else 4}" fill="{colour}" '
            'stroke="currentColor" stroke-width="0.6"/>'
        )
    named = [node for node in order[::-1] if drawn["flagged"][node]][:MOST_NAMES]
    for node in named:
        # Names at the right border stand to the left of their node.
        right = x[node] > 760
        left, anchor = (x[node] - 11, "end") if right else (x[node] + 11, "start")
        parts.append(
            f'<text x="{left:.1f}" y="{y[node] + 4:.1f}" text-anchor="{anchor}" font-size="12" '
            f'fill="currentColor">{html(told["names"][node], 40)}</text>'
        )
    words = html(f"{state.summary} {state.told}.")
    return (
        f'<svg viewBox="0 0 900 460" width="100%" role="img" aria-label="{words}" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _table(found: Any) -> str:
    table = found.anomalies.head(MOST_LINES)
    if table.empty:
        return "<p>No row scores above the threshold. Lower it with found.with_threshold(…).</p>"
    names = [name for name in table.columns if name != "id"][:MOST_COLUMNS]
    head = "".join(f"<th>{html(name, 40)}</th>" for name in names)
    lines = []
    for line in table.to_dict("records"):
        cells = "".join(f"<td>{html(_cell(name, line[name]), 60)}</td>" for name in names)
        lines.append(f"<tr>{cells}</tr>")
    more = len(found.records) - len(table)
    rest = f"<p><small>and {more:,d} more in found.anomalies</small></p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>{rest}"


def _cell(name: Any, item: Any) -> str:
    if name == "band":
        return f"{SHAPES.get(item, '')}\N{NO-BREAK SPACE}{item}"
    return f"{float(item):.0f}" if name == "severity" else value(item)
