"""What went wrong, as every answer of the server tells it: application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from workbench.core import errors

__all__ = ["PROBLEM", "TITLES", "Problem", "problem_response", "register", "status_of"]

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
#: Words for each status that we answer with.
TITLES = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not done this way",
    406: "Not in this form",
    409: "Conflict",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Not this kind of content",
    422: "This cannot work",
    429: "Too many attempts",
    500: "Our fault",
    503: "Not ready",
    507: "No room left",
}
#: The first that fits counts.
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.NotFound, 404),
    (errors.NotSignedIn, 401),
    (errors.NotAllowed, 403),
    (errors.TooManyAttempts, 429),
    (errors.LimitExceeded, 413),
    (errors.StorageFull, 507),
    (errors.StoreError, 503),
    (errors.MissingExtra, 503),
    (errors.WorkbenchError, 422),
)


class Problem(Exception):
    """Something about the request itself that no function of the house knows of."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def status_of(error: Exception) -> int:
    """Return the status that tells of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem_response(
    status: int,
    detail: str,
    request: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return an answer that says what went wrong, and what to do."""
    told = {
        "type": "about:blank",
        "title": TITLES.get(status, "This cannot work"),
        "status": status,
        "detail": detail,
        "request": request,
        **more,
    }
    # Lone surrogates come back as they were sent: escaped.
    body = json.dumps(told, ensure_ascii=True)
    return Response(body, status, dict(headers or {}), media_type=PROBLEM)


def register(app: FastAPI) -> None:
    """Let every error of an application leave as a problem."""
    app.add_exception_handler(errors.WorkbenchError, _known)
    app.add_exception_handler(Problem, _of_request)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(OSError, _unknown)  # as a known one: it is not raised once more
    app.add_exception_handler(Exception, _unknown)


def _id(request: Request) -> str:
    return str(request.scope.get("wb_request", ""))


async def _known(request: Request, error: Exception) -> Response:
    error, headers = errors.StorageFull.of(error) or error, {}
    if isinstance(error, errors.TooManyAttempts):
        headers["retry-after"] = str(error.seconds)
    if isinstance(error, errors.NotSignedIn):
        headers["www-authenticate"] = "Bearer"
    return problem_response(status_of(error), str(error), _id(request), headers)


async def _of_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error.status, error.detail, _id(request), error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem_response(400, "The body is no JSON.", _id(request))
    # What was sent is not repeated: it may hold a password.
    told = [
        {"where": ".".join(str(part) for part in item["loc"])[:200], "what": item["msg"][:300]}
        for item in found[:20]
    ]
    words = "; ".join(f"{item['where']}: {item['what']}" for item in told[:3])
    return problem_response(422, words or "The request is not valid.", _id(request), errors=told)


async def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if full := errors.StorageFull.of(error):  # FastAPI's word for it is "error parsing the body"
        return await _known(request, full)
    detail = error.detail if isinstance(error.detail, str) else ""
    return problem_response(error.status_code, detail, _id(request), error.headers)


async def _gone(request: Request, error: Exception) -> Response:
    # A network that broke while something was sent is no fault of the server's: it is sent again.
    return problem_response(400, "The request ended before all of it was here.", _id(request))


async def _unknown(request: Request, error: Exception) -> Response:
    if full := errors.StorageFull.of(error):
        return await _known(request, full)
    log.error("request failed", extra={"request": _id(request)}, exc_info=error)
    detail = "Something went wrong here. The log has it under this request's id."
    return problem_response(500, detail, _id(request))
