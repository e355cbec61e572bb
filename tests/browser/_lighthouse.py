"""Measures pages with Lighthouse, over the browser that the tests have."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _browser import find_or_install, flags
from websockets.sync.client import connect

__all__ = ["LooksOf", "looks", "median"]

HERE = Path(__file__).parent / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
SECOND = 1_000.0


@dataclass(frozen=True)
class LooksOf:
    """What one visit measured.

    Attributes
    ----------
    scores : dict of str to float
        0 to 100, by category.
    lcp, tbt : float
        Seconds: until the largest part is seen; how long the page could not answer (the part of
        INP that a lab can measure).
    cls : float
        Layout shift.
    script, style, font : float
        Kilobytes as they travelled.
    requests : int
    failed : tuple of str
        Audits of accessibility and best practices that did not pass.
    """

    scores: dict[str, float]
    lcp: float
    tbt: float
    cls: float
    script: float
    style: float
    font: float
    requests: int
    failed: tuple[str, ...]


def _program() -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
            words = ["install", "-y", "--no-install-recommends", "nodejs", "npm"]
            for command in (["update"], words):
                subprocess.run(["apt-get", "-qq", *command], check=True, capture_output=True)
        node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError("Lighthouse needs Node and npm: apt-get install nodejs npm")
    script = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not script.is_file():
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, timeout=600)
    return [node, str(script)]


def looks(url: str, cookie: str = "", *, phone: bool = False) -> LooksOf:
    """Visit a page once, with empty caches, and return what was measured.

    Parameters
    ----------
    url : str
    cookie : str
        Of the session of whoever visits.
    phone : bool
        With the slow network and processor that Lighthouse gives to phones.
    """
    for left in (2, 1, 0):
        try:
            return _once(url, cookie, phone=phone)
        except AssertionError as error:
            # Its own trouble with recording, not the page's: it asks to be run again.
            if not left or "Please run Lighthouse again" not in str(error):
                raise
    raise AssertionError("never reached")


def _once(url: str, cookie: str, *, phone: bool) -> LooksOf:
    program = _program()
    with _browser(url, cookie) as port:
        words = [
            *program, url, "--output=json", "--output-path=stdout", "--quiet", f"--port={port}",
            "--disable-storage-reset",  # the profile is new, and holds the session
            f"--only-categories={','.join(CATEGORIES)}",
            *([] if phone else ["--preset=desktop"]),
        ]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return _read(json.loads(done.stdout))


@contextmanager
def _browser(url: str, cookie: str) -> Iterator[int]:
    """Start a browser that was never anywhere, but has a session; give its port.

    Headers that Lighthouse adds reach no websocket, so that the session must be a real cookie.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            [find_or_install(), *words, *flags(), "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port, way = _told(Path(profile) / "DevToolsActivePort")
            if cookie:
                kept = [{"name": "wb_session", "value": cookie, "url": url}]
                asked = {"id": 1, "method": "Storage.setCookies", "params": {"cookies": kept}}
                with connect(f"ws://127.0.0.1:{port}{way}", proxy=None) as browser:
                    browser.send(json.dumps(asked))
                    assert "error" not in json.loads(browser.recv(timeout=30))
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _told(file: Path) -> tuple[int, str]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        lines = file.read_text().splitlines() if file.is_file() else []
        if len(lines) == 2:
            return int(lines[0]), lines[1]
        time.sleep(0.1)
    raise AssertionError("the browser says no port")


def _read(report: dict[str, Any]) -> LooksOf:
    audits = report["audits"]
    assert "runtimeError" not in report, report["runtimeError"]
    items = {one["resourceType"]: one for one in audits["resource-summary"]["details"]["items"]}
    kind = {name: items.get(name, {}).get("transferSize", 0) / 1024 for name in items}
    checked = {
        ref["id"]
        for name in CATEGORIES[1:]
        for ref in report["categories"][name]["auditRefs"]
        if ref.get("weight", 0) > 0
    }
    failed = [name for name in sorted(checked) if audits[name].get("score") not in (1, None)]
    return LooksOf(
        {name: 100 * (report["categories"][name]["score"] or 0.0) for name in CATEGORIES},
        audits["largest-contentful-paint"]["numericValue"] / SECOND,
        audits["total-blocking-time"]["numericValue"] / SECOND,
        audits["cumulative-layout-shift"]["numericValue"],
        kind.get("script", 0.0), kind.get("stylesheet", 0.0), kind.get("font", 0.0),
        int(items["total"]["requestCount"]), tuple(failed),
    )  # fmt: skip


def median(visits: list[LooksOf]) -> dict[str, float]:
    """Return the median of each figure over some visits."""
    figures = {
        name: statistics.median(getattr(one, name) for one in visits)
        for name in ("lcp", "tbt", "cls", "script", "style", "font", "requests")
    }
    scores = {name: statistics.median(one.scores[name] for one in visits) for name in CATEGORIES}
    return {**scores, **figures}
