"""Finds a browser of the Chrome family, or installs one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "microsoft-edge-stable", "msedge",
)  # fmt: skip
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = (
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip


def flags() -> list[str]:
    """Return launch flags: no chatter of the browser's own, and no sandbox for root."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*FLAGS, *(["--no-sandbox"] if root else [])]


def installed() -> str | None:
    """Return the path of a browser that is already here."""
    named = os.environ.get("WORKBENCH_BROWSER")
    found = [named] if named else []
    found += [path for name in NAMES if (path := shutil.which(name))]
    found += [place for place in PLACES if Path(place).exists()]
    return found[0] if found else _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        path = play.chromium.executable_path
    return path if path and Path(path).exists() else None


def find_or_install() -> str:
    """Return the path of a browser; install one when there is none.

    Raises
    ------
    RuntimeError
        None is here and none can be installed; the message says what was tried.
    """
    tried = []
    if path := installed():
        return path
    for command in _ways():
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode == 0 and (path := installed()):
            return path
        tried.append(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    raise RuntimeError(
        "The browser tests need Chrome, Chromium or Edge. Install one, or name it with "
        f"WORKBENCH_BROWSER. Tried: {'; '.join(tried)}"
    )


def _ways() -> list[list[str]]:
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        ways.append(["apt-get", "update"])
        ways.append(["apt-get", "install", "-y", "--no-install-recommends", "chromium"])
    return ways
