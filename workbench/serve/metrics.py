"""What the server measures of itself, for Prometheus: never about people, only about work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from sqlalchemy import func, select

from workbench.core.errors import StoreError
from workbench.serve.api._operations import Nouns
from workbench.store.channels import OUTBOX
from workbench.store.credentials import SESSIONS
from workbench.store.database import reading
from workbench.store.incidents import INCIDENTS
from workbench.store.jobs import JOBS
from workbench.store.monitors import monitors_running
from workbench.store.streams import STREAMS

__all__ = ["Measured", "api", "scored", "seen"]

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "workbench_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY
)
LATENCY = Histogram(
    "workbench_request_seconds", "Seconds until the answer began.", ["route"], registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
SCORED = Counter("workbench_scored_rows", "Rows scored by models.", ["detector"], registry=REGISTRY)
SCORING = Histogram(
    "workbench_scoring_seconds", "Seconds that scoring a request took.", ["detector"],
    registry=REGISTRY, buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30),
)  # fmt: skip

PAGE_SECONDS = Histogram(
    "workbench_page_seconds", "Web vitals of pages: TTFB, FCP, LCP, INP.", ["page", "vital"],
    registry=REGISTRY, buckets=(0.05, 0.1, 0.2, 0.5, 0.8, 1.2, 1.8, 2.5, 4, 8, 20),
)  # fmt: skip
PAGE_SHIFT = Histogram(
    "workbench_page_layout_shift", "Web vitals of pages: CLS.", ["page"],
    registry=REGISTRY, buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)  # fmt: skip

api = Nouns("health", "How the server is.", prefix="")


def seen(page: str, vital: str, value: float) -> None:
    """Note how fast a page was for somebody."""
    if vital == "CLS":
        PAGE_SHIFT.labels(page).observe(value)
    else:
        PAGE_SECONDS.labels(page, vital).observe(value)


def scored(detector: str, rows: int, seconds: float) -> None:
    """Note that a model has scored rows."""
    SCORED.labels(detector).inc(rows)
    SCORING.labels(detector).observe(seconds)


class Measured:
    """Counts requests by route and status: whose ids stand in addresses is nobody's business.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()

        async def counted(message: Any) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                REQUESTS.labels(scope["method"], route, str(message["status"])).inc()
                LATENCY.labels(route).observe(time.perf_counter() - start)
            await send(message)

        await self._app(scope, receive, counted)


class _Live:
    """What streams took in and monitors scored, by id: names are for those who may see them."""

    def collect(self) -> Iterator[Any]:
        streams = [
            CounterMetricFamily(f"workbench_stream_{name}", about, labels=["stream"])
            for name, about in (
                ("records", "Records that a stream kept."),
                ("refused", "Records that a stream could not use."),
            )
        ]
        points, odd, lag, silent = (
            kind(f"workbench_monitor_{name}", about, labels=["monitor", "detector"])
            for kind, name, about in (
                (CounterMetricFamily, "points", "Records that a monitor scored."),
                (CounterMetricFamily, "anomalies", "Anomalous ones among them."),
                (GaugeMetricFamily, "lag_seconds", "From arrival to score, at the last step."),
                (GaugeMetricFamily, "silent_seconds", "Since records last came."),
            )
        )
        try:
            with reading() as connection:
                table = STREAMS.c
                for row in connection.execute(select(table.id, table.records, table.refused)):
                    streams[0].add_metric([row.id], row.records)
                    streams[1].add_metric([row.id], row.refused)
                running = monitors_running(connection)
        except StoreError:
            return
        for one in running:
            labels = [one.id, one.detector]
            points.add_metric(labels, one.points)
            odd.add_metric(labels, one.anomalies)
            lag.add_metric(labels, one.told.get("lag") or 0.0)
            if one.told.get("arrived"):
                silent.add_metric(labels, max(0.0, time.time() - one.told["arrived"]))
        yield from (*streams, points, odd, lag, silent)


class _Stored:
    """What the database knows: jobs, incidents and messages by state, open sessions."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        states = [
            (GaugeMetricFamily(f"workbench_{name}", f"{about} by state.", labels=["state"]), table)
            for name, about, table in (
                ("jobs", "Jobs", JOBS), ("incidents", "Incidents", INCIDENTS),
                ("outbox", "Messages to channels", OUTBOX),
            )
        ]  # fmt: skip
        sessions = GaugeMetricFamily("workbench_sessions", "Sessions of people signed in.")
        pages = GaugeMetricFamily("workbench_pages", "Pages that this process holds open.")
        try:
            with reading() as connection:
                for family, table in states:
                    query = select(table.c.state, func.count()).group_by(table.c.state)
                    for state, count in connection.execute(query):
                        family.add_metric([state], count)
                count = connection.execute(select(func.count()).select_from(SESSIONS)).scalar_one()
                sessions.add_metric([], count)
        except StoreError:
            return
        pages.add_metric([], open_pages())
        yield from (*(family for family, _ in states), sessions, pages)


REGISTRY.register(_Stored())
REGISTRY.register(_Live())


def open_pages() -> int:
    """Return how many pages this process holds: each is a session of Bokeh."""
    from workbench.serve.pages import contexts

    return sum(len(list(context.sessions)) for context in contexts())


@api.operation(
    "GET", "/metrics", "metrics:read", summary="Measurements for Prometheus",
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format"}},
    response_class=Response,
)  # fmt: skip
def read_metrics() -> Response:
    """Return counters and gauges; a key with the scope metrics:read is enough."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
