"""What people who zoom, use keys alone or listen come to on a page: reflow, reach, names."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["heard", "hidden_from_keys", "lost", "moving", "quiet", "settle", "spaced"]

HERE = Path(__file__).parent / "aria"
PROGRAM = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def _ask(page: Page, what: str) -> Any:
    return page.evaluate(f"() => {PROGRAM.strip()}.{what}()")


def settle(page: Page) -> None:
    """Wait until what moves has come to rest and what was resized has been drawn."""
    _ask(page, "settle")


def lost(page: Page) -> list[str]:
    """Return what lies outside of a narrow window, or is cut off in it (WCAG 2.1, 1.4.10)."""
    return list(_ask(page, "lost"))


def spaced(page: Page) -> list[str]:
    """Return what is lost once text has the room of WCAG 2.1, 1.4.12: cut off, or overlapped.

    What was so before is for the other looks to judge.
    """
    before = _ask(page, "written")
    _ask(page, "space")
    settle(page)
    known = {_plain(one) for told in before.values() for one in told}
    after = _ask(page, "written")
    return [one for told in after.values() for one in told if _plain(one) not in known]


def _plain(told: str) -> str:
    return re.sub(r"\d[\d,.:]*", "0", told)


def moving(page: Page) -> list[str]:
    """Return what an animation or a transition still moves."""
    return list(_ask(page, "moving"))


def hidden_from_keys(page: Page) -> list[str]:
    """Return what the Tab key does not lead to, and where one does not see that it is there."""
    # More presses than places: what keeps the keyboard shows as what is not reached.
    for _ in range(_ask(page, "begin") + 12):
        page.keyboard.press("Tab")
        if _ask(page, "step"):
            break
    return list(_ask(page, "left"))


def quiet(page: Page) -> str:
    """Wait until the page tells the same twice, and return what it tells a screen reader.

    Names and roles count; numbers, moments and addresses are another each time.
    """
    before, text = "", _told(page)
    for _ in range(40):
        if text == before:
            break
        page.wait_for_timeout(400)  # the parts of a page come one after the other
        before, text = text, _told(page)
    return text


def heard(page: Page, name: str) -> str:
    """Return how what a screen reader is told differs from what was kept; "" where it does not.

    ``WORKBENCH_KEEP_ARIA=1`` keeps what is told now.
    """
    text = quiet(page)
    place = HERE / f"{re.sub('[^a-z]+', '-', name)}.yml"
    if os.environ.get("WORKBENCH_KEEP_ARIA"):
        HERE.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return ""
    known = place.read_text(encoding="utf-8") if place.is_file() else ""
    lines = known.splitlines(), text.splitlines()
    return "\n".join(difflib.unified_diff(*lines, "kept", "told", n=1, lineterm=""))


def _told(page: Page) -> str:
    text = "\n".join(
        line for line in page.locator("body").aria_snapshot().splitlines() if "/url:" not in line
    )
    text = re.sub(r"\bwbk_[\w-]+(?=…)", "wbk_KEY", text)
    text = re.sub(re.escape(tempfile.gettempdir()) + r"/[\w./-]+", "FOLDER", text)
    text = re.sub(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}\b(?=…)", "ID", text)
    text = re.sub(r"\d[\d,.:]*(?:e[+-]\d+)?", "0", text)
    text = re.sub(r"(?:0-)+0(?: 0)?", "0", text)
    # How severe a stretch of a live chart is, or whether it holds anything, depends on where it is
    # cut, and that on the clock.
    text = re.sub(r"\b0 (?:normal|low|medium|high|critical)\b", "0 band", text)
    text = re.sub(r'(?<=[" ])–(?=[" ])', "0 band", text)
    moment = r"0 (?:s|min|h|d)"
    moments = rf"\b(?:now|less than a minute|{moment})(?: {moment})?(?: ago)?\b"
    text = re.sub(moments, "0 ago", text)
    return text + "\n"
