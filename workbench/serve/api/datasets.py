"""Data: uploaded, looked at, kept in versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import Field, SecretStr

from workbench.core.registry import DataVersion, KeptData
from workbench.registry import datasets as kept
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
    FreeWords,
    Id,
    Limit,
    Line,
    Listed,
    Name,
    Next,
    Number,
    Search,
    Sort,
)
from workbench.serve.api._uploads import Roles, roles_of, take_in

__all__ = ["api"]

api = Nouns("datasets", "Data that are kept in versions.")


class Dataset(Answer):
    """Data under a name."""

    id: str
    name: str
    note: str
    owner: str = Field(description="Id of the user whose they are.")
    created: datetime
    latest: int = Field(description="Number of the newest version.")


class Version(Answer):
    """One state of the data."""

    number: int
    file: str
    sha256: str
    source: dict[str, Any]
    roles: dict[str, Any] = Field(description="What reading it was told.")
    facts: dict[str, Any] = Field(description="Rows, columns, kind, features, notices.")
    author: str
    created: datetime


class Kept(Answer):
    """Data with the version that was just kept."""

    dataset: Dataset
    version: Version


class Change(Asked):
    """What shall be different."""

    name: Name | None = None
    note: Line | None = None


class FromSource(Asked):
    """Data that the server fetches itself: a sample, an address, or a query of a database."""

    name: Name = Field(examples=["pump 7"])
    source: Line = Field(examples=["sample:pump"], min_length=1)
    query: Line = Field(default="", description="One SELECT, for a database.")
    password: SecretStr = Field(
        default=SecretStr(""), max_length=1000, description="Of the database; it is not kept."
    )
    roles: FreeWords = Field(default_factory=dict, examples=[{"time": "timestamp"}])
    note: Line = ""


class Rows(Answer):
    """Some rows."""

    columns: list[str]
    rows: list[list[Any]]
    start: int
    total: int


def shown(version: DataVersion) -> Version:
    """Return a version as it goes out."""
    return Version(sha256=version.artifact, **vars(version))


def _kept(made: tuple[KeptData, DataVersion]) -> Kept:
    return Kept(dataset=Dataset.model_validate(made[0]), version=shown(made[1]))


@api.operation("GET", "/datasets", "datasets:read", summary="List data")
def list_datasets(
    who: Who, limit: Limit = 50, after: Next = "", q: Search = "", sort: Sort = "-created"
) -> Listed[Dataset]:
    """List the data that one may see."""
    found = kept.list_data(who, limit=limit, after=after, search=q, sort=sort)
    return Listed[Dataset].model_validate(found)


@api.operation("POST", "/datasets", "datasets:write", status=201, summary="Upload data")
async def create_dataset(
    request: Request, response: Response, file: UploadFile, roles: Roles, who: Who, by: By
) -> Kept:
    """Keep a file as data. It is read in a process of its own, and refused where it cannot be."""
    made = await take_in(
        file,
        lambda digest, name: kept.keep_data(
            who, roles.name or name, digest, name, roles=roles_of(roles), note=roles.note, by=by
        ),
    )
    response.headers["location"] = f"{request.url.path}/{made[0].id}"
    return _kept(made)


@api.operation("POST", "/datasets/from-source", "datasets:write", status=201, summary="Fetch data")
def fetch_dataset(asked: FromSource, response: Response, who: Who, by: By) -> Kept:
    """Keep a sample, what an address gives, or the answer to a query, as data."""
    from workbench.registry.fetching import fetch_data

    made = fetch_data(
        who, asked.name, asked.source, query=asked.query,
        password=asked.password.get_secret_value(), roles=asked.roles, note=asked.note, by=by,
    )  # fmt: skip
    response.headers["location"] = f"/api/v1/datasets/{made[0].id}"
    return _kept(made)


@api.operation("GET", "/datasets/{dataset}", "datasets:read", summary="Read about data")
def read_dataset(dataset: Id, who: Who) -> Dataset:
    """Return what is known of data."""
    return Dataset.model_validate(kept.find_data(who, dataset))


@api.operation("PATCH", "/datasets/{dataset}", "datasets:write", summary="Rename data")
def change_dataset(dataset: Id, asked: Change, who: Who, by: By) -> Dataset:
    """Give data another name or note."""
    changed = kept.change_data(who, dataset, name=asked.name, note=asked.note, by=by)
    return Dataset.model_validate(changed)


@api.operation("DELETE", "/datasets/{dataset}", "datasets:write", status=204, summary="Remove data")
def remove_dataset(dataset: Id, who: Who, by: By) -> None:
    """Remove data with all their versions."""
    kept.remove_data(who, dataset, by=by)


@api.operation("GET", "/datasets/{dataset}/versions", "datasets:read", summary="List versions")
def list_versions(dataset: Id, who: Who) -> list[Version]:
    """List all versions, the newest first."""
    return [shown(version) for version in kept.data_versions(who, dataset)]


@api.operation(
    "POST", "/datasets/{dataset}/versions", "datasets:write", status=201, summary="Add a version"
)
async def add_version(dataset: Id, file: UploadFile, roles: Roles, who: Who, by: By) -> Kept:
    """Keep a newer state of data."""
    given = roles_of(roles) or None
    made = await take_in(
        file,
        lambda digest, name: kept.add_version(who, dataset, digest, name, roles=given, by=by),
    )
    return _kept(made)


@api.operation(
    "GET", "/datasets/{dataset}/versions/{number}", "datasets:read", summary="Read about a version"
)
def read_version(dataset: Id, number: Number, who: Who) -> Version:
    """Return what is known of a version."""
    return shown(kept.find_data_version(who, dataset, number))


@api.operation(
    "GET", "/datasets/{dataset}/versions/{number}/file", "datasets:read", summary="Download",
    response_class=FileResponse,
)  # fmt: skip
def download_version(dataset: Id, number: Number, who: Who) -> Response:
    """Give the file back, byte by byte."""
    from workbench.store.artifacts import artifact

    version = kept.find_data_version(who, dataset, number)
    return FileResponse(
        artifact(version.artifact), filename=version.file, media_type="application/octet-stream"
    )


@api.operation("GET", "/datasets/{dataset}/profile", "datasets:read", summary="Profile data")
def profile_dataset(dataset: Id, who: Who) -> dict[str, Any]:
    """Say what the newest version is, and what is wrong with it."""
    from workbench.workflow.exporting import plain

    profile = kept.open_data(who, dataset).profile()
    told: dict[str, Any] = plain(profile.to_dict())
    return told


@api.operation("GET", "/datasets/{dataset}/rows", "datasets:read", summary="Preview rows")
def preview_rows(
    dataset: Id,
    who: Who,
    start: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 50,
) -> Rows:
    """Return some rows of the newest version as they were read."""
    from workbench.workflow.exporting import plain

    frame = kept.open_data(who, dataset).frame
    part = frame.iloc[start : start + limit]
    rows = [plain(list(line)) for line in part.itertuples(index=False, name=None)]
    columns = [str(name) for name in frame.columns]
    return Rows(columns=columns, rows=rows, start=start, total=len(frame))
