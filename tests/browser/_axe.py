"""Asks axe what people with other senses and hands would stumble over."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: Findings of axe that are not ours to mend: rule -> (part of the element, reason).
TOLERATED: dict[str, tuple[str, str]] = {}

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG A and AA, tolerated findings left out."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response
    told = []
    for rule in found["violations"]:
        part, _ = TOLERATED.get(rule["id"], ("\0", ""))
        nodes = [node for node in rule["nodes"] if part not in node["html"]]
        told += [f"{rule['id']}: {node['html'][:160]} {node['target']}" for node in nodes]
    return sorted(told)
