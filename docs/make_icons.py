"""Draws the app's icons and takes its two pictures: ``python docs/make_icons.py [pictures]``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))
ICONS = ROOT / "workbench" / "serve" / "pwa" / "icons"

#: The line of a measurement with the one place where it is odd.
LINE = "M5 26h8l3-4 4 5 4-19 4 18h7"
PAPER, INK = "#1f5fbf", "#ffffff"


def drawing(size: int, *, corner: float, inner: float, paper: str = PAPER) -> str:
    """Return an icon as SVG; ``inner`` is the share of the side that the line takes."""
    shift = 20 * (1 - inner)
    back = f'<rect width="40" height="40" rx="{corner}" fill="{paper}"/>' if paper else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        f'viewBox="0 0 40 40">{back}<g transform="translate({shift} {shift}) scale({inner})">'
        f'<path d="{LINE}" fill="none" stroke="{INK}" stroke-width="2.6" stroke-linecap="round" '
        f'stroke-linejoin="round"/></g></svg>'
    )


DRAWINGS = {
    "icon-192.png": drawing(192, corner=9, inner=1.0),
    "icon-512.png": drawing(512, corner=9, inner=1.0),
    # Systems cut these to their own shape: the line keeps to the safe zone of 80 %.
    "maskable-192.png": drawing(192, corner=0, inner=0.72),
    "maskable-512.png": drawing(512, corner=0, inner=0.72),
    "apple-180.png": drawing(180, corner=0, inner=0.85),
    # Android takes the shape alone, as a mask.
    "badge-96.png": drawing(96, corner=0, inner=0.95, paper=""),
}


def main() -> None:
    """Write each icon; with "pictures", the screenshots of the manifest as well."""
    from _browser import find_or_install, flags
    from playwright.sync_api import sync_playwright

    ICONS.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_or_install(), args=flags())
        for name, words in DRAWINGS.items():
            size = int(name.partition("-")[2].partition(".")[0])
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{words}")
            page.screenshot(path=str(ICONS / name), omit_background=True)
            page.close()
        if "pictures" in sys.argv[1:]:
            _pictures(browser)


def _pictures(browser: object) -> None:
    from make_screenshots import serve

    address = serve()
    looks = {"wide.png": (1280, 800, 1), "narrow.png": (390, 844, 2)}
    for name, (width, height, scale) in looks.items():
        view = {"width": width, "height": height}
        page = browser.new_page(viewport=view, device_scale_factor=scale)  # type: ignore[attr-defined]
        page.goto(f"{address}&theme=light")
        page.locator(".wb-lanes .grip").wait_for(state="visible")
        page.locator(".wb-table tbody tr").first.wait_for(state="visible")
        page.wait_for_timeout(1500)
        page.screenshot(path=str(ICONS / name))
        page.close()


if __name__ == "__main__":
    main()
