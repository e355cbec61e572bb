"""Finds a browser of the Chrome family as the product does, or installs one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from workbench.reports.browser import installed_browser as installed
from workbench.reports.browser import launch_flags as flags

__all__ = ["find_or_install", "flags", "installed"]


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
