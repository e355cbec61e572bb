"""The gallery as a Panel server that really runs, and what a person does with its components."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from workbench.serve.local import HOST, free_port
from workbench.view.components.views import states

ROOT = Path(__file__).parents[2]
#: Without those that show nothing of data.
NAMES = [name for name in states() if name not in ("code", "keys", "push_switch")]
APPS = ("apps/gallery.py", "tests/browser/live_app.py")
#: What is there as soon as a component has been painted.
PAINTED = {
    "figures": ".as-table",
    "label_bar": ".says button",
    "why_bars": ".steps .name",
    "table": "tbody .go",
}


def painted(name: str) -> str:
    """Return what is seen of a component once it has been painted."""
    return f".wb-{name} {PAINTED.get(name, 'canvas, .square')}"


@contextlib.contextmanager
def panel_gallery(home: Path, *origins: str) -> Iterator[str]:
    """Run the gallery with its samples found; yields its address.

    ``origins`` are hosts beside its own that websockets are taken from.
    """
    port = free_port()
    environment = {**os.environ, "WORKBENCH_HOME": str(home)}
    allowed = [word for one in (f"{HOST}:{port}", *origins)
               for word in ("--allow-websocket-origin", one)]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "panel", "serve", *APPS, "--address", HOST, "--port", str(port),
         *allowed, "--warm"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=ROOT,
    )  # fmt: skip
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    reader.start()
    for _ in range(600):
        assert process.poll() is None, "".join(said)
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                break
        time.sleep(0.2)
    yield f"http://{HOST}:{port}/gallery"
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    reader.join(timeout=10)
    process.stdout.close() if process.stdout else None
    # A browser that leaves in the middle of a message makes tornado complain; that is no fault.
    assert not [line for line in said if "/workbench/" in line], "".join(said)


def hears(page: Page, wanted: str) -> dict[str, Any]:
    """Wait until what Python heard matches, and return it."""
    heard = page.locator(".heard code")
    expect(heard).to_have_text(re.compile(wanted))
    return dict(json.loads(heard.inner_text()))


def drag(page: Page, part: Locator, *stops: tuple[float, float]) -> None:
    """Draw with the pointer from stop to stop, given as shares of a part's box."""
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    for i, (x, y) in enumerate(stops):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if i == 0:
            page.mouse.down()
    page.mouse.up()
