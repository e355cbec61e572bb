"""The frame of every page: it follows nobody else's work, and goes when the page goes."""

from __future__ import annotations

import gc
import weakref

import panel as pn

from workbench.view.pages._shell import shell


def followers() -> int:
    """Return how many follow whether any page of this process works."""
    return len(pn.state.param.watchers.get("busy", {}).get("value", []))


def test_a_page_follows_no_other_page_and_nothing_holds_it_when_it_is_closed() -> None:
    before = followers()
    page = shell("home", "What was found.", [], [], [], dark=False)
    assert followers() == before
    gone = weakref.ref(page)
    del page
    gc.collect()
    assert gone() is None
