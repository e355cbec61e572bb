"""Messages of a WebSocket server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from workbench.core.errors import ParameterError
from workbench.core.extras import require
from workbench.streams.base import Batch, Source, Surroundings
from workbench.streams.sources._messages import MOST, rows_of

__all__ = ["Websocket"]

#: Messages that are kept together, and seconds that the first of them waits for others.
TOGETHER, WAIT = 500, 0.2


class Websocket(Source):
    """Listens to a WebSocket server; what it says while nobody listens is gone.

    Parameters
    ----------
    url : str
        ``wss://host/path``.
    say : str
        What is said at the beginning, as many servers want it to subscribe.
    token : str
        Sent as ``Authorization: Bearer …``.
    """

    about: ClassVar[str] = "messages of a WebSocket server"
    extra: ClassVar[str] = "live"
    secrets: ClassVar[tuple[str, ...]] = ("token",)
    goes_back: ClassVar[bool] = False

    def __init__(self, url: str, say: str = "", token: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise ParameterError(f"url must look like wss://host/path, found {url[:80]!r}.")
        self.url, self.say, self._token = url, say, token

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give messages as they come."""
        require("websockets", extra="live", why="to listen to a WebSocket server")
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        host = str(parts.hostname)
        judged = await asyncio.to_thread(around.check_host, host, port)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        # The connection goes to the address that was judged, under the name that was asked for.
        place = {"host": judged[0], "port": port} if isinstance(judged, list) and judged else {}
        if parts.scheme == "wss" and place:
            place["server_hostname"] = host
        try:
            async with connect(
                self.url, additional_headers=headers, proxy=None, max_size=MOST,
                max_queue=1_000, **place,
            ) as socket:  # fmt: skip
                if self.say:
                    await socket.send(self.say)
                while True:
                    rows, ended = await _several(socket)
                    if rows:
                        yield Batch(rows)
                    if ended is not None:
                        raise ended
        except WebSocketException as error:
            raise ConnectionError(str(error)) from error


async def _several(socket: Any) -> tuple[list[Any], Exception | None]:
    """Return what comes within a moment, and what ended the connection meanwhile."""
    from websockets.exceptions import ConnectionClosed

    rows: list[Any] = []
    try:
        rows += rows_of(await socket.recv())
        async with asyncio.timeout(WAIT):
            while len(rows) < TOGETHER:
                rows += rows_of(await socket.recv())
    except TimeoutError:
        pass
    except ConnectionClosed as error:
        return rows, error
    return rows, None
