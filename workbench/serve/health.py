"""Whether the server lives, whether it is ready, and what it measures of itself."""

from __future__ import annotations

import os
import secrets

from fastapi import Response
from pydantic import Field

from workbench.core.errors import StorageFull, StoreError
from workbench.core.settings import settings
from workbench.serve.api._operations import Nouns
from workbench.serve.api._shapes import Answer
from workbench.serve.page_tokens import PROCESS
from workbench.serve.rules import ANYBODY
from workbench.store.database import reading

__all__ = ["api"]

api = Nouns("health", "How the server is.", prefix="")
#: What is said of a folder without room: a proxy that turned everybody away for that would keep
#: them from reading as well.
FULL = "full: what is there can be read, and nothing new be kept"


class Alive(Answer):
    """A sign of life."""

    status: str
    server: str = Field(description="Which process answers: another one after a restart.")


class Ready(Answer):
    """What works, part by part."""

    ready: bool
    parts: dict[str, str]


@api.operation("GET", "/healthz", ANYBODY, summary="Is it alive?")
async def healthz() -> Alive:
    """Answer, and look at nothing else."""
    return Alive(status="alive", server=PROCESS)


@api.operation("GET", "/readyz", ANYBODY, summary="Is it ready?", responses={503: {"model": Ready}})
def readyz(response: Response) -> Ready:
    """Look whether database and data folder can be used; a full disk can still be read."""
    parts = {"database": _database(), "storage": _storage()}
    ready = all(told in ("ok", FULL) for told in parts.values())
    response.status_code = 200 if ready else 503
    return Ready(ready=ready, parts=parts)


def _database() -> str:
    try:
        with reading() as connection:
            connection.exec_driver_sql("SELECT 1")
    except StoreError:
        return "does not answer"
    return "ok"


def _storage() -> str:
    path = settings().home / f".ready-{secrets.token_hex(4)}"
    try:
        path.write_bytes(b"x")
        path.unlink()
    except OSError as error:
        return FULL if StorageFull.of(error) else os.strerror(error.errno or 0)
    return "ok"
