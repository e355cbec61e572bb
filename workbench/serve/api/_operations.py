"""What every operation has: a permission, a name, documented problems, and who asks."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError
from starlette.routing import Match

from workbench.serve.problems import PROBLEM, TITLES, Problem, problem_response
from workbench.store import answers
from workbench.store.database import reading, writing
from workbench.team.access import Identity
from workbench.team.doer import Doer

__all__ = ["PERMISSION", "PREFIX", "By", "Nouns", "Operation", "Who", "address_of"]

PREFIX = "/api/v1"
F = TypeVar("F", bound=Callable[..., Any])
#: Where an operation's permission stands in the OpenAPI document.
PERMISSION = "x-permission"
#: Marks operations that answer with a secret, and what they answer when asked again.
SECRET = "x-secret"  # noqa: S105 - the mark, not one
SHOWN = "This was done already. Its answer holds a secret, which is shown once and not kept."
MATCHED = frozenset({"PATCH", "PUT", "DELETE"})
#: Longest key of idempotency, and how long answers are kept: an app may be without the network for
#: days after a request whose answer it never got, and asks again then.
MOST_KEY, KEPT = 100, timedelta(days=14)
#: A request that is not answered after this long has died with its process.
WORKING = timedelta(minutes=5)


async def _who(request: Request) -> Identity:
    who = request.scope.get("wb_identity")
    if who is None:
        raise Problem(401, "Sign in, or show a token that is valid.")
    identity: Identity = who
    return identity


def address_of(request: Request) -> str:
    """Return where a request came from."""
    return request.client.host[:64] if request.client else ""


async def _by(request: Request) -> Doer:
    who = request.scope.get("wb_identity")
    told = str(request.scope.get("wb_request", "")), address_of(request)
    return Doer("anonymous", *told) if who is None else who.doer(*told)


#: Parameters of operations: who asks, and as what the audit notes it.
Who = Annotated[Identity, Depends(_who)]
By = Annotated[Doer, Depends(_by)]


class Operation(APIRoute):
    """Adds ETags, If-Match and idempotency keys to what an operation answers."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return what answers a request."""
        plain = super().get_route_handler()
        secret = bool((self.openapi_extra or {}).get(SECRET))

        async def handle(request: Request) -> Response:
            if request.method == "GET":
                return _tagged(request, await plain(request))
            if request.method in MATCHED and "if-match" in request.headers:
                await _check_match(request)
            if request.method == "POST" and "idempotency-key" in request.headers:
                return await _once(request, plain, secret)
            answer: Response = await plain(request)
            return answer

        return handle


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _tagged(request: Request, answer: Response) -> Response:
    body = getattr(answer, "body", None)
    if answer.status_code != 200 or not isinstance(body, bytes):
        return answer
    answer.headers["etag"] = tag = _tag(body)
    asked = request.headers.get("if-none-match", "")
    if tag in {one.strip().removeprefix("W/") for one in asked.split(",")}:
        return Response(status_code=304, headers={"etag": tag})
    return answer


async def _check_match(request: Request) -> None:
    """Go on only where the resource is still as whoever asks has seen it."""
    wanted = {one.strip() for one in request.headers["if-match"].split(",")}
    if "*" in wanted:
        return
    scope = {**request.scope, "method": "GET", "headers": []}
    scope.pop("fastapi_inner_astack", None)
    for route in request.scope["app"].routes:
        if isinstance(route, Operation) and route.matches(scope)[0] is Match.FULL:
            seen: list[bytes] = []

            async def take(message: Any, seen: list[bytes] = seen) -> None:
                seen.append(message.get("body", b""))

            await route.app({**scope, **route.matches(scope)[1]}, request.receive, take)
            if _tag(b"".join(seen)) not in wanted:
                raise Problem(412, "It was changed since you have seen it. Read it again.")
            return


async def _once(request: Request, plain: Callable[[Request], Any], secret: bool) -> Response:
    """Answer a request with a key as it was answered the first time; secrets are not kept."""
    from anyio import to_thread

    key = request.headers["idempotency-key"]
    if not (1 <= len(key) <= MOST_KEY and key.isascii() and key.isprintable()):
        raise Problem(422, f"Idempotency-Key has 1 to {MOST_KEY} printable ASCII characters.")
    who = request.scope.get("wb_identity")
    if who is None:
        return await plain(request)
    digest = await _digest(request)
    kept = await to_thread.run_sync(_begun, who.user.id, key, digest)
    if kept is not None:
        body = base64.b64decode(kept.body)
        return Response(body, kept.status or 200, kept.headers | {"idempotent-replay": "true"})
    try:
        answer: Response = await plain(request)
    except BaseException:
        await to_thread.run_sync(_forget, who.user.id, key)
        raise
    kept_answer = problem_response(409, SHOWN) if secret and answer.status_code < 400 else answer
    await to_thread.run_sync(_finish, who.user.id, key, kept_answer)
    return answer


async def _digest(request: Request) -> str:
    kind = request.headers.get("content-type", "")
    told = f"{request.method} {request.url.path} {request.url.query} ".encode()
    # Files are not held in memory for this: their length and place stand for them.
    big = kind.startswith("multipart/")
    body = request.headers.get("content-length", "").encode() if big else await request.body()
    return hashlib.sha256(told + body).hexdigest()


def _begun(user: str, key: str, digest: str) -> answers.Answer | None:
    now = datetime.now(UTC)
    with reading() as connection:
        known = answers.find_answer(connection, user, key)
    if known is not None and known.status is None and known.created < now - WORKING:
        _forget(user, key)
        known = None
    if known is None:
        try:
            with writing() as connection:
                answers.sweep_answers(connection, now - KEPT)
                answers.begin(connection, user, key, digest, now)
        except IntegrityError:
            with reading() as connection:
                known = answers.find_answer(connection, user, key)
        else:
            return None
    if known is None or known.status is None:
        raise Problem(409, "A request with this Idempotency-Key is being worked on.")
    if known.digest != digest:
        raise Problem(422, "This Idempotency-Key was used for another request.")
    return known


def _finish(user: str, key: str, answer: Response) -> None:
    kept = ("content-type", "location", "etag")
    headers = {name: answer.headers[name] for name in kept if name in answer.headers}
    body = base64.b64encode(getattr(answer, "body", b"")).decode("ascii")
    with writing() as connection:
        answers.finish(connection, user, key, answer.status_code, headers, body)


def _forget(user: str, key: str) -> None:
    with writing() as connection:
        answers.forget(connection, user, key)


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": TITLES[status], "content": {PROBLEM: {"schema": schema}}}
        for status in statuses
    }


class Nouns(APIRouter):
    """The operations on one noun; each states the permission that it needs.

    Parameters
    ----------
    noun : str
        Plural, as it stands in addresses: "datasets".
    about : str
        Sentence for the documentation.
    prefix : str
        Where the operations lie.
    """

    def __init__(self, noun: str, about: str, prefix: str = PREFIX) -> None:
        super().__init__(prefix=prefix, tags=[noun], route_class=Operation)
        self.noun, self.about = noun, about

    def operation(
        self,
        method: str,
        path: str,
        need: str,
        *,
        status: int = 200,
        page: bool = False,
        secret: bool = False,
        body: dict[str, Any] | None = None,
        **more: Any,
    ) -> Callable[[F], F]:
        """Add an operation.

        Parameters
        ----------
        method : str
        path : str
            After the prefix, with the noun.
        need : str
            A permission, or one of the needs of :mod:`workbench.serve.rules`.
        status : int
            Of success.
        page : bool
            Whether people look at it: then it may show more than JSON may.
        secret : bool
            Whether it answers with a secret: then no answer is kept for a repeated request.
        body : dict, optional
            ``content`` of the request as OpenAPI has it, where the operation reads it by itself.
        **more
            As for FastAPI.
        """
        known = {400, 401, 403, 405, 413, 422, 429, 500, 503, 507}
        if "{" in path:
            known.add(404)
        if method in MATCHED:
            known.add(412)
        if method == "POST":
            known |= {404, 409}
        responses = _problems(*sorted(known))
        if method == "GET" and status == 200:
            responses[304] = {"description": "As you have it already"}

        told: dict[str, Any] = {PERMISSION: need} | ({"x-page": True} if page else {})
        told |= {SECRET: True} if secret else {}
        told |= {"requestBody": {"required": True, "content": body}} if body else {}

        def add(function: F) -> F:
            self.add_api_route(
                path, function, methods=[method], status_code=status,
                operation_id=function.__name__, openapi_extra=told,
                responses=responses | more.pop("responses", {}), **more,
            )  # fmt: skip
            return function

        return add
