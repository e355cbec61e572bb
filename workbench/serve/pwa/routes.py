"""The addresses of the app: all at the root, where a service worker must lie."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from workbench.core.errors import NotFound
from workbench.serve.api._operations import Nouns
from workbench.serve.plain_pages import plain_page
from workbench.serve.pwa.assets import SCRIPTS, Asset, icon, script, version, worker
from workbench.serve.pwa.manifest import manifest, page_of
from workbench.serve.rules import ANYBODY, SIGNED_IN

__all__ = ["api"]

api = Nouns("app", "The installable app.", prefix="")
HIDDEN: dict[str, Any] = {"include_in_schema": False}
PAGE: dict[str, Any] = {**HIDDEN, "response_class": HTMLResponse, "page": True}
#: Kept for ever under an address that names the content; asked for anew under one that does not.
FOREVER, ANEW = "public, max-age=31536000, immutable", "no-cache"


@api.operation("GET", "/manifest.webmanifest", ANYBODY, **HIDDEN)
def read_manifest() -> Response:
    """Give the manifest."""
    return JSONResponse(
        manifest(), media_type="application/manifest+json", headers={"cache-control": ANEW}
    )


@api.operation("GET", "/worker.js", ANYBODY, **HIDDEN)
def read_worker() -> Response:
    """Give the service worker, with what it keeps for when there is no network."""
    told = json.dumps({"version": version(), "shell": shell()})
    words = f"self.WORKBENCH = {told};\n".encode()
    headers = {
        "cache-control": ANEW, "service-worker-allowed": "/",
        "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'",
    }  # fmt: skip
    return Response(words + worker(), media_type="text/javascript", headers=headers)


def shell() -> list[str]:
    """Return the addresses that the offline page is made of."""
    scripts = [f"/{name}?v={script(name).version}" for name in SCRIPTS]
    return ["/offline", *scripts, "/icons/icon-192.png", "/icons/badge-96.png"]


@api.operation("GET", "/app.js", ANYBODY, **HIDDEN)
def read_page_script(v: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Give the script of every page."""
    return _answer(script("app.js"), v)


@api.operation("GET", "/offline.js", ANYBODY, **HIDDEN)
def read_offline_script(v: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Give the script of the offline page."""
    return _answer(script("offline.js"), v)


@api.operation("GET", "/icons/{name}", ANYBODY, **HIDDEN)
def read_icon(name: str) -> Response:
    """Give a picture."""
    try:
        asset = icon(name)
    except LookupError:
        raise NotFound("There is no such icon.") from None
    return Response(
        asset.content, media_type=asset.kind, headers={"cache-control": "public, max-age=86400"}
    )


def _answer(asset: Asset, asked: str) -> Response:
    kept = FOREVER if asked == asset.version else ANEW
    return Response(asset.content, media_type=asset.kind, headers={"cache-control": kept})


@api.operation("GET", "/offline", ANYBODY, **PAGE)
def show_offline() -> Response:
    """Show what this browser kept; the page itself holds nothing of anybody."""
    return _script_page("Offline")


@api.operation("GET", "/take-in", ANYBODY, **PAGE)
def show_take_in() -> Response:
    """Take in files that another app has shared, or that were opened with this one."""
    return _script_page("Taking in")


@api.operation("POST", "/share", SIGNED_IN, **PAGE)
async def share(request: Request) -> Response:
    """Answer a shared file that no service worker took: it was not kept."""
    told = "The app was not ready to take in what was shared. Share it once more."
    return plain_page("Not taken in", told, '<a class="button" href="/home">Home</a>', status=409)


@api.operation("GET", "/open", SIGNED_IN, **PAGE)
def open_link(what: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Lead to what a web+workbench: link names."""
    page = page_of(what)
    if page:
        return RedirectResponse(page, 303)
    told = "This link names no incident, run, monitor or model of a workbench."
    way = '<a class="button" href="/home">Home</a>'
    return plain_page("Nothing to open", told, way, status=404)


def _script_page(title: str) -> Response:
    way = f"/offline.js?v={script('offline.js').version}"
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/icons/icon-192.png">'
        f"<title>{title} · Anomaly Workbench</title></head><body>"
        '<main id="wb"></main><noscript>This page needs JavaScript.</noscript>'
        f'<script src="{way}"></script></body></html>'
    )
