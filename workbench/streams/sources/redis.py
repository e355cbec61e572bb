"""Entries of a Redis stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from workbench.core.errors import DataError, ParameterError
from workbench.core.extras import require
from workbench.streams.base import Batch, Source, Surroundings
from workbench.streams.sources._messages import rows_of

__all__ = ["Redis"]

#: Entries that are kept together, and milliseconds that are waited for the first.
TOGETHER, WAIT = 5_000, 1_000


class Redis(Source):
    """Reads a Redis stream from the last entry that was kept.

    The fields of an entry are those of a record; an entry with the one field ``data`` holds JSON.
    A record without a time gets that of its entry, as ``time``.

    Parameters
    ----------
    host : str
    key : str
        Of the stream.
    port, db : int
    user, password : str
    begin : {"earliest", "latest"}
        Where to begin at the first time.
    tls : bool
    """

    about: ClassVar[str] = "entries of a Redis stream"
    extra: ClassVar[str] = "live"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    def __init__(
        self,
        host: str,
        key: str,
        port: int = 6379,
        db: int = 0,
        user: str = "",
        password: str = "",
        begin: str = "earliest",
        tls: bool = False,
    ) -> None:
        if not 1 <= port <= 65_535:
            raise ParameterError(f"port must lie between 1 and 65,535, found {port}.")
        if begin not in ("earliest", "latest"):
            raise ParameterError(f"begin must be earliest or latest, found {begin[:40]!r}.")
        self.host, self.key, self.port, self.db = host, key, int(port), int(db)
        self.user, self._password, self.begin, self.tls = user, password, begin, bool(tls)

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give entries as they come."""
        require("redis", extra="live", why="to read from Redis")
        from redis import asyncio as redis
        from redis.exceptions import AuthenticationError, RedisError, ResponseError

        await asyncio.to_thread(around.check_host, self.host, self.port)
        client = redis.Redis(
            host=self.host, port=self.port, db=self.db, username=self.user or None,
            password=self._password or None, ssl=self.tls, socket_connect_timeout=10.0,
            socket_timeout=10.0,
        )  # fmt: skip
        at = str((position or {}).get("id") or "0")
        try:
            if not position and self.begin == "latest":
                # "$" would mean another place at each look, and pass over what came in between.
                newest = await client.xrevrange(self.key, count=1)
                at = _text(newest[0][0]) if newest else "0"
                yield Batch([], {"id": at})
            while True:
                answer = await client.xread({self.key: at}, count=TOGETHER, block=WAIT)
                entries = _entries(answer)
                if not entries:
                    continue
                rows = [row for one, fields in entries for row in _record(one, fields)]
                at = _text(entries[-1][0])
                yield Batch(rows, {"id": at})
        except (AuthenticationError, ResponseError) as error:
            raise DataError(f"Redis refuses: {str(error)[:200]}.") from error
        except RedisError as error:
            raise ConnectionError(str(error)) from error
        finally:
            await client.aclose()


def _entries(answer: Any) -> list[Any]:
    """Return the entries of an answer about one stream.

    The second protocol says ``[[key, entries]]``, the third ``{key: entries}`` or, as redis-py has
    it, ``{key: [entries]}``.
    """
    if not answer:
        return []
    told = next(iter(answer.values())) if isinstance(answer, dict) else answer[0][1]
    return list(told[0] if told and isinstance(told[0], list) else told)


def _record(id_: Any, fields: Any) -> list[dict[str, Any]]:
    known = {_text(name): _text(value) for name, value in fields.items()}
    beside = {"time": int(_text(id_).partition("-")[0])}
    if set(known) == {"data"}:
        return rows_of(known["data"], **beside)
    return [{**beside, **known}]


def _text(told: Any) -> str:
    return told.decode("utf-8", errors="replace") if isinstance(told, bytes) else str(told)
