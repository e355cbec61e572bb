"""Signing in with a provider in a browser: out to it, back, linked, and out again."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _axe import violations
from _team import pictured
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
SOON = 15_000


def _module(name: str) -> Any:
    place = Path(__file__).parents[1] / "serve" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"provider_test{name}", place)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


servers, providers = _module("_server"), _module("_provider")


@pytest.fixture(scope="module")
def provider() -> Iterator[Any]:
    with providers.Provider() as running:
        yield running


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, provider: Any) -> Iterator[Any]:
    env = {
        "WORKBENCH_OIDC_ISSUER": provider.url, "WORKBENCH_OIDC_CLIENT": providers.CLIENT,
        "WORKBENCH_OIDC_SECRET": providers.SECRET, "WORKBENCH_OIDC_NAME": "Plant login",
        "WORKBENCH_ALLOWED_NETWORKS": "127.0.0.0/8",
    }  # fmt: skip
    with servers.Server(tmp_path_factory.mktemp("server"), env) as server:
        made = servers.populated(server)
        body = {"name": "ines", "role": "analyst"}
        assert made.ask("admin", "POST", "/api/v1/users", json=body).status_code == 201
        yield made
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wrong: list[str] = []

    def note(told: Any) -> None:
        # Chromium looks for a picture of the site by itself; plain pages have none.
        if told.type == "error" and not told.location["url"].endswith("/favicon.ico"):
            wrong.append(f"{told.text} {told.location['url']}")

    page.on("console", note)
    page.wrong = wrong  # type: ignore[attr-defined]
    yield page
    context.close()


def test_one_signs_in_by_the_provider_and_leaves_there_too(
    page: Page, team: Any, provider: Any
) -> None:
    provider.signs_in(sub="ines-1", preferred_username="ines")
    page.goto(f"{team.url}/settings")
    assert "/sign-in?next=" in page.url
    assert violations(page) == []
    pictured(page, "sign-in-by-provider")
    page.get_by_role("link", name="Plant login").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible(timeout=SOON)
    assert page.url == f"{team.url}/settings"
    expect(page.get_by_role("heading", name="Signing in with Plant login")).to_be_visible(
        timeout=SOON
    )
    expect(page.get_by_text(provider.url).first).to_be_visible(timeout=SOON)
    pictured(page, "settings-with-provider")
    assert page.wrong == []  # type: ignore[attr-defined]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{team.url}/sign-in")
    assert "/end" in provider.asked()
    page.goto(f"{team.url}/settings")
    assert "/sign-in?next=" in page.url
    assert page.wrong == []  # type: ignore[attr-defined]


def test_one_links_the_account_that_one_has(page: Page, team: Any, provider: Any) -> None:
    provider.signs_in(sub="op-1", preferred_username="o.perator")
    cookie = {"name": "wb_session", "value": team.cookie("operator"), "url": team.url}
    page.context.add_cookies([cookie])
    page.goto(f"{team.url}/settings")
    page.get_by_role("link", name="Link this account to Plant login").click()
    assert violations(page) == []
    page.get_by_role("button", name="Link it to Plant login").click()
    page.wait_for_url(f"{team.url}/settings")
    expect(page.get_by_text("o.perator")).to_be_visible(timeout=SOON)
    assert page.wrong == []  # type: ignore[attr-defined]


def test_a_lie_of_the_provider_is_told_in_words(page: Page, team: Any, provider: Any) -> None:
    provider.signs_in("nonce", sub="ines-1", preferred_username="ines")
    page.goto(f"{team.url}/sign-in")
    page.get_by_role("link", name="Plant login").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be trusted")
    pictured(page, "provider-that-lies")
    assert violations(page) == []
    page.get_by_role("link", name="Back to signing in").click()
    expect(page.get_by_label("Name")).to_be_visible()
