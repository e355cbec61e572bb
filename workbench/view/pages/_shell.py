"""The frame around every page: title, ways to the others, who is signed in, theme."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import panel as pn
import panel_material_ui as pmui
import param
from panel.util.parameters import edit_readonly

from workbench.view.data_session import ROLES
from workbench.view.pages._first import template
from workbench.view.pages._style import HTML, THEME
from workbench.view.wording import html

__all__ = ["WIDE", "link", "nav", "shell", "ways_pane"]

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}


def link(page: str, query: dict[str, str], told: str) -> str:
    """Return a link to another page with its state; it also works behind a proxy."""
    said = {name: word for name, word in query.items() if word}
    return f'<a href="{html(page)}?{html(urlencode(said, safe=":,"), 4000)}">{html(told)}</a>'


def nav(current: str, query: Mapping[str, str], pages: Mapping[str, str]) -> str:
    """Return the way from page to page; data, columns and theme come along.

    Parameters
    ----------
    current : str
        Address of the page that is open.
    query : mapping
        Of its address.
    pages : mapping of str to str
        Addresses with their names, as somebody may open them.
    """
    shared = {name: word for name, word in query.items() if name in ("data", "theme", *ROLES)}
    # Several detectors take a while: nobody is made to wait for what was only looked at.
    asked: dict[str, dict[str, str]] = {"compare": {"scored": "no"}}
    parts = []
    for url, told in pages.items():
        here = ' aria-current="page"' if url == current else ""
        way = link(url, {**shared, **asked.get(url, {})}, told)
        parts.append(way.replace("<a ", f"<a{here} ", 1))
    many = " many" if len(parts) > 3 else ""
    return f'<nav class="pages{many}" aria-label="Pages">{"".join(parts)}</nav>'


def ways_pane() -> Any:
    """Return the pane that holds the ways to other pages."""
    return pn.pane.HTML("", stylesheets=[HTML], margin=(16, 16, 0, 16), sizing_mode="stretch_width")


def shell(
    url: str,
    about: str,
    main: Sequence[Any],
    sidebar: Sequence[Any],
    header: Sequence[Any],
    *,
    dark: bool,
    account: str = "",
) -> Any:
    """Return a page around its parts.

    Parameters
    ----------
    url, about : str
        Its address, and what it is for.
    main, sidebar, header : sequence
        Its parts.
    dark : bool
    account : str
        Name of whoever is signed in; empty where nobody has to.
    """
    who = [] if not account else [
        pn.pane.HTML(
            '<form class="account" method="post" action="sign-out">'
            f"<span>{html(account)}</span><button>Sign out</button></form>",
            stylesheets=[HTML], margin=(0, 8), align="center",
        )
    ]  # fmt: skip
    # On a phone the ways cover the page: they open when they are asked for. A page without any must
    # not hide them: it would be moved aside by the room that they do not take.
    headers = {name.lower(): text for name, text in (pn.state.headers or {}).items()}
    page = pmui.Page(  # type: ignore[attr-defined]  # exported at run time
        title="Anomaly Workbench",
        meta_name="Anomaly Workbench",
        meta_description=about,
        main=list(main),
        sidebar=list(sidebar),
        header=[pn.layout.HSpacer(), *who, *header],
        site_url=url,
        sidebar_open=not sidebar or "Mobi" not in headers.get("user-agent", ""),
        sidebar_width=320,
        sidebar_resizable=False,
        dark_theme=dark,
        theme_config=THEME,
        busy_indicator=None,
        template=template(),
    )
    # A page follows by itself whether any page of this process works. With each change it looks
    # through all of its own models, so that open pages would take time of each other, and what
    # tells it would hold it for ever.
    with edit_readonly(page):
        page.busy = param.rx(False)
    return page
