"""The addresses of the app: what the manifest and the worker promise is there, and is nobody's."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.serve._server import Team


def asked(team: Team, path: str, **more: Any) -> httpx.Response:
    return httpx.get(f"{team.url}{path}", timeout=60, **more)


def test_the_manifest_names_only_what_is_there(team: Team) -> None:
    answer = asked(team, "/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    told = answer.json()
    cookies = {"wb_session": team.cookie("operator")}
    pictures = [*told["icons"], *told["screenshots"]]
    pictures += [icon for one in told["shortcuts"] for icon in one["icons"]]
    for one in pictures:
        picture = asked(team, one["src"])
        assert picture.content.startswith(b"\x89PNG")
        size = [int.from_bytes(picture.content[at : at + 4]) for at in (16, 20)]
        assert "x".join(map(str, size)) == one["sizes"], one["src"]
    pages = [told["start_url"], *(one["url"] for one in told["shortcuts"]),
             *(one["action"] for one in told["file_handlers"])]  # fmt: skip
    for page in pages:
        assert asked(team, page, cookies=cookies).status_code == 200, page


def test_what_the_worker_keeps_is_there_and_says_nothing_of_anybody(team: Team) -> None:
    answer = asked(team, "/worker.js")
    assert answer.headers["service-worker-allowed"] == "/"
    words = answer.text.partition(";\n")[0].removeprefix("self.WORKBENCH = ")
    shell = json.loads(words)["shell"]
    assert shell[0] == "/offline"
    cookies = {"wb_session": team.cookie("operator")}
    for path in shell:
        plain, mine = asked(team, path), asked(team, path, cookies=cookies)
        assert plain.status_code == 200, path
        same = [re.sub(r'nonce="[^"]*"', "", one.text) for one in (plain, mine)]
        assert same[0] == same[1], f"{path} is another for who is signed in"
    assert team.ids["operator"] not in asked(team, "/take-in", cookies=cookies).text


def test_a_page_of_somebody_names_them_to_its_script_only(team: Team) -> None:
    cookies = {"wb_session": team.cookie("operator")}
    page = asked(team, "/home", cookies=cookies).text
    assert f'data-user="{team.ids["operator"]}"' in page
    assert "data-user" not in asked(team, "/sign-in").text


@pytest.mark.parametrize(
    ("what", "leads"),
    [
        ("incident/" + "a" * 32, "/incident?id=" + "a" * 32),
        ("//run/" + "a" * 32, "/explore?data=detection:" + "a" * 32),
        ("monitor/" + "a" * 32 + "/", "/live?monitor=" + "a" * 32),
        ("https://elsewhere.example", ""),
        ("incident/" + "a" * 32 + "/../../x", ""),
    ],
)
def test_a_link_of_the_workbench_leads_to_its_page_and_nowhere_else(
    team: Team, what: str, leads: str
) -> None:
    cookies = {"wb_session": team.cookie("viewer")}
    answer = asked(team, "/open", params={"what": f"web+workbench:{what}"}, cookies=cookies)
    assert answer.status_code == (303 if leads else 404)
    assert answer.headers.get("location", "") == leads


def test_what_another_person_queued_is_not_done_as_who_is_signed_in_now(team: Team) -> None:
    meant = {"x-app-user": team.ids["operator"]}
    view = {"name": "queued", "page": "explore"}
    answer = team.ask("analyst", "POST", "/api/v1/views", json=view, headers=meant)
    assert answer.status_code == 401
    assert "somebody else" in answer.json()["detail"]
    assert team.ask("analyst", "GET", "/api/v1/views?q=queued").json()["total"] == 0
