"""A real Voilà over notebooks, with our look, as ``workbench dashboards`` starts it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from _jupyter import Served, running
from playwright.sync_api import Page

from workbench.serve.dashboards import dashboard_command, dashboard_places

__all__ = ["kernel_of", "voila"]


@contextlib.contextmanager
def voila(
    home: Path, notebooks: Path | None = None, folder: Path | None = None
) -> Iterator[Served]:
    """Run Voilà over our dashboards, or over other notebooks; ``folder`` holds files to open."""
    ours, jupyter = dashboard_places()
    words = [word.replace("--port=0", "--port={port}") for word in dashboard_command(ours, 0)[2:]]
    words[1] = str(notebooks or ours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "JUPYTER_PATH", os.pathsep.join([str(jupyter), os.environ.get("JUPYTER_PATH", "")])
        )
        patch.setenv("WORKBENCH_FOLDER", str(folder or home))
        with running(words, notebooks or ours, home, "voila/static/voila.js") as served:
            yield served


def kernel_of(page: Page) -> str:
    """Return the id of the kernel behind a page."""
    found: str = page.evaluate(
        "JSON.parse(document.querySelector('#jupyter-config-data').textContent).kernelId"
    )
    return found
