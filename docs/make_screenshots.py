"""Takes the pictures of the README from the real demo: ``python docs/make_screenshots.py``."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

PICTURES = {
    "explore-light": ("light", 1440, 900),
    "explore-dark": ("dark", 1440, 900),
    "explore-phone": ("light", 390, 844),
}


def serve() -> str:
    """Start the demo in a thread that ends with this script; return its address."""
    from workbench.serve.local import serve_demo

    ready, said = threading.Event(), []

    def announce(words: str) -> None:
        said.append(words)
        ready.set()

    def run() -> None:
        import asyncio

        asyncio.set_event_loop(asyncio.new_event_loop())
        serve_demo(0, show=False, announce=announce)

    threading.Thread(target=run, daemon=True).start()
    if not ready.wait(120):
        raise SystemExit("The demo did not start.")
    return said[0].rpartition(" ")[2]


def main() -> None:
    """Write each picture to docs/_static."""
    from _browser import find_or_install, flags
    from playwright.sync_api import sync_playwright

    address = serve()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_or_install(), args=flags())
        for name, (theme, width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{address}&theme={theme}")
            page.locator(".wb-lanes .grip").wait_for(state="visible")
            page.locator(".wb-table tbody tr").first.wait_for(state="visible")
            page.wait_for_function("document.fonts.status === 'loaded'")
            page.wait_for_timeout(1000)  # the drawer's and the charts' first movements
            path = ROOT / "docs" / "_static" / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(path))
            print(path)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
