"""What every page has: a frame, cards, work that is looked after, and state in the address."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import panel as pn

from workbench.view.components.keys_panel import Keys, KeysPanel
from workbench.view.pages._first import first_look
from workbench.view.pages._shell import WIDE, link, nav, shell, ways_pane
from workbench.view.pages._style import CARD, HTML

__all__ = ["WIDE", "LivePage", "Say", "card", "link", "nav", "open_page", "words"]

log = logging.getLogger(__name__)

POLL = 150  # milliseconds between two looks at running work
#: Below another part of the same card.
BELOW: dict[str, Any] = WIDE | {"margin": (14, 0, 0, 0)}
Say = Callable[[dict[str, str]], None]


def card(*parts: Any, place: str, **options: Any) -> Any:
    """Return a framed area; ``place`` says where it stands on a phone (styles/order.css)."""
    return pn.Column(*parts, stylesheets=[CARD], css_classes=[place], **WIDE, **options)


def words(place: str = "", text: str = "") -> Any:
    """Return a pane for escaped HTML."""
    return pn.pane.HTML(text, stylesheets=[HTML], css_classes=[place] if place else [], **WIDE)


class LivePage:
    """The page of one session: made once, then its properties follow the session.

    A subclass makes :attr:`page` with :meth:`frame` and says what to :meth:`show_progress` of.

    Parameters
    ----------
    session : DataSession
        State that the page watches.
    say : callable, optional
        Called with the URL's new query whenever it changes.
    """

    #: Words in the address, and what the page is for.
    url, about = "", ""

    def __init__(self, session: Any, say: Say | None = None) -> None:
        self.session = session
        self._say = say
        self._tick: Any = None
        #: Whether the browser has the page; what changes while it is on its way may be lost.
        self.live = True
        self.keys = Keys()
        #: Panes of words, which must be told of the theme.
        self.told: list[Any] = []
        self.page: Any = None

    def frame(self, main: list[Any], sidebar: list[Any] | None = None) -> Any:
        """Return the page around its parts, with theme, keys and title."""
        self.ways = ways_pane()
        self.page = shell(
            self.url,
            self.about,
            main,
            [self.ways, *sidebar] if sidebar else [],
            [KeysPanel(self.keys, width=40, margin=0, align="center")],
            dark=self.session.theme == "dark",
            account=self.session.engine.account(),
        )
        self.page.param.watch(self._theme, "dark_theme")
        self.ways.object = nav(self.url, self.session.query(), self.session.engine.pages())
        return self.page

    def dress(self) -> None:
        """Tell the panes of words which theme there is."""
        dark = ["dark"] if self.session.theme == "dark" else []
        for pane in self.told:
            pane.css_classes = dark

    def _theme(self, event: Any) -> None:
        self.session.theme = "dark" if event.new else "light"
        self.dress()

    def later(self, act: Callable[[], None]) -> None:
        """Do something once this callback's changes are on their way to the browser."""
        document = pn.state.curdoc
        if self.live and document is not None:
            document.add_next_tick_callback(act)
        else:
            act()

    def say_query(self) -> None:
        """Tell the address what is seen, and the links to other pages."""
        query = self.session.query()
        self.ways.object = nav(self.url, query, self.session.engine.pages())
        if self._say is not None and self.live:
            self._say(query)

    # ---- work that goes on --------------------------------------------------------------------

    def show_progress(self) -> None:
        """Show how far the work has come."""

    def watch_work(self) -> None:
        """Look after running work a few times a second until it has ended."""
        if self.live and self._tick is None and pn.state.curdoc is not None:
            self._tick = pn.state.add_periodic_callback(self.look_after, period=POLL)

    def look_after(self) -> None:
        """Collect work that has ended, show progress of work that goes on."""
        try:
            self.show_progress()
            going = self.session.poll()
        except Exception:
            # A periodic callback that raises goes on raising at every tick (design.md).
            log.exception("The page could not show a result.")
            self.session.param.update(
                stage="failed", message="The result could not be shown. Load the page again."
            )
            going = False
        if not going and self._tick is not None:
            self._tick.stop()
            self._tick = None


def open_page(make: Callable[[dict[str, Any], Say], LivePage]) -> Any:
    """Return the page for the session that is being served, with the state of its address.

    Parameters
    ----------
    make : callable
        Makes the page from the address's query and what tells the address a new one.
    """
    location = pn.state.location
    query = {} if location is None else dict(location.query_params)

    def say(new: dict[str, str]) -> None:
        if location is None:
            return
        # Panel forgets what is there and empty, and would put it last: an address that says all of
        # it already stays as it is.
        said = dict(parse_qsl(location.search.lstrip("?"), keep_blank_values=True))
        if said | new != said:
            location.update_query(**dict[str, Any](new))

    page = make(query, say)
    page.live = False
    page.session.restore(scored=str(query.get("scored", "yes")) == "yes")

    def arrived() -> None:
        page.live = True
        say(page.session.query())  # the first word: said earlier, it would be no change now
        page.watch_work()

    pn.state.onload(arrived)
    first_look(page.page, page.session.engine.account())
    return page.page
