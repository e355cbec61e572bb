"""The whole server behind its gate: the REST interface, the pages, signing in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount, WebSocketRoute

from workbench.core.errors import StoreError
from workbench.core.settings import settings
from workbench.serve import health, metrics, problems, provider_sign_in, pwa, sign_in
from workbench.serve.api import routers
from workbench.serve.api._document import describe
from workbench.serve.api._operations import PERMISSION, Nouns
from workbench.serve.gate import Gate, Policy
from workbench.serve.memory import keep_giving_back
from workbench.serve.pages import PAGES, add_pages
from workbench.serve.rules import ANYBODY, SIGNED_IN, Rule, Rules
from workbench.serve.static import Static

__all__ = ["make_app", "rules_of"]

log = logging.getLogger(__name__)
#: Static parts of pages: libraries that everybody may have.
OPEN_MOUNTS = ("/static",)


def make_app(policy: Policy | None = None, *, workers: int = 0, live: int = 0) -> Gate:
    """Return the server as an ASGI application.

    Parameters
    ----------
    policy : Policy, optional
        How strict the gate is.
    workers : int
        Jobs that this process works on at once; 0 leaves them to others.
    live : int
        Processes beside it that read streams and run monitors.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=_life(workers, live))
    problems.register(app)
    ours = (health.api, metrics.api, sign_in.api, provider_sign_in.api, pwa.api)
    for router in (*routers(), *ours, _document(app)):
        app.router.routes.extend(router.routes)  # flat: the gate reads the rule of each
    add_pages(app)
    return Gate(metrics.Measured(Static(app)), Rules(rules_of(app)), policy)


def _document(app: FastAPI) -> Nouns:
    api = Nouns("document", "What can be asked.")
    made: dict[str, Any] = {}

    @api.operation("GET", "/openapi.json", SIGNED_IN, summary="Read the OpenAPI document")
    def read_openapi() -> dict[str, Any]:
        """Return this document."""
        if not made:
            made.update(describe(app))
        return made

    return api


def rules_of(app: FastAPI) -> Iterator[Rule]:
    """Yield a rule for each route of an application.

    Raises
    ------
    LookupError
        A route does not say who may use it: the server does not start with an open door.
    """
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield _http_rule(route)
        elif isinstance(route, WebSocketRoute):
            page = route.path.removesuffix("/ws").strip("/")
            if page not in PAGES:
                raise LookupError(f"Nobody says who may use the websocket {route.path}.")
            yield Rule(route.path, PAGES[page].need, "websocket", page=True)
        elif isinstance(route, Mount) and route.path.startswith(OPEN_MOUNTS):
            yield Rule(f"{route.path}/.*", ANYBODY)
        else:
            raise LookupError(f"Nobody says who may use {route!r}.")


def _http_rule(route: APIRoute) -> Rule:
    need = (route.openapi_extra or {}).get(PERMISSION)
    methods = frozenset(route.methods or ())
    if need is not None:
        page = bool((route.openapi_extra or {}).get("x-page"))
        return Rule(route.path_regex.pattern, need, methods=methods, page=page)
    name = route.path.strip("/")
    if name in PAGES:
        return Rule(route.path, PAGES[name].need, methods=methods | {"HEAD"}, page=True)
    if route.path == "/components/{path:path}":  # scripts of Panel's components
        return Rule(r"/components/.*", SIGNED_IN)
    raise LookupError(f"Nobody says who may use {route.path}.")


def _daily() -> None:
    from workbench.registry.retention import ensure_daily

    try:
        ensure_daily()
    except StoreError as error:  # no room, say: it is tried again at the next start
        log.warning("What is old is not forgotten by itself: %s", error)


def _life(workers: int, live: int) -> Any:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        from workbench.alerts.delivery import Deliverer
        from workbench.jobs.runner import Pace, Runner
        from workbench.registry.work import KINDS
        from workbench.serve.live import LiveProcesses

        pace = Pace(kept=settings().keep_jobs * 86_400.0)
        runner, beside = Runner(KINDS, workers=workers, pace=pace), LiveProcesses(live)
        if workers:
            await to_thread.run_sync(_daily)
        runner.start()
        deliverer = Deliverer()
        deliverer.start()
        beside.start()
        giving = asyncio.create_task(keep_giving_back())
        try:
            yield
        finally:
            giving.cancel()
            beside.stop()
            deliverer.stop(2.0)
            runner.stop(20.0)

    kept: Any = life
    return kept
