"""What a page shows before its scripts have come: its own words and lists, drawn by the server.

The live page needs a megabyte of scripts. So its address is answered with the same frame, words
and lists as plain HTML in the same places, by the style sheets of the live parts; it goes when
those stand in its place.
"""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui
from jinja2 import Environment, Template

from workbench.view.components._esm import esm
from workbench.view.components._mirror import Mirror
from workbench.view.components.records import RecordsState
from workbench.view.pages._style import CONTRAST, THEME
from workbench.view.wording import html

__all__ = ["first_look", "template"]

_FOLDER = Path(__file__).with_name("first")
#: Scripts that Panel names and no page of ours needs: drawing by WebGL, and modules for browsers
#: that know none.
UNUSED = ("bokeh-gl", "es-module-shims")
_FONTS = "static/extensions/panel-material-ui"
#: It declares Roboto anew, without saying which file holds which letters: browsers would fetch all.
_ICONS = re.compile(r'<link[^>]*href="[^"]*material-icons[.]css[^>]*>')
_FILE = re.compile(r'<script type="text/javascript" src="([^"]+)"></script>')
_CODE = re.compile(r'<script(?: type="text/javascript")?>')
_HOST = re.compile(r":host(?:\(([^)]*)\))?")
_CSS = re.compile(r"^const (?:BASE|CSS) = `(.*?)`;", re.DOTALL | re.MULTILINE)
#: Characters from which a cell of a list takes several lines, as in records.js.
LONG = 40


def first_look(page: Any, account: str) -> None:
    """Let the answer that is being made show a page as it will be.

    Parameters
    ----------
    page : panel_material_ui.Page
    account : str
        Name of whoever is signed in.
    """
    document = pn.state.curdoc
    if document is None:
        return
    drawing = _Drawing(dark=page.dark_theme)
    middle = "".join(drawing.part(one) for one in page.main)
    ways = "".join(drawing.part(one) for one in page.sidebar)
    document.template_variables["first"] = {
        "middle": middle, "ways": ways, "account": account,
        "style": drawing.style(), "beside": len(page.header) - 1 - bool(account),
    }  # fmt: skip


class _Drawing:
    """Draws parts of a page as HTML, and gathers the style sheets that they need."""

    def __init__(self, dark: bool) -> None:
        self.dark = dark
        self._sheets: dict[str, str] = {}
        self._lists = False

    def sheet(self, css: str) -> str:
        """Return the class of the elements that a style sheet is for."""
        return self._sheets.setdefault(css, f"s{len(self._sheets)}")

    def style(self) -> str:
        """Return all sheets as one, each for the elements of its class alone."""
        inside = [
            f".{name} {{ {_HOST.sub(lambda found: '&' + (found[1] or ''), css)} }}"
            for css, name in self._sheets.items()
        ]
        lists = _CSS.findall(esm("records")) if self._lists else []
        return "\n".join([_colours("dark" if self.dark else "light"), *lists, *inside])

    def part(self, one: Any) -> str:
        """Return a part with all that lies in it."""
        if not one.visible:
            return ""
        if isinstance(one, Mirror):
            inside = self.component(one.state)
        elif isinstance(one, pn.pane.HTML):
            inside = str(one.object or "")
        elif isinstance(one, pn.layout.base.ListLike):
            inside = "".join(self.part(inner) for inner in one)
        else:
            inside = _field(one)
        sheets = [self.sheet(css) for css in one.stylesheets if isinstance(css, str)]
        kind = "row" if isinstance(one, pn.Row) else "column"
        classes = html(" ".join([kind, *one.css_classes, *sheets]), 400)
        return f'<div class="{classes}" style="{html(_placed(one), 400)}">{inside}</div>'

    def component(self, state: Any) -> str:
        """Return a list with its lines, and the room that any other component will take."""
        if state.phase or not isinstance(state, RecordsState):
            return '<div class="bone tall"></div>'
        self._lists = True
        many = html(state.nouns[1])
        box = '<th class="box"></th>' if state.actions else ""
        head = "".join(_heading(state, one) for one in state.columns)
        lines = "".join(self.line(state, one) for one in state.lines)
        lines = lines or f'<tr><td class="empty" colspan="9">No {many} here.</td></tr>'
        search = f'<input type="search" disabled placeholder="Search {many}">'
        return (
            f'<div class="wb wb-records"><div class="bar">{search if state.searchable else ""}'
            f'<span></span><span class="status">{html(state.status)}</span></div>'
            f'<div class="scroll"><table>'
            f"<thead><tr>{box}{head}</tr></thead><tbody>{lines}</tbody></table></div></div>"
        )

    def line(self, state: RecordsState, line: dict[str, Any]) -> str:
        """Return a line of a list."""
        first, *others = line["cells"]
        name = html(first)
        if way := line["href"]:
            look = f"{'&' if '?' in way else '?'}theme=dark" if self.dark else ""
            name = f'<a class="go" href="{html(way + look, 4000)}">{name}</a>'
        box = '<td class="box"></td>' if state.actions else ""
        cells = "".join(
            f"<td{' class=long' if len(one) > LONG else ''}>{html(one)}</td>" for one in others
        )
        return f'<tr>{box}<td class="name">{name}</td>{cells}</tr>'


def _field(one: Any) -> str:
    """Return a button or a field with what stands in it; the room of anything else."""
    label = html(getattr(one, "label", "") or "")
    if isinstance(one, pmui.Button):
        strong = " strong" if one.variant == "contained" else ""
        return f'<span class="press{strong}" aria-hidden="true">{label}</span>'
    if not label:
        return '<div class="bone"></div>'
    options, value = getattr(one, "options", None), getattr(one, "value", "")
    if isinstance(options, dict):
        value = next((word for word, kept in options.items() if kept == value), "")
    if not isinstance(value, str | int | float) or value == "":
        return f'<div class="field"><span class="soft">{label}</span></div>'
    return f'<div class="field"><small>{label}</small><span>{html(value)}</span></div>'


def _heading(state: RecordsState, column: dict[str, str]) -> str:
    if not column["key"] or state.sort.lstrip("-") != column["key"]:
        return f'<th scope="col">{html(column["name"])}</th>'
    arrow = "↓" if state.sort.startswith("-") else "↑"
    return f'<th scope="col" class="here">{html(column["name"])} {arrow}</th>'


def _placed(one: Any) -> str:
    """Return where a part lies, in the words of its ``style``."""
    margin = one.margin if isinstance(one.margin, tuple) else (one.margin or 0,)
    said = {"margin": " ".join(f"{side}px" for side in margin), **one.styles}
    if one.max_width:
        said["max-width"] = f"{one.max_width}px"
    return "; ".join(f"{name}: {value}" for name, value in said.items())


def _colours(look: str) -> str:
    """Return the colours of a theme, by the names that parts know them under."""
    theme: Any = THEME[look]
    palette = theme["palette"]
    colours = {
        "text-primary": palette["text"]["primary"],
        "text-secondary": palette["text"]["secondary"],
        "background-paper": palette["background"]["paper"],
        "background-default": palette["background"]["default"],
        "divider": palette["divider"], "primary-main": palette["primary"]["main"],
    }  # fmt: skip

    def told(named: dict[str, str]) -> str:
        inside = "".join(f"--mui-palette-{name}: {colour};" for name, colour in named.items())
        return f":host {{ color-scheme: {look}; {inside} }}"

    return f"{told(colours)} @media (prefers-contrast: more) {{ {told(CONTRAST[look])} }}"


def _parts(bokeh_css: str, bokeh_js: str, plot_script: str) -> dict[str, str]:
    """Return what loads a page, so that it waits for nothing: files by name, code to run last."""
    files = [one for one in _FILE.findall(bokeh_js) if not any(name in one for name in UNUSED)]
    code = _CODE.sub('<script type="text/plain" class="wb-later">', _FILE.sub("", bokeh_js))
    last = _CODE.sub('<script type="text/plain" class="wb-later">', plot_script)
    # Asked for at once, so that words are painted as they stay.
    fonts = "".join(
        f'<link rel="preload" as="font" crossorigin href="{_FONTS}/{one.name}">'
        for one in (Path(pmui.__file__).parent / "dist").glob("roboto-latin-400-*.woff2")
    )
    css = fonts + _ICONS.sub("", bokeh_css)
    return {"css": css, "files": json.dumps(files), "code": code, "last": last}


@cache
def template() -> Template:
    """Return the template of pages: it draws what :func:`first_look` left, then loads the rest."""
    made = Environment(autoescape=True).from_string(_read("page.html"))
    made.globals.update(parts_of=_parts, frame=_read("frame.css"), load=_read("load.js"))
    return made


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
