"""Files that come in: written to a draft piece by piece, never to a name that somebody chose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from anyio import to_thread
from fastapi import Depends, Form, UploadFile
from pydantic import AfterValidator, BaseModel

from workbench.core.errors import UnreadableFile
from workbench.core.settings import settings
from workbench.serve.api._shapes import Line, _without_nul
from workbench.sources._names import ENDINGS, safe_name
from workbench.store.artifacts import draft

__all__ = ["Roles", "roles_of", "take_in"]

T = TypeVar("T")
PIECE = 1024 * 1024
Column = Annotated[str, Form(max_length=1000), AfterValidator(_without_nul)]


class _Roles(BaseModel):
    name: str
    note: str
    time: str
    label: str
    entity: str
    exclude: str
    kind: str


def _roles(
    name: Annotated[Line, Form()] = "",
    note: Annotated[Line, Form()] = "",
    time: Column = "",
    label: Column = "",
    entity: Column = "",
    exclude: Column = "",
    kind: Annotated[str, Form(pattern="^(tabular|series|)$")] = "",
) -> _Roles:
    return _Roles(
        name=name[:120], note=note, time=time, label=label, entity=entity, exclude=exclude,
        kind=kind,
    )  # fmt: skip


#: Parameters beside a file: what it is called, and what its columns are.
Roles = Annotated[_Roles, Depends(_roles)]


def roles_of(given: _Roles) -> dict[str, Any]:
    """Return what ``wb.load`` shall be told."""
    roles: dict[str, Any] = {
        role: getattr(given, role)
        for role in ("time", "label", "entity", "kind")
        if getattr(given, role)
    }
    if given.exclude:
        roles["exclude"] = [part.strip() for part in given.exclude.split(",") if part.strip()]
    return roles


async def take_in(file: UploadFile, keep: Callable[[str, str], T]) -> T:
    """Write an upload to the data folder, and keep it.

    Parameters
    ----------
    file : UploadFile
    keep : callable
        Called with the SHA-256 of the artifact and a harmless name; what it raises leaves.

    Raises
    ------
    UnreadableFile
        It is empty, or its ending is none that can be read.
    LimitExceeded
        It is larger than the setting ``upload_limit``.
    """
    name = safe_name(file.filename or "upload")
    if not name.lower().endswith(ENDINGS):
        raise UnreadableFile(
            f"'{name}' cannot be read: its ending must be one of {', '.join(ENDINGS)}."
        )
    return await to_thread.run_sync(_take_in, file, name, keep)


def _take_in(file: UploadFile, name: str, keep: Callable[[str, str], T]) -> T:
    with draft(settings().upload_limit) as written:
        while piece := file.file.read(PIECE):
            written.write(piece)
        if not written.size:
            raise UnreadableFile(f"'{name}' is empty. Choose a file with a header and rows.")
        digest = written.keep()
    return keep(digest, name)
