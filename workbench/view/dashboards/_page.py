"""The bond between a dashboard and its page: is it still there, and what is its address."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

__all__ = ["Page"]

#: Beats without an answer after which a page counts as closed.
MOST_UNHEARD = 20


class Page(anywidget.AnyWidget):
    """Answers each beat as long as the page is open, and keeps the state in its address."""

    _esm = Path(__file__).with_name("_page.js").read_text(encoding="utf-8")

    query = traitlets.Dict(help="What the address says behind the question mark.").tag(sync=True)
    beat = traitlets.Int(help="Counted up by Python with each tick.").tag(sync=True)
    heard = traitlets.Int(help="Latest beat that the page has shown.").tag(sync=True)
    here = traitlets.Bool(help="Whether a page has opened.").tag(sync=True)

    @property
    def closed(self) -> bool:
        """Whether the page has been silent for so long that nobody can be looking."""
        return int(self.beat) - int(self.heard) > MOST_UNHEARD
