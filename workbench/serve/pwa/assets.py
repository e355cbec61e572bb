"""Files of the app, each known by what is in it: an address never changes its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["ICONS", "SCRIPTS", "Asset", "icon", "script", "version"]

HERE = Path(__file__).parent
#: Scripts by the address that browsers ask for.
SCRIPTS = {"app.js": "page.js", "offline.js": "offline.js"}
#: Pictures by name, with their size in pixels.
ICONS = {
    "icon-192.png": (192, 192),
    "icon-512.png": (512, 512),
    "maskable-192.png": (192, 192),
    "maskable-512.png": (512, 512),
    "apple-180.png": (180, 180),
    "badge-96.png": (96, 96),
    "wide.png": (1280, 800),
    "narrow.png": (780, 1688),
}


@dataclass(frozen=True)
class Asset:
    """A file, and what its address says about it.

    Attributes
    ----------
    content : bytes
    version : str
        Of its content.
    kind : str
        Media type.
    """

    content: bytes
    version: str
    kind: str


def _read(path: Path, kind: str) -> Asset:
    content = path.read_bytes()
    return Asset(content, hashlib.sha256(content).hexdigest()[:16], kind)


@cache
def script(name: str) -> Asset:
    """Return a script by the name in its address; LookupError where there is none."""
    return _read(HERE / "built" / SCRIPTS[name], "text/javascript; charset=utf-8")


@cache
def icon(name: str) -> Asset:
    """Return a picture by name; LookupError where there is none."""
    if name not in ICONS:
        raise LookupError(name)
    return _read(HERE / "icons" / name, "image/png")


@cache
def worker() -> bytes:
    """Return the service worker as it was built."""
    return (HERE / "built" / "worker.js").read_bytes()


@cache
def version() -> str:
    """Return the version of the app: another one as soon as any part of it is another."""
    from importlib.metadata import version as installed

    parts = [worker(), *(script(name).content for name in SCRIPTS)]
    told = "".join(hashlib.sha256(part).hexdigest() for part in parts)
    told += installed("anomaly-workbench") + installed("panel") + installed("bokeh")
    return hashlib.sha256(told.encode("ascii")).hexdigest()[:16]
