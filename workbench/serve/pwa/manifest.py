"""The manifest: what a browser needs to install the app, and what it may be opened with."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from workbench.serve.pwa.assets import ICONS

__all__ = ["COLOURS", "manifest", "page_of"]

#: Of title bars: light and dark.
COLOURS = {"light": "#f6f7f9", "dark": "#12151a"}
ACCENT = "#1f5fbf"
TABLES = {
    "text/csv": [".csv"],
    "application/vnd.apache.parquet": [".parquet"],
    "application/x-workbench": [".wb"],
}
_PAGES = {
    "incident": "/incident?id={}",
    "run": "/explore?data=detection:{}",
    "monitor": "/live?monitor={}",
    "model": "/models?model={}",
}
_LINK = re.compile(r"web\+workbench:(?://)?(?P<kind>[a-z]+)/(?P<id>[0-9a-f]{32})/?")


def manifest() -> dict[str, Any]:
    """Return the web app manifest (W3C Web Application Manifest, and the incubated members)."""
    return {
        "id": "/",
        "name": "Anomaly Workbench",
        "short_name": "Workbench",
        "description": "What is odd in this data, since when, why, and who should know.",
        "lang": "en",
        "dir": "ltr",
        "categories": ["productivity", "business", "utilities"],
        "start_url": "/home",
        "scope": "/",
        "display": "standalone",
        "theme_color": ACCENT,
        "background_color": COLOURS["light"],
        "icons": [
            *(_icon(name, "any") for name in ("icon-192.png", "icon-512.png")),
            *(_icon(name, "maskable") for name in ("maskable-192.png", "maskable-512.png")),
        ],
        "screenshots": [
            {**_icon("wide.png"), "form_factor": "wide", "label": "Explore on a desk"},
            {**_icon("narrow.png"), "form_factor": "narrow", "label": "Live on a phone"},
        ],
        "shortcuts": [
            {"name": name, "url": url, "icons": [_icon("icon-192.png")]}
            for name, url in (
                ("Explore", "/explore"), ("Live", "/live"), ("Incidents", "/incidents"),
            )
        ],
        "share_target": {
            "action": "/share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title", "text": "text", "url": "url",
                "files": [{"name": "files", "accept": [*_accepted(), "text/plain", ".txt"]}],
            },
        },
        "file_handlers": [
            {"action": "/take-in", "accept": TABLES, "launch_type": "single-client"},
        ],
        "protocol_handlers": [{"protocol": "web+workbench", "url": "/open?what=%s"}],
        "launch_handler": {"client_mode": ["navigate-existing", "auto"]},
        "prefer_related_applications": False,
    }  # fmt: skip


def page_of(link: str) -> str:
    """Return the page that a ``web+workbench:`` link leads to; "" where it is none of ours.

    Examples
    --------
    >>> page_of("web+workbench:incident/" + "0" * 32)
    '/incident?id=00000000000000000000000000000000'
    >>> page_of("web+workbench:https://elsewhere.example")
    ''
    """
    found = _LINK.fullmatch(link)
    way = _PAGES.get(found["kind"], "") if found else ""
    return way.format(quote(found["id"])) if found and way else ""


def _icon(name: str, purpose: str = "") -> dict[str, str]:
    width, height = ICONS[name]
    told = {"src": f"/icons/{name}", "sizes": f"{width}x{height}", "type": "image/png"}
    return told | ({"purpose": purpose} if purpose else {})


def _accepted() -> list[str]:
    return [word for kind, endings in TABLES.items() for word in (kind, *endings)]
