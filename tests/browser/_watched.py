"""A page that remembers what its browser complained about and whom it asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

expect.set_options(timeout=60_000)  # two cores may be busy elsewhere


@dataclass
class Watched:
    """A page, and what its browser complained about or asked of strangers."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, query: str = "") -> Page:
        """Go to the Explore page and wait until its result is drawn."""
        self.page.goto(f"{self.address}{query}")
        self.page.locator(".wb-lanes .grip").wait_for(state="visible")
        self.page.wait_for_function("location.search.includes('rule=')")  # the page is live
        return self.page

    def _console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def watch(self) -> None:
        """Begin to take notes."""
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._host(request.url))
        self.page.on("websocket", lambda socket: self._host(socket.url))

    def _host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.netloc)


def watching(
    browser: Browser, address: str, size: dict[str, int], touch: bool = False
) -> Iterator[Watched]:
    """Yield a page; at the end it must have 0 console errors and 0 external requests."""
    context = browser.new_context(
        viewport=size, has_touch=touch, permissions=["clipboard-read", "clipboard-write"]
    )  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)  # a machine may be busy with the other half of the tests
    watched = Watched(page, address)
    watched.watch()
    yield watched
    context.close()
    assert watched.complaints == []
    assert watched.hosts <= {urlsplit(address).netloc}
