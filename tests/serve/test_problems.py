"""Errors leave as problems, and only the server's own are noted as faults."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from fastapi import FastAPI, Request

from tests.streams._loop import in_a_thread
from workbench.serve import problems


def test_a_sender_that_goes_away_is_no_fault_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = FastAPI()
    problems.register(app)

    @app.post("/take")
    async def take(request: Request) -> int:
        return len(await request.body())

    told: list[dict[str, Any]] = []
    parts = [
        {"type": "http.request", "body": b"half of", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/take", "raw_path": b"/take", "headers": [],
        "query_string": b"", "scheme": "http", "server": ("here", 80), "client": ("there", 1),
        "http_version": "1.1", "root_path": "",
    }  # fmt: skip

    async def ask() -> None:
        await app(scope, receive, send)

    with caplog.at_level(logging.ERROR):
        in_a_thread(ask())
    assert [one["status"] for one in told if "status" in one] == [400]
    assert caplog.records == []
