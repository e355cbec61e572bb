"""Answers of a Prometheus server to a query, asked again and again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from workbench.core.errors import DataError, ParameterError
from workbench.streams.base import Batch, Source, Surroundings

__all__ = ["Prometheus"]

#: Points that Prometheus gives at once, and seconds that its newest ones may still change.
MOST, SETTLED = 10_000, 5.0


class Prometheus(Source):
    """Asks ``/api/v1/query_range`` from where the last kept answer ended.

    Each series is an entity, called by its labels (field ``entity``); its value is the field
    ``value``, its time ``time``.

    Parameters
    ----------
    url : str
        ``http://host:9090``.
    query : str
        In PromQL.
    every : float
        Seconds between two points, and between two looks.
    since : float
        Seconds to look back at the first time.
    token : str
        Sent as ``Authorization: Bearer …``.
    """

    about: ClassVar[str] = "answers of a Prometheus server to a query"
    extra: ClassVar[str] = "server"
    secrets: ClassVar[tuple[str, ...]] = ("token",)

    def __init__(
        self, url: str, query: str, every: float = 15.0, since: float = 3600.0, token: str = ""
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ParameterError(f"url must look like http://host:9090, found {url[:80]!r}.")
        if not 1.0 <= every <= 86_400.0:
            raise ParameterError(f"every must lie between 1 and 86,400 s, found {every}.")
        self.url, self.query, self.every = url.rstrip("/"), query, float(every)
        self.since, self._token = float(since), token

    async def batches(
        self, position: dict[str, Any] | None, around: Surroundings
    ) -> AsyncIterator[Batch]:
        """Give what is new."""
        at = float((position or {}).get("until", time.time() - self.since))
        while True:
            steps = int((time.time() - SETTLED - at) // self.every)
            if steps < 1:
                await asyncio.sleep(min(self.every, 1.0))
                continue
            until = at + min(steps, MOST) * self.every
            rows = await asyncio.to_thread(self._ask, at + self.every, until, around)
            at = until
            yield Batch(rows, {"until": at})

    def _ask(self, start: float, end: float, around: Surroundings) -> list[dict[str, Any]]:
        import httpx

        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        around.check_host(str(parts.hostname), port)
        words = {"query": self.query, "start": start, "end": end, "step": self.every}
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            with around.client() as client:
                answer = client.get(f"{self.url}/api/v1/query_range", params=words, headers=headers)
        except httpx.HTTPError as error:
            raise ConnectionError(str(error)) from error
        told: Any = {}
        with contextlib.suppress(ValueError):
            told = answer.json()
        if answer.status_code >= 500:
            raise ConnectionError(f"Prometheus answered {answer.status_code}")
        if not isinstance(told, dict) or told.get("status") != "success":
            reason = (
                str(told.get("error", answer.status_code))[:200] if isinstance(told, dict) else ""
            )
            raise DataError(f"Prometheus does not answer the query: {reason}.")
        return [row for series in told["data"]["result"] for row in _rows(series)]


def _rows(series: Any) -> list[dict[str, Any]]:
    labels = dict(series.get("metric", {}))
    name = labels.pop("__name__", "")
    inside = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    entity = f"{name}{{{inside}}}" if inside else name
    told = series.get("values", ())  # a native histogram has none
    return [{"time": at, "entity": entity, "value": float(value)} for at, value in told]
