"""Gallery: every component in every state, with what Python hears of a person's acts beneath it.

Permission: none; it shows samples only.
"""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import json
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui

from workbench.view.components._state import CASES, ComponentState
from workbench.view.components.views import panel, states
from workbench.view.pages._style import CARD, HTML, THEME
from workbench.view.wording import html

__all__ = ["gallery_page"]

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (0, 0, 16, 0)}
ROOM: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (16, 16, 0, 16)}
LINKS = "a { color: inherit; } a[aria-current] { font-weight: 500; text-decoration: none; }"
#: What a person can change, by name, where a state has it.
HEARD = ("row", "selected", "brush", "threshold", "labels", "rows", "sort", "axes", "shown")


def gallery_page(component: str = "", case: str = "many", theme: str = "light") -> Any:
    """Return the page of one visitor.

    Parameters
    ----------
    component : str
        Only this one; all by default.
    case : {"many", "few", "empty", "loading", "error"}
        What it shows. An unknown word means "many".
    theme : {"light", "dark"}
        Colours.
    """
    known = states()
    chosen = [component] if component in known else list(known)
    case = case if case in CASES else "many"
    shown = {name: known[name].example(case) for name in chosen}
    if len(shown) == 1 and "everywhere" in shown[chosen[0]].param:
        shown[chosen[0]].everywhere = True  # type: ignore[attr-defined]  # alone, it has all keys
    parts = [_links(component, case, theme), *(_card(n, state) for n, state in shown.items())]
    return pmui.Page(  # type: ignore[attr-defined]  # exported at run time
        title="Components",
        main=[pn.Column(*parts, **ROOM)],
        dark_theme=theme == "dark",
        theme_config=THEME,
        busy_indicator=None,
    )


def _links(component: str, case: str, theme: str) -> Any:
    """Return links to the other states and to the other theme."""
    other = "light" if theme == "dark" else "dark"
    links = [(word, word, theme) for word in CASES] + [(other, case, other)]
    words = [
        f"<a href='?component={html(component)}&amp;state={to}&amp;theme={html(colours)}'"
        f"{' aria-current=page' if word == case else ''}>{word}</a>"
        for word, to, colours in links
    ]
    nav = f"<nav aria-label='States'>{' · '.join(words)}</nav>"
    return pn.pane.HTML(nav, stylesheets=[HTML, LINKS], margin=(0, 0, 12, 0))


def _card(name: str, state: ComponentState) -> Any:
    title = pn.pane.HTML(f"<h2>{html(name.replace('_', ' '))}</h2>", stylesheets=[HTML], margin=0)
    heard = pn.pane.HTML("", css_classes=["heard"], stylesheets=[HTML], margin=0)
    names = [item for item in HEARD if item in state.param]

    def listen(*_: Any) -> None:
        told = {item: getattr(state, item) for item in HEARD if hasattr(state, item)}
        heard.object = f"<code>{html(json.dumps(told, default=_short), 2000)}</code>"

    state.param.watch(listen, ["asked", *names])
    view = panel(state, sizing_mode="stretch_width", margin=(12, 0), css_classes=[f"part-{name}"])
    return pn.Column(title, view, heard, stylesheets=[CARD], **WIDE)


def _short(item: Any) -> Any:
    """Return an array as its length and first rows."""
    if isinstance(item, np.ndarray):
        return {"count": int(item.size), "first": [int(row) for row in item[:3]]}
    return str(item)
