"""Results: run as jobs, read row by row, explained, labelled, exported."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from fastapi.responses import FileResponse
from pydantic import Field

from workbench.core.registry import KeptDetection
from workbench.registry import detections as kept
from workbench.serve.api._jobs import Accepted, accepted
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
    Search,
    Sort,
)

__all__ = ["api"]

api = Nouns("detections", "Results of detectors on data.")
Row = Annotated[int, Query(ge=0, le=2**31 - 1)]
Share = Annotated[float, Field(gt=0, le=0.5)]


class Detection(Answer):
    """A result."""

    id: str
    name: str
    owner: str
    dataset: str
    version: int
    detector: str
    created: datetime
    facts: dict[str, Any] = Field(description="Rows, anomalies, threshold, parameters, notices.")


class Run(Asked):
    """What to run on which data; the words of ``wb.detect``."""

    dataset: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    detector: Annotated[str, Field(max_length=80)] = "auto"
    name: Line = ""
    params: FreeWords = Field(default_factory=dict, examples=[{"n_neighbors": 20}])
    contamination: Share | None = None
    threshold: Line | None = Field(default=None, examples=["mad", "budget:5"])
    fdr: Share | None = None
    reference: Line | None = Field(default=None, examples=["2026-01..2026-03"])
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    random_state: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Change(Asked):
    """Another name."""

    name: Name


class Threshold(Asked):
    """Another threshold: a rule with its parameters, or a value."""

    rule: Line | float = Field(examples=["contamination", 0.8])
    params: FreeWords = Field(default_factory=dict, examples=[{"contamination": 0.01}])


class Said(Asked):
    """What somebody says about rows; None takes it back."""

    rows: Annotated[
        list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(min_length=1, max_length=10_000)
    ]
    verdict: Literal["anomaly", "normal", "unsure"] | None
    comment: Line = ""
    tag: Annotated[str, Field(max_length=80)] = ""


class Label(Answer):
    """What somebody said about a row."""

    row: int
    verdict: str
    comment: str
    tag: str
    author: str
    time: datetime


class Comparison(Asked):
    """Several detectors on the same data."""

    dataset: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    detectors: Annotated[
        list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=30)
    ]
    contamination: Share | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    random_state: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Tuning(Asked):
    """A search for a detector and its parameters; the words of ``wb.tune``."""

    dataset: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    name: Line = ""
    trials: Annotated[int, Field(ge=1, le=500)] = 50
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    detectors: (
        Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=100)]
        | None
    ) = Field(default=None, examples=[["auto", "iforest", "knn"]])
    objective: Literal["auto", "average_precision", "vus_pr", "stability"] = "auto"
    random_state: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


def shown(one: KeptDetection) -> Detection:
    """Return a result as it goes out."""
    return Detection.model_validate(one)


def request_of(asked: Run) -> kept.Request:
    """Return a run as the registry takes it."""
    options = asked.model_dump(
        include={"contamination", "threshold", "fdr", "reference", "seconds", "random_state"},
        exclude_none=True,
    )
    return kept.Request(
        asked.dataset, asked.version, asked.detector, asked.name, asked.params, options
    )


@api.operation("GET", "/detections", "detections:read", summary="List results")
def list_detections(
    who: Who,
    limit: Limit = 50,
    after: Next = "",
    q: Search = "",
    sort: Sort = "-created",
    dataset: Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$")] = "",
    detector: Annotated[str, Query(max_length=80)] = "",
) -> Listed[Detection]:
    """List the results that one may see."""
    found = kept.list_detections(
        who, dataset=dataset, detector=detector, limit=limit, after=after, search=q, sort=sort
    )
    return Listed[Detection].model_validate(found)


@api.operation("POST", "/detections", "detections:run", status=202, summary="Detect")
def create_detection(asked: Run, response: Response, who: Who, by: By) -> Accepted:
    """Start a run; the job's result names the detection."""
    request = request_of(asked)
    version = kept.check_request(who, request)
    words = {**vars(request), "version": version.number}
    return accepted("detection", words, who, by, response)


@api.operation("POST", "/comparisons", "detections:run", status=202, summary="Compare detectors")
def create_comparison(asked: Comparison, response: Response, who: Who, by: By) -> Accepted:
    """Start a comparison; the job's result has the table and names a detection for each."""
    for name in asked.detectors:
        kept.check_request(who, kept.Request(asked.dataset, asked.version, name))
    return accepted("comparison", asked.model_dump(), who, by, response)


@api.operation("POST", "/tunings", "detections:run", status=202, summary="Tune a detector")
def create_tuning(asked: Tuning, response: Response, who: Who, by: By) -> Accepted:
    """Start a search; the job's result has its trials, and names the detection of the best."""
    for name in asked.detectors or ["auto"]:
        request = kept.Request(asked.dataset, asked.version, name, asked.name)
        version = kept.check_request(who, request)
    words = {**asked.model_dump(), "version": version.number}
    return accepted("tuning", words, who, by, response)


@api.operation("GET", "/detections/{detection}", "detections:read", summary="Read a result")
def read_detection(detection: Id, who: Who) -> Detection:
    """Return what is known of a result."""
    return shown(kept.find_detection(who, detection))


@api.operation("PATCH", "/detections/{detection}", "detections:run", summary="Rename a result")
def change_detection(detection: Id, asked: Change, who: Who, by: By) -> Detection:
    """Give a result another name."""
    return shown(kept.change_detection(who, detection, asked.name, by=by))


@api.operation(
    "DELETE", "/detections/{detection}", "detections:run", status=204, summary="Remove a result"
)
def remove_detection(detection: Id, who: Who, by: By) -> None:
    """Remove a result; models registered from it stay."""
    kept.remove_detection(who, detection, by=by)


@api.operation(
    "PUT", "/detections/{detection}/threshold", "detections:run", summary="Set the threshold"
)
def set_threshold(detection: Id, asked: Threshold, who: Who, by: By) -> Detection:
    """Put a result under another threshold; nothing is fitted again."""
    return shown(kept.set_threshold(who, detection, asked.rule, asked.params, by=by))


@api.operation("GET", "/detections/{detection}/document", "detections:read", summary="Whole result")
def read_document(detection: Id, who: Who) -> dict[str, Any]:
    """Return the document that ``workbench detect --json`` prints."""
    return kept.open_detection(who, detection).to_dict()


@api.operation("GET", "/detections/{detection}/anomalies", "detections:read", summary="Anomalies")
def list_anomalies(
    detection: Id, who: Who, start: Row = 0, limit: Limit = 50
) -> list[dict[str, Any]]:
    """Return anomalies, the most severe first."""
    from workbench.workflow.exporting import plain

    table = kept.open_detection(who, detection).anomalies.iloc[start : start + limit]
    lines: list[dict[str, Any]] = plain(table.to_dict("records"))
    return lines


@api.operation("GET", "/detections/{detection}/scores", "detections:read", summary="Row by row")
def list_scores(
    detection: Id,
    who: Who,
    start: Row = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[dict[str, Any]]:
    """Return score, p-value, severity and verdict of rows in the order of the data."""
    from workbench.workflow.exporting import plain

    found = kept.open_detection(who, detection)
    part = slice(start, start + limit)
    columns = {
        "score": found.scores, "p_value": found.p_values, "severity": found.severity,
        "probability": found.probability, "is_anomaly": found.is_anomaly,
    }  # fmt: skip
    values = {name: column.iloc[part].tolist() for name, column in columns.items()}
    count = len(values["score"])
    return [
        plain({"row": start + place, **{name: values[name][place] for name in values}})
        for place in range(count)
    ]


@api.operation(
    "GET", "/detections/{detection}/rows/{row}/explanation", "detections:read", summary="Explain"
)
def explain_row(detection: Id, row: int, who: Who) -> dict[str, Any]:
    """Say why a row scores as it does: contributions that add up, what was expected."""
    from workbench.workflow.exporting import plain

    told: dict[str, Any] = plain(kept.open_detection(who, detection).explain(row).to_dict())
    return told


@api.operation("GET", "/detections/{detection}/evaluation", "detections:read", summary="Evaluate")
def evaluate_detection(detection: Id, who: Who) -> dict[str, Any]:
    """Say how good the ranking is: by labels where there are some, by agreement where not."""
    from workbench.workflow.exporting import plain

    told: dict[str, Any] = plain(kept.open_detection(who, detection).evaluate().to_dict())
    return told


@api.operation("GET", "/detections/{detection}/importance", "detections:read", summary="Features")
def read_importance(detection: Id, who: Who) -> dict[str, Any]:
    """Say which features drive the scores as a whole."""
    from workbench.workflow.exporting import plain

    importance = kept.open_detection(who, detection).importance()
    told: dict[str, Any] = plain(importance.to_dict())
    return told


@api.operation(
    "GET", "/detections/{detection}/export", "detections:read", summary="Export rows with scores",
    response_class=FileResponse,
)  # fmt: skip
def export_detection(
    detection: Id,
    who: Who,
    format: Literal["csv", "parquet", "json", "jsonl", "xlsx"] = "csv",  # noqa: A002
) -> Response:
    """Give all rows with scores as a file; cells that a spreadsheet would run are made harmless."""
    from workbench.serve.api._files import written

    found = kept.open_detection(who, detection)
    return written(f"scores.{format}", found.export)


@api.operation(
    "GET", "/detections/{detection}/notebook", "detections:read", summary="Open as notebook",
    response_class=FileResponse,
)  # fmt: skip
def export_notebook(detection: Id, who: Who) -> Response:
    """Give a notebook that makes the result again, and checks that it did."""
    from workbench.serve.api._files import written

    found = kept.open_detection(who, detection)
    return written("detection.ipynb", found.to_notebook)


@api.operation("GET", "/detections/{detection}/labels", "detections:read", summary="List labels")
def list_labels(detection: Id, who: Who) -> list[Label]:
    """List what people said about rows of these data."""
    lines = kept.open_detection(who, detection).labels.to_dict("records")
    return [
        Label.model_validate({str(key): value for key, value in line.items()}) for line in lines
    ]


@api.operation(
    "POST", "/detections/{detection}/labels", "labels:write", status=201, summary="Label"
)
def create_labels(detection: Id, asked: Said, who: Who, by: By) -> list[Label]:
    """Say what rows are."""
    said = kept.label_rows(
        who, detection, asked.rows, asked.verdict, comment=asked.comment, tag=asked.tag, by=by
    )
    return [Label.model_validate(one) for one in said]


@api.operation(
    "GET", "/detections/{detection}/suggestions", "detections:read", summary="What to label next"
)
def suggest_labels(
    detection: Id, who: Who, limit: Annotated[int, Query(ge=1, le=200)] = 10
) -> list[dict[str, Any]]:
    """Return the rows whose label would teach most."""
    from workbench.workflow.exporting import plain

    table = kept.open_detection(who, detection).suggest(limit)
    lines: list[dict[str, Any]] = plain(table.to_dict("records"))
    return lines


@api.operation(
    "POST", "/detections/{detection}/learn", "detections:run", status=202, summary="Learn"
)
def learn_detection(detection: Id, response: Response, who: Who, by: By) -> Accepted:
    """Start learning from the labels; the job's result names a new detection."""
    kept.find_detection(who, detection)
    return accepted("learning", {"detection": detection}, who, by, response)
