"""Messages of a real WebSocket server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from workbench.streams.base import Batch
from workbench.streams.sources.websocket import Websocket

from ._loop import in_a_thread
from ._reading import HERE, SOON

Talk = Callable[[ServerConnection], Awaitable[None]]


def listened(talk: Talk, rows: int, **words: Any) -> list[Any]:
    """Let a server talk; return the records of each part."""

    async def work() -> list[Any]:
        async with serve(talk, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            source = Websocket(f"ws://127.0.0.1:{port}/live", **words)
            found: list[Batch] = []
            parts: Any = source.batches(None, HERE)
            async with asyncio.timeout(SOON), aclosing(parts):
                async for batch in parts:
                    found.append(batch)
                    if sum(len(one.rows) for one in found) >= rows:
                        break
            return [one.rows for one in found]

    return in_a_thread(work())


def test_messages_are_records_lists_of_them_or_lines() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send('{"v": 1}')
        await socket.send('[{"v": 2}, {"v": 3}]')
        await socket.send('{"v": 4}\n{"v": 5}\n')
        await socket.send(b'{"v": 6}')
        await socket.send("nonsense")
        await socket.wait_closed()

    rows = [row for part in listened(talk, 7) for row in part]
    assert rows == [*({"v": number} for number in range(1, 7)), {}]


def test_the_server_is_told_who_asks_and_what_for() -> None:
    async def talk(socket: ServerConnection) -> None:
        assert socket.request is not None
        asked = await socket.recv()
        heads = socket.request.headers
        await socket.send(json.dumps({"asked": asked, "who": heads["Authorization"]}))
        await socket.wait_closed()

    told = listened(talk, 1, say="subscribe", token="hush")[0][0]
    assert told == {"asked": "subscribe", "who": "Bearer hush"}


def test_what_was_said_before_the_server_left_is_kept() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send('{"v": 1}')
        await socket.send('{"v": 2}')

    with pytest.raises(ConnectionError):
        listened(talk, 3)
    assert listened(talk, 2) == [[{"v": 1}, {"v": 2}]]


def test_a_server_that_never_pauses_is_kept_in_time() -> None:
    async def talk(socket: ServerConnection) -> None:
        for number in range(60):
            await socket.send(json.dumps({"v": number}))
            await asyncio.sleep(0.02)
        await socket.wait_closed()

    parts = listened(talk, 60)
    assert len(parts) > 2
    assert [row["v"] for part in parts for row in part] == list(range(60))


def test_a_server_that_is_not_there_is_tried_again_later() -> None:
    async def work() -> None:
        parts: Any = Websocket("ws://127.0.0.1:9/x").batches(None, HERE)
        async with aclosing(parts):
            await anext(parts)

    with pytest.raises(OSError):
        in_a_thread(work())
