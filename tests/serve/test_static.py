"""Static parts of pages travel compressed, and browsers keep them."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response

from tests.streams._loop import in_a_thread
from workbench.serve.static import Static

WORDS = "let odd = 'since when, why, and who should know';\n" * 200


@pytest.fixture
def app() -> Any:
    inner = FastAPI()

    @inner.get("/static/{name}")
    @inner.get("/api/v1/{name}")
    def give(name: str, own: bool = False) -> Response:
        headers = {"cache-control": "no-cache"} if own else {}
        return Response(WORDS, media_type="text/javascript", headers=headers)

    return Static(inner)


def asked(app: Any, path: str, encoding: str = "gzip") -> tuple[httpx.Response, bytes]:
    """Return an answer and its bytes as they travelled."""

    async def ask() -> tuple[httpx.Response, bytes]:
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client,
            client.stream("GET", path, headers={"accept-encoding": encoding}) as answer,
        ):
            return answer, b"".join([part async for part in answer.aiter_raw()])

    found: tuple[httpx.Response, bytes] = in_a_thread(ask())
    return found


def test_scripts_travel_compressed(app: Any) -> None:
    answer, raw = asked(app, "/static/bokeh.js?v=1")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).decode() == WORDS
    assert len(raw) < len(WORDS) / 10
    assert "Accept-Encoding" in answer.headers["vary"]


def test_an_address_that_names_its_version_is_kept_for_good(app: Any) -> None:
    assert "immutable" in asked(app, "/static/bokeh.js?v=1")[0].headers["cache-control"]
    assert "immutable" not in asked(app, "/static/bokeh.js")[0].headers["cache-control"]
    assert asked(app, "/static/bokeh.js?own=1")[0].headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/picture.png", "/api/v1/datasets"])
def test_pictures_and_what_belongs_to_somebody_stay_as_they_are(app: Any, path: str) -> None:
    answer, raw = asked(app, path)
    assert "content-encoding" not in answer.headers
    assert raw.decode() == WORDS


def test_who_cannot_unpack_gets_it_plain(app: Any) -> None:
    answer, raw = asked(app, "/static/bokeh.js", "identity")
    assert "content-encoding" not in answer.headers
    assert raw.decode() == WORDS
