"""A team's server for pages in a browser; opens them as somebody of the team."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

__all__ = ["opened", "pictured", "team_server"]

_PLACE = Path(__file__).parents[1] / "serve" / "_server.py"
_spec = importlib.util.spec_from_file_location("team_server", _PLACE)
assert _spec is not None
assert _spec.loader is not None
team_server = importlib.util.module_from_spec(_spec)
sys.modules["team_server"] = team_server
_spec.loader.exec_module(team_server)


def opened(browser: Browser, team: Any, role: str, path: str, **options: Any) -> Page:
    """Open a page as somebody; what goes wrong in it is kept in ``page.wrong``."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    context.add_cookies([{"name": "wb_session", "value": team.cookie(role), "url": team.url}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            wrong.append(f"outside: {asked.url}")
            if not asked.url.startswith((team.url, "data:", "blob:"))
            else None
        ),
    )
    page.wrong = wrong  # type: ignore[attr-defined]
    page.goto(f"{team.url}/{path}")
    return page


def pictured(page: Page, name: str) -> None:
    """Keep a picture where ``WORKBENCH_PICTURES`` names a folder."""
    folder = os.environ.get("WORKBENCH_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"team-{name}.png")
