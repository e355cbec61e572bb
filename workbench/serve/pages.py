"""The pages of the server: each with its permission, made for whoever looks at it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI

from workbench.core.errors import WorkbenchError
from workbench.core.settings import settings
from workbench.serve.page_tokens import BOUND, IDENTITY, page_key
from workbench.serve.rules import SIGNED_IN
from workbench.view.team_engine import PAGES as KNOWN

__all__ = ["PAGES", "Page", "add_pages", "contexts"]

log = logging.getLogger(__name__)
_applications: list[Any] = []
#: Lists of styles that are remembered: few, for there are few ways to ask.
MOST_STYLES = 64


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes
    ----------
    title : str
    need : str
        Permission, or one of the needs of :mod:`workbench.serve.rules`.
    make : callable
        Called with the engine of whoever looks.
    """

    title: str
    need: str
    make: Callable[[Any], Any]


def _explore(engine: Any) -> Any:
    from workbench.view.pages.explore import explore_page

    return explore_page(engine, "")


def _made(name: str) -> Callable[[Any], Any]:
    """Return what makes the page of a module: ``audit_page`` of ``view/pages/audit.py``."""

    def make(engine: Any) -> Any:
        module = import_module(f"workbench.view.pages.{name}")
        return getattr(module, f"{name}_page")(engine)

    return make


#: Every page by its address.
PAGES = {
    name: Page(title, need or SIGNED_IN, _explore if name == "explore" else _made(name))
    for name, (title, need) in {
        **KNOWN, "investigate": ("Investigate", "detections:read"),
        "incident": ("Incident", "monitors:read"), "speed": ("Speed", "metrics:read"),
    }.items()
}  # fmt: skip


def add_pages(app: FastAPI) -> Any:
    """Add all pages to an application, with their websockets."""
    import panel as pn
    import panel_material_ui  # noqa: F401 - before its scripts are looked for
    from panel.io.fastapi import add_applications

    from workbench.view.team_engine import Shelves, TeamEngine

    pn.extension(inline=True)
    pn.config.reconnect = True
    shelves = Shelves()

    def made(page: Page) -> Callable[[], Any]:
        return lambda: _careful(page, TeamEngine(_identity(), shelves))

    _mend_websockets()
    _remember_styles()
    made_application = add_applications(
        {f"/{name}": made(page) for name, page in PAGES.items()},
        app=app,
        title={f"/{name}": f"{page.title} · Anomaly Workbench" for name, page in PAGES.items()},
        include_headers=[*BOUND, "User-Agent", "user-agent"],
        include_cookies=[],
        secret_key=page_key(),
        sign_sessions=True,
        **_held(),
    )
    _applications.append(made_application)
    return made_application


def _held() -> dict[str, Any]:
    """Return how long pages are held that nobody speaks with, in Bokeh's words.

    Its own 15 seconds are too few when fifty browsers ask at once, as after a restart: pages
    would be gone before their websocket opens.
    """
    if find_spec("bokeh_fastapi") is None:  # Panel 1.10 has no such words
        return {}
    seconds = settings().page_seconds
    return {
        "unused_session_lifetime_milliseconds": round(seconds * 1000),
        "check_unused_sessions_milliseconds": round(min(15.0, seconds) * 1000),
    }


def _careful(page: Page, engine: Any) -> Any:
    """Return a page, or words in its place: Panel would show the traceback to everybody."""
    from workbench.view.pages._manage import failure_page

    try:
        return page.make(engine)
    except WorkbenchError as error:
        return failure_page(page.title, str(error))
    except Exception:
        log.exception("the page %s cannot be made", page.title)
        return failure_page(page.title, "Something went wrong here. The log has it.")


def contexts() -> list[Any]:
    """Return what holds the open sessions of each page of this process."""
    found: list[Any] = []
    for application in _applications:
        found += getattr(application, "_applications", {}).values()
    return found


def _mend_websockets() -> None:
    """Let go of a page whose browser has gone, and make none for a browser that comes too late.

    bokeh-fastapi 0.1 keeps the first for ever, and makes the second from a websocket's request,
    which lacks what a page asks of it. The browser loads such a page anew (``guard.js``).
    """
    from bokeh.util.token import get_session_id

    from workbench.serve.gate import GONE

    try:
        from bokeh_fastapi.handler import WSHandler  # type: ignore[import-untyped]
    except ImportError:  # Panel 1.10 has a way of its own
        return
    receive, handle, open_ = WSHandler._receive_loop, WSHandler._handle, WSHandler._async_open
    if getattr(receive, "mended", False):
        return

    async def receive_loop(self: Any) -> None:
        try:
            await receive(self)
        finally:
            if self.connection is not None:
                self.application.client_lost(self.connection)

    async def handle_while_there(self: Any, message: Any) -> Any:
        gone = self.connection is None or self.connection._session is None
        return None if gone else await handle(self, message)

    async def open_what_is_held(self: Any, socket: Any, token: str) -> None:
        held = {session.id for session in self.application_context.sessions}
        if get_session_id(token) in held:
            await open_(self, socket, token)
        else:
            await socket.close(GONE, "The page is not held any more. Load it again.")

    receive_loop.mended = True  # type: ignore[attr-defined]
    WSHandler._receive_loop, WSHandler._handle = receive_loop, handle_while_there
    WSHandler._async_open = open_what_is_held


def _remember_styles() -> None:
    """Look for the styles that pages name once, and anew only when components came along.

    Panel asks every component it knows at every page: a fifth of what a simple page takes.
    """
    from bokeh.model import Model
    from panel.config import config
    from panel.io.resources import Resources
    from panel.io.state import state

    resources: Any = Resources
    look = resources.css_files.fget
    if getattr(look, "remembers", False):
        return
    known: dict[tuple[Any, ...], list[str]] = {}

    def css_files(self: Any) -> list[str]:
        about = (self.mode, self.absolute, self.root_url, self.notebook, *self.components)
        now = (state.rel_path, state.base_url, str(config.design), tuple(config.css_files))
        key = (*about, *now, len(Model.model_class_reverse_map))
        if key not in known:
            if len(known) > MOST_STYLES:
                known.clear()
            known[key] = look(self)
        return list(known[key])

    css_files.remembers = True  # type: ignore[attr-defined]
    resources.css_files = property(css_files)


def _identity() -> str:
    """Return the id of the user whose page is being made, as the gate said it."""
    import panel as pn

    headers = {name.lower(): value for name, value in dict(pn.state.headers).items()}
    return str(headers.get(IDENTITY, ""))
