"""Finds a browser of the Chrome family, for paper and for tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from workbench.core.errors import MissingExtra
from workbench.core.settings import settings

__all__ = ["find_browser", "installed_browser", "launch_flags"]

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def launch_flags() -> list[str]:
    """Return launch flags: no chatter of the browser's own, and no sandbox for root."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*_FLAGS, *(["--no-sandbox"] if root else [])]


def installed_browser() -> str | None:
    """Return the path of a browser: as set, on the path, where vendors put it, Playwright's own."""
    named = settings().browser
    if named is not None:
        return str(named)
    found = [path for name in _NAMES if (path := shutil.which(name))]
    found += [place for place in _PLACES if Path(place).exists()]
    return found[0] if found else _playwrights_own()


def find_browser() -> str:
    """Return the path of a browser.

    Raises
    ------
    MissingExtra
        None is here; the message says how to get one, and what works without.
    """
    found = installed_browser()
    if found is None or not Path(found).exists():
        where = "" if found is None else f" '{Path(found).name}' (WORKBENCH_BROWSER) is not there."
        raise MissingExtra(
            f"A PDF is printed by Chrome, Chromium or Edge.{where} Install one, run 'playwright "
            "install chromium', or name it with WORKBENCH_BROWSER. An .html report needs none."
        )
    return found


def _playwrights_own() -> str | None:
    """Return the browser that Playwright downloaded, if it did.

    Asked in a thread: its plain interface refuses to work where a loop runs, as in a notebook.
    """
    from concurrent.futures import ThreadPoolExecutor

    try:
        with ThreadPoolExecutor(1) as one:
            path = one.submit(_ask_playwright).result(timeout=60)
    except ImportError:
        return None
    return path if path and Path(path).exists() else None


def _ask_playwright() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        return play.chromium.executable_path
