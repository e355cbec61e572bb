"""The OpenAPI document: every operation with its permission, problems and ways to sign in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from workbench.serve.api._links import link
from workbench.serve.api._operations import PERMISSION, PREFIX, Operation
from workbench.serve.api._shapes import Problem
from workbench.serve.identity import COOKIE
from workbench.serve.rules import ANYBODY

__all__ = ["describe"]

#: A noun of live monitoring that nothing else may take.
RESERVED = ("alerts",)
ABOUT = """
Data, detections, models and reports of a team, by the same functions as in Python.

- **Who asks**: `Authorization: Bearer …`, an access token of `POST /api/v1/auth/token` or a key of
  `POST /api/v1/tokens`; pages use the cookie of a session.
- **Lists** take `limit`, `after` (the `next` of the page before), `sort` and `q`.
- **Long work** answers 202 with a job: ask `GET /jobs/{id}`, or follow `GET /jobs/{id}/events`.
- **Writes** may carry `Idempotency-Key`: who asks again gets the same answer. `If-Match` with an
  `ETag` changes only what is still as it was read.
- **Problems** are `application/problem+json` (RFC 9457): what, why, and what to do.
"""


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application's operations."""
    from importlib import metadata

    document = get_openapi(
        title="Anomaly Workbench",
        version=metadata.version("anomaly-workbench"),
        openapi_version="3.1.0",
        description=ABOUT,
        routes=[route for route in app.routes if isinstance(route, Operation)],  # no pages
        servers=[{"url": "/"}],
    )
    parts = document.setdefault("components", {})
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts.setdefault("schemas", {})["Problem"] = schema
    parts["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            if operation.get(PERMISSION) != ANYBODY:
                operation["security"] = [{"bearer": []}, {"session": []}]
    link(document, PREFIX)
    document["x-reserved"] = list(RESERVED)
    return document
