"""The registry of models: versions, stages, a champion, and an endpoint that scores."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Query, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import Field

from workbench.core.registry import KeptModel, ModelVersion
from workbench.core.settings import settings
from workbench.registry import models as kept
from workbench.registry.scoring import score_rows
from workbench.serve.api._jobs import Accepted, accepted
from workbench.serve.api._operations import By, Nouns, Who
from workbench.serve.api._shapes import (
    Answer,
    Asked,
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
from workbench.serve.metrics import scored

__all__ = ["api"]

api = Nouns("models", "Fitted models in versions.")
Which = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="By default as deployed.")]
Cell = float | int | bool | str | None


class Model(Answer):
    """A model under a name."""

    id: str
    name: str
    note: str
    owner: str
    created: datetime
    latest: int
    deployed: int | None = Field(description="Version that scores; null follows the champion.")


class Version(Answer):
    """One fitted model."""

    number: int
    sha256: str
    detection: str
    detector: str
    stage: str
    facts: dict[str, Any] = Field(description="Kind, features, threshold, metrics.")
    note: str
    author: str
    created: datetime
    promoted: datetime | None


class Kept(Answer):
    """A model with one of its versions."""

    model: Model
    version: Version


class Register(Asked):
    """A result's model, under a new name or as the next version of a known one."""

    detection: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    name: Line = Field(default="", max_length=120)
    model: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""
    note: Line = ""


class Change(Asked):
    """What shall be different."""

    name: Name | None = None
    note: Line | None = None


class Deploy(Asked):
    """Version that the endpoint is pinned to; null follows the champion."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None


class Rows(Asked):
    """Rows to score: one object each, by the names of the columns."""

    rows: Annotated[list[dict[str, Cell]], Field(min_length=1, max_length=10_000)] = Field(
        examples=[[{"flow": 12.5, "pressure": 3.1}]]
    )


class Score(Answer):
    """What a model says about one row."""

    score: float
    severity: float
    p_value: float
    is_anomaly: bool


class Scored(Answer):
    """Scores in the order of the rows."""

    version: int
    threshold: float | None
    scores: list[Score]
    notices: list[str]


class Batch(Asked):
    """Kept data to score."""

    dataset: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    data_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    name: Line = ""


def shown(version: ModelVersion) -> Version:
    """Return a version as it goes out."""
    return Version(sha256=version.artifact, **vars(version))


def _kept(made: tuple[KeptModel, ModelVersion]) -> Kept:
    return Kept(model=Model.model_validate(made[0]), version=shown(made[1]))


@api.operation("GET", "/models", "models:read", summary="List models")
def list_models(
    who: Who, limit: Limit = 50, after: Next = "", q: Search = "", sort: Sort = "-created"
) -> Listed[Model]:
    """List the models that one may see."""
    found = kept.list_models(who, limit=limit, after=after, search=q, sort=sort)
    return Listed[Model].model_validate(found)


@api.operation("POST", "/models", "models:write", status=201, summary="Register a model")
def register_model(asked: Register, response: Response, who: Who, by: By) -> Kept:
    """Keep a result's model under a name, or as the next version."""
    made = kept.register(
        who, asked.detection, name=asked.name, model=asked.model, note=asked.note, by=by
    )
    response.headers["location"] = f"/api/v1/models/{made[0].id}"
    return _kept(made)


@api.operation("POST", "/models/import", "models:import", status=201, summary="Import a model")
async def import_model(
    file: UploadFile,
    who: Who,
    by: By,
    name: Annotated[str, Query(min_length=1, max_length=120)] = "imported",
) -> Kept:
    """Take in a ``.wb`` file from outside: only types on the list, opened apart first."""

    def take() -> tuple[KeptModel, ModelVersion]:
        from workbench.store.artifacts import draft

        with draft(settings().upload_limit) as written:
            while piece := file.file.read(1024 * 1024):
                written.write(piece)
            written.close()
            return kept.import_model(who, Path(written.path), name=name, by=by)

    return _kept(await to_thread.run_sync(take))


@api.operation("GET", "/models/{model}", "models:read", summary="Read about a model")
def read_model(model: Id, who: Who) -> Model:
    """Return what is known of a model."""
    return Model.model_validate(kept.find_model(who, model))


@api.operation("PATCH", "/models/{model}", "models:write", summary="Rename a model")
def change_model(model: Id, asked: Change, who: Who, by: By) -> Model:
    """Give a model another name or note."""
    changed = kept.change_model(who, model, name=asked.name, note=asked.note, by=by)
    return Model.model_validate(changed)


@api.operation("DELETE", "/models/{model}", "models:write", status=204, summary="Remove a model")
def remove_model(model: Id, who: Who, by: By) -> None:
    """Remove a model with all its versions."""
    kept.remove_model(who, model, by=by)


@api.operation("GET", "/models/{model}/versions", "models:read", summary="List model versions")
def list_model_versions(model: Id, who: Who) -> list[Version]:
    """List all versions, the newest first."""
    return [shown(version) for version in kept.model_versions(who, model)]


@api.operation("GET", "/models/{model}/versions/{number}", "models:read", summary="One version")
def read_model_version(model: Id, number: Number, who: Who) -> Version:
    """Return what is known of a version."""
    return shown(kept.find_model_version(who, model, number))


@api.operation(
    "GET", "/models/{model}/versions/{number}/file", "models:read", summary="Download a model",
    response_class=FileResponse,
)  # fmt: skip
def download_model(model: Id, number: Number, who: Who) -> Response:
    """Give the ``.wb`` file: ``wb.open`` scores with it anywhere."""
    from workbench.store.artifacts import artifact

    version = kept.find_model_version(who, model, number)
    return FileResponse(
        artifact(version.artifact), filename="model.wb", media_type="application/octet-stream"
    )


@api.operation(
    "POST", "/models/{model}/versions/{number}/promote", "models:promote", summary="Promote"
)
def promote_version(model: Id, number: Number, who: Who, by: By) -> Version:
    """Make a version the champion; the one before is archived."""
    return shown(kept.promote(who, model, number, by=by))


@api.operation(
    "POST", "/models/{model}/versions/{number}/archive", "models:write", summary="Archive"
)
def archive_version(model: Id, number: Number, who: Who, by: By) -> Version:
    """Archive a version that is not the champion."""
    return shown(kept.retire(who, model, number, by=by))


@api.operation("POST", "/models/{model}/roll-back", "models:promote", summary="Roll back")
def roll_back(model: Id, who: Who, by: By) -> Version:
    """Make the champion before this one the champion again."""
    return shown(kept.roll_back(who, model, by=by))


@api.operation("PUT", "/models/{model}/deployment", "models:promote", summary="Deploy")
def deploy_model(model: Id, asked: Deploy, who: Who, by: By) -> Model:
    """Pin the scoring endpoint to a version, or let it follow the champion."""
    return Model.model_validate(kept.deploy(who, model, asked.version, by=by))


@api.operation(
    "POST", "/models/{model}/score", "models:read", summary="Score rows", response_model=Scored
)
def score_model(model: Id, asked: Rows, who: Who, version: Which = None) -> Response:
    """Score rows that come with the request."""
    start = time.perf_counter()
    number, found = score_rows(who, model, asked.rows, version)
    scored(found.detector, len(found), time.perf_counter() - start)
    columns = (found.scores, found.severity, found.p_values, found.is_anomaly)
    names = ("score", "severity", "p_value", "is_anomaly")
    lines = [
        dict(zip(names, line, strict=True))
        for line in zip(*(column.tolist() for column in columns), strict=True)
    ]
    value = float(found.threshold.value)
    told = {
        "version": number, "threshold": value if abs(value) < float("inf") else None,
        "scores": lines, "notices": list(found.notices),
    }  # fmt: skip
    # Written as it is: what was computed here need not be checked against its own description.
    return Response(json.dumps(told, allow_nan=False), media_type="application/json")


@api.operation(
    "POST", "/models/{model}/score-dataset", "detections:run", status=202, summary="Score data"
)
def score_dataset(model: Id, asked: Batch, response: Response, who: Who, by: By) -> Accepted:
    """Start scoring kept data; the job's result names a detection."""
    from workbench.registry.datasets import find_data_version

    kept.find_model_version(who, model, asked.version)
    found = find_data_version(who, asked.dataset, asked.data_version)
    words = {**asked.model_dump(), "model": model, "data_version": found.number}
    return accepted("scoring", words, who, by, response)
