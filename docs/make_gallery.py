"""Takes the pictures of the component gallery: ``python docs/make_gallery.py [NAME …]``."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

FOLDER = ROOT / "docs" / "_static" / "gallery"
WIDE, NARROW, PHONE = 720, 380, 390
AIR = 10
#: Name of the picture, state, theme, width of the window.
PICTURES = (
    ("many", "many", "light", WIDE),
    ("dark", "many", "dark", WIDE),
    ("few", "few", "light", WIDE),
    ("phone", "many", "light", PHONE),
    ("empty", "empty", "light", NARROW),
    ("loading", "loading", "light", NARROW),
    ("error", "error", "light", NARROW),
)
#: Parts whose phases look like all others' need no picture of them.
PHASES_OF = "scores"


def serve() -> str:
    """Serve the gallery in a thread that ends with this script; return its address."""
    import panel as pn
    from panel.io.server import get_server

    from workbench.serve.local import HOST, free_port
    from workbench.view.components import _examples
    from workbench.view.pages.gallery import gallery_page

    for case in ("many", "few"):
        _examples.detection(case)
        _examples.comparison(case)
    port, ready = free_port(), threading.Event()
    pn.extension(inline=True)

    def page() -> Any:
        asked = {name: words[0].decode() for name, words in pn.state.session_args.items()}
        return gallery_page(asked["component"], asked["state"], asked["theme"])

    def run() -> None:
        import asyncio

        asyncio.set_event_loop(asyncio.new_event_loop())
        server = get_server(
            {"gallery": page}, port=port, address=HOST, show=False, start=False,
            websocket_origin=[f"{HOST}:{port}"],
        )  # fmt: skip
        server.start()
        ready.set()
        server.io_loop.start()

    threading.Thread(target=run, daemon=True).start()
    if not ready.wait(120):
        raise SystemExit("The gallery did not start.")
    return f"http://{HOST}:{port}/gallery"


def shrink(path: Path) -> None:
    """Keep the 160 colours that a picture needs: a third of the bytes, and nobody sees it."""
    from PIL import Image  # Bokeh brings it

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(160, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main() -> None:
    """Write each picture to docs/_static/gallery."""
    from _browser import find_or_install, flags
    from playwright.sync_api import sync_playwright

    from workbench.view.components.views import states

    FOLDER.mkdir(parents=True, exist_ok=True)
    chosen = sys.argv[1:] or list(states())
    address, total = serve(), 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_or_install(), args=flags())
        for name in chosen:
            for picture, case, theme, width in PICTURES:
                if (case in ("empty", "loading", "error") and name != PHASES_OF) or (
                    name in ("keys", "push_switch") and picture not in ("many", "dark")
                ):
                    continue
                page = browser.new_page(viewport={"width": width, "height": 1000})
                page.goto(f"{address}?component={name}&state={case}&theme={theme}")
                page.locator(f".wb-{name}").first.wait_for()
                page.wait_for_function("document.fonts.status === 'loaded'")
                page.wait_for_timeout(900)  # the picture is drawn once its width is known
                path = FOLDER / f"{name}-{picture}.png"
                part = page.locator(f".wb-{name}").first
                if name == "keys":
                    page.get_by_role("button", name="Keyboard shortcuts").click()
                    part = page.locator(".wb-keys dialog")
                if name == "figures":
                    page.get_by_role("button", name="Show as table").click()
                    page.locator(".figures td").first.wait_for()
                box = part.bounding_box()
                assert box is not None
                page.screenshot(
                    path=str(path),
                    clip={
                        "x": box["x"] - AIR,
                        "y": box["y"] - AIR,
                        "width": box["width"] + 2 * AIR,
                        "height": box["height"] + 2 * AIR,
                    },
                )
                shrink(path)
                total += path.stat().st_size
                page.close()
            print(name, f"{total / 1e6:.2f} MB so far")
        browser.close()


if __name__ == "__main__":
    main()
