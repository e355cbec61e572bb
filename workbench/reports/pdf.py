"""A report on paper: printed by a browser that can reach nothing and runs no script."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workbench.core.errors import DataError
from workbench.core.extras import require
from workbench.reports.browser import find_browser, launch_flags

__all__ = ["write_pdf"]

#: Milliseconds that a page may take to be laid out.
PATIENCE = 120_000

_FOOTER = (
    '<div style="font-size:8px;width:100%;padding:0 14mm;color:#56606b;display:flex;'
    'justify-content:space-between;font-family:sans-serif"><span class="title"></span>'
    '<span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>'
)


def write_pdf(page: Path, path: Path) -> None:
    """Print an HTML file as tagged A4 PDF with bookmarks.

    Parameters
    ----------
    page : Path
        The HTML file; nothing else is loaded.
    path : Path
        Where to.

    Raises
    ------
    MissingExtra
        Playwright or a browser is not there.
    DataError
        The browser cannot print it.
    """
    require("playwright.sync_api", extra="report", why="to print a PDF")
    browser = find_browser()
    # A thread of its own: Playwright's plain interface refuses to work inside of a notebook's loop.
    with ThreadPoolExecutor(1) as one:
        one.submit(_print, browser, page, path).result()


def _print(browser: str, page: Path, path: Path) -> None:
    from playwright.sync_api import Error, sync_playwright

    address = page.resolve().as_uri()
    try:
        with sync_playwright() as play:
            started = play.chromium.launch(executable_path=browser, args=launch_flags())
            context = started.new_context(java_script_enabled=False, offline=True)
            context.route(
                "**/*",
                lambda route: route.continue_() if route.request.url == address else route.abort(),
            )
            tab = context.new_page()
            tab.goto(address, timeout=PATIENCE)
            tab.emulate_media(media="print", color_scheme="light")
            tab.pdf(
                path=str(path),
                format="A4",
                print_background=True,
                tagged=True,
                outline=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=_FOOTER,
                margin={"top": "14mm", "bottom": "16mm", "left": "14mm", "right": "14mm"},
            )
            started.close()
    except Error as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise DataError(f"The browser cannot print the report: {reason}") from error
