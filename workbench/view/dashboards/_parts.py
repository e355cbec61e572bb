"""What the dashboards are laid out of: choices, buttons, cards, a line that tells how it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from workbench.view.components.views import widget
from workbench.view.dashboards.runner import Runner
from workbench.view.pages._style import HTML
from workbench.view.wording import html

__all__ = [
    "button",
    "card",
    "choice",
    "columns",
    "component",
    "form",
    "several",
    "sheet",
    "status",
    "words",
]

HERE = Path(__file__).parent


@cache
def _style() -> str:
    """Return the style of the dashboards, with that of the words of the server's pages inside."""
    shared = HTML.replace(":host(.dark)", 'body[data-jp-theme-light="false"] &')
    shared = shared.replace(":host", "&")
    own = (HERE / "dashboard.css").read_text(encoding="utf-8")
    return f"<style>.dashboard .words {{ {shared} }}\n{own}</style>"


def sheet(*parts: Any) -> Any:
    """Return the whole dashboard: its style and its parts below each other."""
    import ipywidgets as widgets

    box = widgets.VBox([widgets.HTML(_style()), *parts])
    box.add_class("dashboard")
    return box


def card(*parts: Any, name: str = "") -> Any:
    """Return a framed area."""
    import ipywidgets as widgets

    box = widgets.VBox(list(parts))
    box.add_class("card")
    if name:
        box.add_class(name)
    return box


def columns(*parts: Any) -> Any:
    """Return parts side by side where there is room, below each other on a phone."""
    import ipywidgets as widgets

    box = widgets.Box([card(part) for part in parts])
    box.add_class("columns")
    return box


def form(*parts: Any) -> Any:
    """Return choices and buttons in a line that wraps."""
    import ipywidgets as widgets

    box = widgets.Box(list(parts))
    box.add_class("form")
    return box


def words(markup: str = "") -> Any:
    """Return a place for markup whose text is escaped already."""
    import ipywidgets as widgets

    place = widgets.HTML(markup)
    place.add_class("words")
    return place


def component(state: Any) -> Any:
    """Return the widget of a component's state."""
    return widget(state)


def choice(label: str, options: Mapping[str, Any], value: Any) -> Any:
    """Return a list to choose from, its label above it."""
    import ipywidgets as widgets

    known = dict(options)
    if value not in known.values():
        known = {str(value)[:60]: value, **known}
    return widgets.Dropdown(description=label, options=list(known.items()), value=value)


def several(label: str, options: Sequence[str], value: Sequence[str]) -> Any:
    """Return a list to choose several of, its label above it."""
    import ipywidgets as widgets

    known = list(dict.fromkeys([*value, *options]))
    return widgets.SelectMultiple(description=label, options=known, value=tuple(value), rows=5)


def button(label: str, work: Callable[[], Any], *, primary: bool = False) -> Any:
    """Return a button that does something."""
    import ipywidgets as widgets

    made = widgets.Button(description=label, button_style="primary" if primary else "")
    made.on_click(lambda _: work())
    return made


def status(runner: Runner, cancel: Any) -> Any:
    """Return a line that says how the work goes; ``cancel`` is shown while it goes on."""
    line = words()

    def tell(*_: Any) -> None:
        cancel.layout.display = "" if runner.stage == "running" else "none"
        line.value = f'<div class="status is-{runner.stage}" role="status">{_told(runner)}</div>'

    runner.param.watch(tell, ["stage", "words", "fraction"])
    tell()
    return line


def _told(runner: Runner) -> str:
    if runner.stage == "running":
        done = f'<progress max="1" value="{runner.fraction:.2f}" aria-label="Progress"></progress>'
        return f"{done}<span>{html(runner.words)} …</span>"
    if runner.stage == "failed":
        return f'<p class="problem"><b>This did not work.</b> {html(runner.words, 600)}</p>'
    if runner.stage == "cancelled":
        return "<span>Cancelled. Nothing was changed; start again whenever you like.</span>"
    return ""
