"""What pages of lists and forms have in common: a frame, cards, words about what was done."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import panel as pn
import panel_material_ui as pmui

from workbench.core.errors import WorkbenchError
from workbench.team.access import allow
from workbench.view.components.records import RecordsState
from workbench.view.components.views import panel
from workbench.view.pages._first import first_look
from workbench.view.pages._shell import WIDE, nav, shell, ways_pane
from workbench.view.pages._style import CARD, HTML
from workbench.view.wording import html

__all__ = [
    "ManagePage",
    "button",
    "choices",
    "facts",
    "failure_page",
    "field",
    "password",
    "query_of_page",
    "select",
    "table",
]

log = logging.getLogger(__name__)


def field(label: str, **options: Any) -> Any:
    """Return a field for a line of text."""
    return pmui.TextInput(label=label, size="small", **{**WIDE, **options})


def password(label: str) -> Any:
    """Return a field for a password."""
    return pmui.PasswordInput(label=label, size="small", **WIDE)


def select(label: str, options: Any, **more: Any) -> Any:
    """Return a choice of one."""
    return pmui.Select(label=label, options=options, size="small", **{**WIDE, **more})


def choices(label: str, options: Any) -> Any:
    """Return a choice of several."""
    return pmui.MultiChoice(label=label, options=options, **WIDE)


def button(label: str, act: Callable[[], None], *, strong: bool = False) -> Any:
    """Return a button."""
    made = pmui.Button(
        label=label, variant="contained" if strong else "outlined", margin=0, size="small"
    )
    made.on_click(lambda *_: act())
    return made


def facts(pairs: Mapping[str, Any]) -> str:
    """Return names and values as escaped HTML."""
    lines = "".join(
        f"<dt>{html(name)}</dt><dd>{html(value, 2000)}</dd>" for name, value in pairs.items()
    )
    return f'<dl class="facts">{lines}</dl>'


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], about: str) -> str:
    """Return a table as escaped HTML; ``about`` says what it lists."""
    top = "".join(f'<th scope="col">{html(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html(cell, 300)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="wide-table" tabindex="0" role="region" aria-label="{html(about)}"><table>'
        f'<caption class="unseen">{html(about)}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


class ManagePage:
    """A page of lists and forms; what went wrong is told on it, never lost.

    A subclass makes its parts in :meth:`parts`.

    Parameters
    ----------
    engine : TeamEngine
        Who looks, and what they may do.
    query : mapping
        Of the address.
    """

    url, title, about = "", "", ""
    #: Permission that everything on the page needs; "" for everybody signed in.
    need = ""

    def __init__(self, engine: Any, query: Mapping[str, Any]) -> None:
        self.engine = engine
        self.query = {name: str(value) for name, value in query.items()}
        self._panes: list[Any] = []
        self.told = self.words()
        self.told_card = self.card(self.told)
        self.told_card.visible = False
        dark = self.query.get("theme") == "dark"
        self.ways = ways_pane()
        heading = self.words(f"<h1>{html(self.title)}</h1><p>{html(self.about)}</p>")
        main = pn.Column(
            heading, self.told_card, *self.parts(), margin=(20, 20), max_width=1280,
            sizing_mode="stretch_width", styles={"gap": "16px"},
        )  # fmt: skip
        self.page = shell(
            self.url, self.about, [main], [self.ways], [], dark=dark, account=engine.account()
        )
        self.page.param.watch(self._dress, "dark_theme")
        self._dress()
        first_look(self.page, engine.account())

    def parts(self) -> list[Any]:
        """Return the parts of the page, from top to bottom."""
        raise NotImplementedError

    # ---- making ---------------------------------------------------------------------------------

    def way(self, page: str, **query: str) -> str:
        """Return an escaped address of a page that looks like this one."""
        page_now = getattr(self, "page", None)
        dark = self.query.get("theme") == "dark" if page_now is None else page_now.dark_theme
        return html(f"{page}?{urlencode({**query, 'theme': 'dark' if dark else 'light'})}")

    def words(self, told: str = "") -> Any:
        """Return a pane for escaped HTML that follows the theme."""
        pane = pn.pane.HTML(told, stylesheets=[HTML], **WIDE)
        self._panes.append(pane)
        return pane

    def card(self, *parts: Any, heading: str = "", **options: Any) -> Any:
        """Return a framed area."""
        inside = [self.words(f"<h2>{html(heading)}</h2>")] if heading else []
        return pn.Column(
            *inside, *parts, stylesheets=[CARD], css_classes=["wide"],
            styles={"gap": "12px"}, **{**WIDE, **options},
        )  # fmt: skip

    def list(self, state: RecordsState, heading: str = "", *beside: Any) -> Any:
        """Return a framed list."""
        return self.card(self.plain_list(state), *beside, heading=heading)

    def plain_list(self, state: RecordsState) -> Any:
        """Return a list without a frame."""
        self.do(state.refresh)
        return panel(state, **WIDE)

    def line(self, *parts: Any) -> Any:
        """Return parts side by side; on a phone below each other."""
        styles = {"gap": "10px", "flex-wrap": "wrap", "align-items": "center"}
        return pn.Row(*parts, styles=styles, **WIDE)

    # ---- doing ----------------------------------------------------------------------------------

    def check(self) -> None:
        """Do nothing where they still may use this page.

        Raises
        ------
        NotAllowed, NotSignedIn
            It was taken away since the page was opened.
        """
        who = self.engine.who
        if self.need:
            allow(who, self.need)

    @property
    def base(self) -> str:
        """Where the server is, as the browser knows it."""
        location = pn.state.location
        if location is None:
            return ""
        port = f":{location.port}" if location.port else ""
        return f"{location.protocol}//{location.hostname}{port}"

    def do(self, act: Callable[[], Any], done: str = "") -> Any:
        """Do something and say how it went; returns what it returned, or None."""
        try:
            self.check()
            made = act()
        except WorkbenchError as error:
            self.say(str(error), wrong=True)
            return None
        except Exception:
            log.exception("a page could not do what was asked")
            self.say("Something went wrong here. The log has it.", wrong=True)
            return None
        if done:
            self.say(done)
        return made

    def quietly(self, act: Callable[[], Any]) -> Any:
        """Do something that nobody asked for just now; what hinders it is told, once.

        In a periodic callback: one that raises goes on raising at every tick.
        """
        try:
            self.check()
            return act()
        except WorkbenchError as error:
            if self.told.object != self._told(str(error), wrong=True):
                self.say(str(error), wrong=True)
        except Exception:
            log.exception("a page could not look what is new")
        return None

    def say(
        self, words: str, *, wrong: bool = False, code: str = "", way: tuple[str, str] = ("", "")
    ) -> None:
        """Say what was done, or what went wrong.

        ``code`` is shown as it is, to be copied; ``way`` is an address and its words.
        """
        self.told.object = self._told(words, wrong=wrong, code=code, way=way)
        self.told_card.visible = True

    @staticmethod
    def _told(
        words: str, *, wrong: bool = False, code: str = "", way: tuple[str, str] = ("", "")
    ) -> str:
        role = "alert" if wrong else "status"
        below = f"<pre>{html(code, 2000)}</pre>" if code else ""
        link = f' <a href="{html(way[0])}">{html(way[1])}</a>' if way[0] else ""
        return f'<p role="{role}">{html(words, 2000)}{link}</p>{below}'

    def _dress(self, *_: Any) -> None:
        dark = bool(self.page.dark_theme)
        for pane in self._panes:
            pane.css_classes = ["dark"] if dark else []
        query = {"theme": "dark" if dark else "light"}
        self.ways.object = nav(self.url, query, self.engine.pages())
        if pn.state.location is not None:
            pn.state.location.update_query(**dict[str, Any](query))


def failure_page(title: str, words: str) -> Any:
    """Return a page that says why another one cannot be shown."""
    told = f'<h1>{html(title)}</h1><p role="alert">{html(words, 2000)}</p>'
    way = '<p><a href="./">To the first page</a></p>'
    pane = pn.pane.HTML(told + way, stylesheets=[HTML], margin=(40, 20))
    return shell("", title, [pane], [], [], dark=False)


def query_of_page() -> dict[str, Any]:
    """Return the query of the address that is being served."""
    location = pn.state.location
    return {} if location is None else dict(location.query_params)
