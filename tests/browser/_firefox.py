"""Finds Firefox, or installs Debian's, and drives it as it is, by WebDriver BiDi."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Playwright

__all__ = ["find_or_install", "launched"]

NAMES = ("firefox-esr", "firefox")


def find_or_install() -> str:
    """Return the path of Firefox; install Debian's where there is none.

    Raises
    ------
    RuntimeError
        None is here and none can be installed; the message says what was tried.
    """
    if path := _installed():
        return path
    tried = ""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        words = ["install", "-y", "--no-install-recommends", "firefox-esr"]
        for command in (["update"], words):
            done = subprocess.run(
                ["apt-get", "-qq", *command], capture_output=True, text=True, timeout=600,
                check=False,
            )  # fmt: skip
            tried += done.stderr[-300:]
        if path := _installed():
            return path
    raise RuntimeError(f"These tests need Firefox: apt-get install firefox-esr. Tried: {tried}")


def _installed() -> str:
    return os.environ.get("WORKBENCH_FIREFOX", "") or next(
        (path for name in NAMES if (path := shutil.which(name))), ""
    )


@contextmanager
def launched(play: Playwright) -> Iterator[Browser]:
    """Run Firefox as it is, by the protocol that it speaks itself."""
    with TemporaryDirectory() as folder:
        # Playwright wants one file to start: this one starts _bidi.py with what it is given.
        script = Path(folder) / "firefox"
        program = Path(__file__).with_name("_bidi.py")
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {program} "$@"\n')
        script.chmod(0o700)
        environment = {**os.environ, "WORKBENCH_FIREFOX": find_or_install()}
        browser = play.firefox.launch(
            channel="moz-firefox", executable_path=script, env=dict(environment)
        )
        yield browser
        browser.close()
